package kmod_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/kmodtest"
	"github.com/gokmod/gokmod/kmod/live"
)

// TestInsertAnswers: what each answer of the kernel to an insert means.
func TestInsertAnswers(t *testing.T) {
	plain := errors.New("plain")
	const taken = "the kernel could not take the module"
	for _, test := range []struct {
		answer error
		want   error
		text   string
	}{
		{syscall.ENOEXEC, kmod.ErrIncompatible, "(ENOEXEC)"},
		{syscall.EINVAL, kmod.ErrInvalid, "(EINVAL)"},
		{syscall.EKEYREJECTED, kmod.ErrSignature, "(EKEYREJECTED)"},
		{syscall.ENOKEY, kmod.ErrSignature, "(ENOKEY)"},
		{syscall.EBADMSG, kmod.ErrSignature, "(EBADMSG)"},
		{syscall.ENOPKG, kmod.ErrSignature, "(ENOPKG)"},
		{syscall.EACCES, fs.ErrPermission, "a security policy forbids it (EACCES)"},
		{syscall.ENOMEM, syscall.ENOMEM, "there is not enough memory for the module (ENOMEM)"},
		{syscall.EFAULT, syscall.EFAULT, taken}, {syscall.ETIMEDOUT, syscall.ETIMEDOUT, taken},
		{syscall.E2BIG, syscall.E2BIG, taken}, {syscall.EFBIG, syscall.EFBIG, taken},
		{syscall.ETXTBSY, syscall.ETXTBSY, taken},
		{syscall.ENODEV, kmod.ErrInit, "init function failed; it found no device to drive (ENODEV)"},
		{syscall.EIO, kmod.ErrInit, "(EIO)"},
		{syscall.Errno(4095), kmod.ErrInit, "(errno 4095)"},
		{plain, plain, ": plain"},
	} {
		loader, k := dbtest.Loader(t, chainTree(), false)
		k.OnCall = func(c kmodtest.Call) error {
			if c.Module == "mid" {
				return test.answer
			}
			return nil
		}
		_, err := loader.Load(context.Background(), "top")
		var insert *kmod.Error
		if !failedTo(err, "insert", &insert) || insert.Module != "mid" || !errors.Is(err, test.want) ||
			!strings.Contains(err.Error(), test.text) {
			t.Errorf("%v: %v", test.answer, err)
			continue
		}
		errno, isErrno := test.answer.(syscall.Errno)
		if isErrno != (insert.Errno != 0) || insert.Errno != errno || errors.Is(err, fs.ErrNotExist) ||
			!strings.Contains(err.Error(), "insert module mid (needed by top)") {
			t.Errorf("%v: %v", test.answer, err)
		}
	}
}

