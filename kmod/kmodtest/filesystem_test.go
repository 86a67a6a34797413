package kmodtest_test

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/kmod/kmodtest"
)

// stateful is a kernel with a module that has every attribute, and one that
// uses it.
func stateful(t testing.TB) *kmodtest.Kernel {
	t.Helper()
	k := kmodtest.New("6.1.0-test")
	k.Compression, k.Lockdown, k.Builtin, k.Permanent = "xz", "none", []string{"inside"}, []string{"base"}
	base := image("base", []string{"fn"}, nil, "srcversion=ABCD", "version=1.0", "intree=Y", "parmtype=n:int", "parm=s:a string", "parmtype=s:charp")
	if err := errors.Join(k.InitModule(base, "n=7"), k.InitModule(image("user", nil, []string{"fn"}), "")); err != nil {
		t.Fatal(err)
	}
	return k
}

func TestFileSystems(t *testing.T) {
	k := stateful(t)
	for name, test := range map[string]struct {
		fsys  fs.FS
		files []string
	}{
		"sys":  {k.Sys(), []string{"module/base/parameters/n", "module/base/holders/user", "module/compression", "module/inside", "kernel/security/lockdown"}},
		"proc": {k.Proc(), []string{"modules", "sys/kernel/osrelease", "self/status"}},
	} {
		if err := fstest.TestFS(test.fsys, test.files...); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFiles(t *testing.T) {
	k := stateful(t)
	want := map[string]string{
		"initstate": "live", "refcnt": "1", "taint": "E", "srcversion": "ABCD", "version": "1.0", "initsize": "0",
		"parameters/n": "7", "parameters/s": "(null)",
	}
	for name, text := range want {
		if got, err := fs.ReadFile(k.Sys(), "module/base/"+name); string(got) != text+"\n" || err != nil {
			t.Errorf("%s is %q, %v, want %s", name, got, err, text)
		}
	}
	modules, err := fs.ReadFile(k.Proc(), "modules")
	lines := strings.Split(string(modules), "\n")
	if err != nil || len(lines) != 3 || !strings.HasPrefix(lines[0], "user ") || !strings.Contains(lines[1], " 1 user,[permanent], Live ") {
		t.Errorf("/proc/modules is %q, %v", modules, err)
	}
	for _, name := range []string{"module/absent", "module/base/version/x", "module/inside/initstate", "module/user/srcversion", "../x"} {
		if _, err := k.Sys().Open(name); err == nil {
			t.Errorf("%s is there", name)
		}
	}
}

// TestFilesLive: the file system follows the kernel.
func TestFilesLive(t *testing.T) {
	k := kmodtest.New("6.1.0-test")
	sys := k.Sys()
	if _, err := fs.Stat(sys, "module/a"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("before: %v", err)
	}
	if err := k.InitModule(image("a", nil, nil), ""); err != nil {
		t.Fatal(err)
	}
	open, err := sys.Open("module/a/initstate")
	if err != nil {
		t.Fatal(err)
	}
	defer open.Close()
	if err := k.DeleteModule("a", 0); err != nil {
		t.Fatal(err)
	}
	if _, err := fs.Stat(sys, "module/a"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("after: %v", err)
	}
}

func TestTaint(t *testing.T) {
	for want, change := range map[string]func(*modtest.Module){
		"OE":   func(*modtest.Module) {},
		"E":    func(m *modtest.Module) { m.Modinfo = append(m.Modinfo, "intree=Y") },
		"POE":  func(m *modtest.Module) { m.Modinfo[0] = "license=Proprietary" },
		"FOE":  func(m *modtest.Module) { m.Modinfo = m.Modinfo[:2] },
		"PFOE": func(m *modtest.Module) { m.Modinfo = []string{"name=a"} },
	} {
		m := modtest.Named("a", nil, nil)
		change(m)
		k := kmodtest.New("6.1.0-test")
		k.Vermagic = modtest.Vermagic
		if err := k.InitModule(m.Build(), ""); err != nil {
			t.Fatal(err)
		}
		if got, _ := fs.ReadFile(k.Sys(), "module/a/taint"); string(got) != want+"\n" {
			t.Errorf("taint is %q, want %s", got, want)
		}
	}
}

// TestDuplicateExport: a symbol has one owner.
func TestDuplicateExport(t *testing.T) {
	k := stateful(t)
	if err := k.InitModule(image("rival", []string{"fn"}, nil), ""); !errors.Is(err, syscall.ENOEXEC) {
		t.Errorf("error is %v", err)
	}
}

func BenchmarkStat(b *testing.B) {
	k := kmodtest.New("6.1.0-test")
	for i := range 300 {
		if err := k.InitModule(image(fmt.Sprintf("m%d", i), nil, nil), ""); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		if _, err := fs.ReadFile(k.Sys(), "module/m150/initstate"); err != nil {
			b.Fatal(err)
		}
	}
}
