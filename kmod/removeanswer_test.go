package kmod_test

import (
	"errors"
	"io/fs"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/live"
)

// removingKernel answers every removal.
type removingKernel struct {
	fileKernel
	answer error
}

func (k removingKernel) DeleteModule(string, live.RemoveFlags) error { return k.answer }

// TestRemoveAnswers: what each answer of the kernel means.
func TestRemoveAnswers(t *testing.T) {
	const list = "used 4096 2 one,two, Live 0x0\nfixed 4096 1 [permanent], Live 0x0\nheld 4096 3 - Live 0x0\n" +
		"leaving 4096 -1 - Unloading 0x0\n"
	odd := errors.New("odd")
	for _, test := range []struct {
		module string
		answer error
		want   error
		errno  syscall.Errno
		text   string
	}{
		{"used", syscall.EAGAIN, kmod.ErrInUse, syscall.EAGAIN, "in use by one, two (refcount 2)"},
		{"held", syscall.EAGAIN, kmod.ErrInUse, syscall.EAGAIN, "in use (refcount 3)"},
		{"leaving", syscall.EAGAIN, kmod.ErrInUse, syscall.EAGAIN, "in use"},
		{"unlisted", syscall.EAGAIN, kmod.ErrInUse, syscall.EAGAIN, "in use"},
		{"fixed", syscall.EBUSY, kmod.ErrPermanent, syscall.EBUSY, ""},
		{"fixed", syscall.EAGAIN, kmod.ErrPermanent, syscall.EAGAIN, ""},
		{"leaving", syscall.EBUSY, kmod.ErrBusy, syscall.EBUSY, ""},
		{"used", syscall.EBUSY, kmod.ErrBusy, syscall.EBUSY, ""},
		{"used", syscall.ENOENT, kmod.ErrNotLoaded, syscall.ENOENT, ""},
		{"used", syscall.EPERM, fs.ErrPermission, syscall.EPERM, ""},
		{"used", syscall.ENOSYS, errors.ErrUnsupported, syscall.ENOSYS, "cannot unload modules"},
		{"used", syscall.EINVAL, syscall.EINVAL, syscall.EINVAL, "the kernel refused"},
		{"used", odd, odd, 0, "odd"},
	} {
		files := fileKernel{sys: fstest.MapFS{}, proc: fstest.MapFS{"modules": {Data: []byte(list)}}}
		kernel := removingKernel{files, test.answer}
		err := kmod.NewLoader(nil, &kmod.LoaderConfig{Kernel: kernel}).Remove(t.Context(), test.module, 0)
		var remove *kmod.Error
		if !failedTo(err, "remove", &remove) || remove.Module != test.module || remove.Errno != test.errno ||
			!errors.Is(err, test.want) || !strings.Contains(err.Error(), test.text) ||
			!strings.Contains(err.Error(), test.module) {
			t.Errorf("%s, %v: %v", test.module, test.answer, err)
		}
		var use *kmod.InUseError
		if errors.As(err, &use) != (test.want == kmod.ErrInUse) || use != nil && use.Refcount < 0 {
			t.Errorf("%s, %v: %+v", test.module, test.answer, use)
		}
	}
}