// TestPermissionReasons: what is behind EPERM, the most certain reason first.
func TestPermissionReasons(t *testing.T) {
	for _, test := range []struct {
		name string
		set  func(k *kmodtest.Kernel)
		want error
		text string
	}{
		{"nothing known", func(k *kmodtest.Kernel) { k.OnCall = func(kmodtest.Call) error { return syscall.EPERM } },
			fs.ErrPermission, "the kernel does not permit it"},
		{"disabled", func(k *kmodtest.Kernel) { k.ModulesDisabled, k.NoCapability = true, true },
			kmod.ErrModulesDisabled, ""},
		{"no capability", func(k *kmodtest.Kernel) { k.NoCapability, k.Lockdown = true, "integrity" },
			kmod.ErrCapability, ""},
		{"locked down", func(k *kmodtest.Kernel) { k.Lockdown = "integrity" }, kmod.ErrLockdown, ""},
		{"confidentiality", func(k *kmodtest.Kernel) { k.Lockdown = "confidentiality" }, kmod.ErrLockdown, ""},
		{"not locked down", func(k *kmodtest.Kernel) {
			k.Lockdown = "none"
			k.OnCall = func(kmodtest.Call) error { return syscall.EPERM }
		}, fs.ErrPermission, "the kernel does not permit it"},
	} {
		loader, k := dbtest.Loader(t, chainTree(), false)
		test.set(k)
		_, err := loader.Load(context.Background(), "base")
		if !errors.Is(err, test.want) || !errors.Is(err, fs.ErrPermission) || !errors.Is(err, syscall.EPERM) ||
			!strings.Contains(err.Error(), test.text) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

// TestCapability: bit 16 of the line CapEff counts, whatever the others say.
func TestCapability(t *testing.T) {
	for status, want := range map[string]error{
		"Name:\tx\nCapEff:\t0000000000010000\n":                            nil,
		"Name:\tx\nCapEff:\t000001ffffffffff\nCapBnd:\t0000000000000000\n": nil,
		"Name:\tx\nCapEff:\t000001fffffeffff\n":                            kmod.ErrCapability,
		"Name:\tx\nCapEff:\t0000000000008000\n":                            kmod.ErrCapability,
		"Name:\tx\nCapEff:\t0000000000020000\n":                            kmod.ErrCapability,
		"Name:\tx\nCapPrm:\t0000000000000000\n":                            nil,
		"Name:\tx\nCapEff:\tnone\n":                                        nil,
		"CapEff:\t0000000000000000\n":                                      nil, // not a line of its own behind others
	} {
		files := fileKernel{sys: fstest.MapFS{}, proc: fstest.MapFS{"self/status": {Data: []byte(status)}}}
		kernel := removingKernel{files, syscall.EPERM}
		err := kmod.NewLoader(nil, &kmod.LoaderConfig{Kernel: kernel}).Remove(t.Context(), "a", 0)
		if errors.Is(err, kmod.ErrCapability) != (want != nil) || !errors.Is(err, fs.ErrPermission) {
			t.Errorf("%q: %v", status, err)
		}
	}
}

// TestMissingSymbols: an error lists at most five symbols, in order.
func TestMissingSymbols(t *testing.T) {
	for n, want := range map[int]string{
		1: "missing: s1 (", 2: "missing: s1, s2 (", 5: "missing: s1, s2, s3, s4, s5 (",
		6: "missing: s1, s2, s3, s4, s5 and 1 more (", 9: "missing: s1, s2, s3, s4, s5 and 4 more (",
	} {
		var needs []string
		for i := range n {
			needs = append(needs, fmt.Sprint("s", n-i))
		}
		files := modtest.Tree(nil, modtest.TreeModule{Path: "kernel/a.ko", File: module("a", nil, needs, "")})
		loader, _ := dbtest.Loader(t, files, false)
		_, err := loader.Load(context.Background(), "a")
		if !errors.Is(err, kmod.ErrUnknownSymbol) || !strings.Contains(err.Error(), want) {
			t.Errorf("%d symbols: %v", n, err)
		}
	}
}

// TestErrorTexts: errors are sentences that name the module, quoted where that reads
// better, and what led to it.
func TestErrorTexts(t *testing.T) {
	reason := errors.New("a reason")
	for _, test := range []struct {
		err  error
		want string
		is   []error
	}{
		{&kmod.LookupError{Name: "a\n", Err: reason}, `look up module "a\n": a reason`, []error{reason}},
		{&kmod.LookupError{Name: "a", Err: kmod.ErrNotFound, Dir: "/m"},
			"module a not found in /m", []error{kmod.ErrNotFound}},
		{&kmod.LookupError{Name: "a", Err: kmod.ErrNotFound, Dir: "/m", Searched: []string{"x", "y"}},
			"module a not found in /m (searched x, y)", nil},
		{&kmod.LookupError{Name: "a", Err: kmod.ErrNotFound, Dir: "/m", Searched: []string{"x"},
			Missing: []string{"y", "z"}},
			"module a not found in /m (searched x; there is no y, z)", nil},
		{&kmod.LookupError{Name: "a", Err: kmod.ErrNotFound, Absence: reason},
			"module a not found: a reason", []error{reason, kmod.ErrNotFound}},
		{&kmod.InUseError{Module: "a"}, "the module is in use", []error{kmod.ErrInUse}},
		{&live.Error{Op: "read", Module: "a", Err: reason},
			"read the state of module a: a reason", []error{reason}},
		{&live.Error{Op: "read", Module: "a", Attribute: "sections/\x07", Err: reason},
			`read "sections/\a" of module a: a reason`, nil},
		{&live.Error{Op: "write", Module: "a", Attribute: "parameters/p", Errno: syscall.ERANGE, Err: reason},
			"write parameter p of module a: a reason (ERANGE)", []error{syscall.ERANGE}},
	} {
		if got := test.err.Error(); got != test.want {
			t.Errorf("got  %s\nwant %s", got, test.want)
		}
		for _, is := range test.is {
			if !errors.Is(test.err, is) {
				t.Errorf("%v is not %v", test.err, is)
			}
		}
		if errors.Is(test.err, syscall.Errno(0)) || errors.Is(test.err, syscall.ENOENT) {
			t.Errorf("%v has an errno", test.err)
		}
	}
}
