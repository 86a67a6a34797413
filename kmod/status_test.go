package kmod_test

import (
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/kmod"
)

// TestStatusWithoutDB: the status of what the kernel does not have is unknown.
func TestStatusWithoutDB(t *testing.T) {
	loader := kmod.NewLoader(nil, &kmod.LoaderConfig{Kernel: fileKernel{proc: fstest.MapFS{}, sys: fstest.MapFS{
		"module/live/initstate":     {Data: []byte("live\n")},
		"module/coming/initstate":   {Data: []byte("coming\n")},
		"module/going/initstate":    {Data: []byte("going\n")},
		"module/image/parameters/x": {},
	}}})
	for name, want := range map[string]kmod.Status{"live": kmod.StatusLive, "coming": kmod.StatusComing, "going": kmod.StatusGoing,
		"image": kmod.StatusBuiltin, "absent": kmod.StatusUnknown, "..": kmod.StatusUnknown} {
		if got, err := loader.Status(name); got != want || err != nil {
			t.Errorf("%s is %v, %v, want %v", name, got, err, want)
		}
	}
}

func TestStatusWords(t *testing.T) {
	for status, want := range map[kmod.Status]string{
		kmod.StatusUnknown: "unknown", kmod.StatusLive: "live", kmod.StatusComing: "coming", kmod.StatusGoing: "going",
		kmod.StatusBuiltin: "built in", kmod.StatusLoadable: "loadable", kmod.StatusAbsent: "absent", kmod.Status(7): "status 7",
	} {
		if got := status.String(); got != want {
			t.Errorf("%d is %q, want %q", status, got, want)
		}
	}
}
