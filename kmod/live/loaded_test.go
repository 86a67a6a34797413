package live_test

import (
	"io/fs"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/kmod/live"
)

// fileKernel shows only files.
type fileKernel struct {
	live.Kernel
	proc, sys fstest.MapFS
}

func (k fileKernel) Proc() fs.FS { return k.proc }
func (k fileKernel) Sys() fs.FS  { return k.sys }

const procModules = `xfs 2154496 1 - Live 0xffffffffc0a5e000
libcrc32c 16384 2 xfs,nf_nat, Live 0x0000000000000000
odd 4096 0 - Loading 0xffffffffc0000000 (OE+)
leaving 4096 0 - Unloading 0xffffffffc0000000
fixed 4096 1 [permanent], Live 0xffffffffc0000000
nounload 4096 - - Live 0xffffffffc0000000
short 100 0
`

func TestLoaded(t *testing.T) {
	kernel := fileKernel{proc: fstest.MapFS{"modules": {Data: []byte(procModules)}}}
	var got []live.LoadedModule
	for m, err := range live.Loaded(kernel) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, m)
	}
	want := []live.LoadedModule{
		{Name: "xfs", Size: 2154496, Refcount: 1, State: live.StateLive, Address: 0xffffffffc0a5e000},
		{Name: "libcrc32c", Size: 16384, Refcount: 2, Holders: []string{"xfs", "nf_nat"}, State: live.StateLive},
		{Name: "odd", Size: 4096, State: live.StateComing, Address: 0xffffffffc0000000, Taint: "OE+"},
		{Name: "leaving", Size: 4096, State: live.StateGoing, Address: 0xffffffffc0000000},
		{Name: "fixed", Size: 4096, Refcount: 1, Permanent: true, State: live.StateLive, Address: 0xffffffffc0000000},
		{Name: "nounload", Size: 4096, Refcount: -1, State: live.StateLive, Address: 0xffffffffc0000000},
		{Name: "short", Size: 100, State: live.StateLive},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%+v, want\n%+v", got, want)
	}
}

func TestLoadedOdd(t *testing.T) {
	for name, text := range map[string]string{"words": "just two\n", "size": "a b 0 - Live 0x0\n"} {
		kernel := fileKernel{proc: fstest.MapFS{"modules": {Data: []byte(text)}}}
		errs := 0
		for _, err := range live.Loaded(kernel) {
			if err != nil {
				errs++
			}
		}
		if errs != 1 {
			t.Errorf("%s: %d errors", name, errs)
		}
	}
}

// TestNoModuleSupport: a kernel without modules has no /proc/modules.
func TestNoModuleSupport(t *testing.T) {
	kernel := fileKernel{proc: fstest.MapFS{}, sys: fstest.MapFS{}}
	for m, err := range live.Loaded(kernel) {
		t.Errorf("got %v, %v", m, err)
	}
}

// TestStatusFiles: the status comes from sysfs, and without sysfs from
// /proc/modules.
func TestStatusFiles(t *testing.T) {
	k := fileKernel{proc: fstest.MapFS{"modules": {Data: []byte(procModules)}}, sys: fstest.MapFS{
		"module/live/initstate":     {Data: []byte("live\n")},
		"module/coming/initstate":   {Data: []byte("coming\n")},
		"module/going/initstate":    {Data: []byte("going\n")},
		"module/builtin/parameters": {Mode: fs.ModeDir},
		"module/vanishing/refcnt":   {Data: []byte("0\n")},
	}}
	kernel := k
	want := map[string]live.Status{"live": live.StatusLive, "coming": live.StatusComing, "going": live.StatusGoing,
		"builtin": live.StatusBuiltin, "vanishing": live.StatusGoing, "absent": live.StatusAbsent, "xfs": live.StatusAbsent}
	for name, status := range want {
		if got, err := live.StatusOf(kernel, name); got != status || err != nil {
			t.Errorf("%s is %v, %v, want %v", name, got, err, status)
		}
	}
	if got, err := live.StatusOf(fileKernel{proc: fstest.MapFS{}, sys: fstest.MapFS{}}, "xfs"); got != live.StatusUnknown || err != nil {
		t.Errorf("without any files xfs is %v, %v", got, err)
	}
	k.sys = fstest.MapFS{}
	kernel = k
	for name, status := range map[string]live.Status{"xfs": live.StatusLive, "odd": live.StatusComing, "leaving": live.StatusGoing} {
		if got, err := live.StatusOf(kernel, name); got != status || err != nil {
			t.Errorf("without sysfs %s is %v, %v, want %v", name, got, err, status)
		}
	}
}

// FuzzLoaded: any content of /proc/modules is either read or refused.
func FuzzLoaded(f *testing.F) {
	for _, line := range strings.Split(procModules, "\n") {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, text string) {
		kernel := fileKernel{proc: fstest.MapFS{"modules": {Data: []byte(text)}}}
		for m, err := range live.Loaded(kernel) {
			if err != nil {
				continue
			}
			if m.Name == "" || strings.ContainsAny(m.Name, " \n") || m.Refcount < -1 {
				t.Fatalf("got %+v", m)
			}
		}
	})
}
