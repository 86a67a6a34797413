package vm

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/gokmod/gokmod/internal/kernelimage"
)

func TestKernelAtFiles(t *testing.T) {
	dir := t.TempDir()
	image := filepath.Join(dir, "vmlinux")
	banner := "Linux version 6.12.1-own (me@here) #1\n"
	if err := os.WriteFile(image, []byte(banner), 0o644); err != nil {
		t.Fatal(err)
	}
	k, err := KernelAt(image, "")
	if err != nil || k.Release != "6.12.1-own" || k.Image != image || k.ModuleDir() != "" {
		t.Errorf("%+v, %v", k, err)
	}
	if _, err := KernelAt(image, dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a module directory without modules.dep: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, depFile), []byte("a.ko:\nb.ko: a.ko\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	k, err = KernelAt(image, dir)
	if err != nil || k.ModuleDir() != dir {
		t.Errorf("%+v, %v", k, err)
	}
	if names, err := k.Having("a", "c"); err != nil || len(names) != 1 {
		t.Errorf("of a and c the kernel has %q, %v", names, err)
	}
	if _, err := KernelAt(filepath.Join(dir, "none"), ""); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no image: %v", err)
	}
	if _, err := KernelAt(filepath.Join(dir, depFile), ""); !errors.Is(err, kernelimage.ErrUnknown) {
		t.Errorf("an image that is not one: %v", err)
	}
}
