package vm

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
)

func TestSharedLibsOfDynamicProgram(t *testing.T) {
	const program = "/bin/sh"
	if _, err := os.Stat(program); err != nil || runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		t.Skip("needs a dynamically linked /bin/sh for linux/amd64")
	}
	libs, err := sharedLibs(program)
	if err != nil {
		t.Fatal(err)
	}
	if len(libs) == 0 {
		t.Skip("/bin/sh is linked statically here")
	}
	isLibc := func(name string) bool { return filepath.Base(name) == "libc.so.6" }
	if !slices.ContainsFunc(libs, isLibc) || !filepath.IsAbs(libs[0]) {
		t.Errorf("%s needs %q, expected a loader and the C library", program, libs)
	}
	if slices.Sort(libs); len(slices.Compact(libs)) != len(libs) {
		t.Errorf("a library is listed twice: %q", libs)
	}
}

func TestSharedLibsOfOtherFiles(t *testing.T) {
	for _, data := range []string{"", "x", "#!/bin/sh\n", "\x7fEL"} {
		name := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(name, []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
		if libs, err := sharedLibs(name); err != nil || len(libs) != 0 {
			t.Errorf("%q: %q, %v", data, libs, err)
		}
	}
	if _, err := sharedLibs("/no/such/file"); err == nil {
		t.Error("a missing program passes")
	}
}

func TestFindLibAbsent(t *testing.T) {
	if lib, err := findLib("libnone-such.so.9"); err == nil {
		t.Errorf("found %s", lib)
	}
}
