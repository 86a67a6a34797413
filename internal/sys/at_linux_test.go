package sys

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// TestAt: names resolve as for a process in the directory.
func TestAt(t *testing.T) {
	base := t.TempDir()
	for _, err := range []error{
		os.MkdirAll(filepath.Join(base, "dir/sub"), 0o755), os.WriteFile(filepath.Join(base, "file"), []byte("x"), 0o644),
		os.Symlink("../file", filepath.Join(base, "dir/link")), unix.Mkfifo(filepath.Join(base, "pipe"), 0o644),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	dir, err := os.Open(filepath.Join(base, "dir"))
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	for name, want := range map[string]fs.FileMode{
		"../file": 0, "link": 0, base + "/file": 0, "sub": fs.ModeDir, "sub/..": fs.ModeDir, "../pipe": fs.ModeIrregular,
	} {
		if mode, err := ModeAt(dir, name); mode != want || err != nil {
			t.Errorf("%s is %v, %v, want %v", name, mode, err, want)
		}
		f, err := OpenAt(dir, name, os.O_RDONLY|unix.O_NONBLOCK)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		there, err := os.Stat(f.Name())
		if info, statErr := f.Standard().Stat(); err != nil || statErr != nil || !os.SameFile(info, there) {
			t.Errorf("%s is not %s: %v, %v", name, f.Name(), err, statErr)
		}
		if info, statErr := StatAt(dir, name); statErr != nil || !os.SameFile(info, there) {
			t.Errorf("%s is %v, %v", name, info, statErr)
		}
		f.Close()
	}
	if text, isLink, err := ReadLinkAt(dir, "link"); text != "../file" || !isLink || err != nil {
		t.Errorf("the link is %q, %v, %v", text, isLink, err)
	}
	if text, isLink, err := ReadLinkAt(dir, "sub"); text != "" || isLink || err != nil {
		t.Errorf("the directory is %q, %v, %v", text, isLink, err)
	}
	_, _, linkErr := ReadLinkAt(dir, "none")
	_, modeErr := ModeAt(dir, "none")
	_, statErr := StatAt(dir, "none")
	_, openErr := OpenAt(dir, "none", os.O_RDONLY)
	for _, err := range []error{linkErr, modeErr, statErr, openErr} {
		if !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("a file that does not exist gives %v", err)
		}
	}
}

// TestModeOf: links are followed, and devices are irregular.
func TestModeOf(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(dir+"/file", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, target := range map[string]string{"link": "file", "dir": ".", "none": "nothing"} {
		if err := os.Symlink(target, dir+"/"+name); err != nil {
			t.Fatal(err)
		}
	}
	for path, want := range map[string]fs.FileMode{
		dir: fs.ModeDir, dir + "/file": 0, dir + "/link": 0, dir + "/dir": fs.ModeDir, "/dev/null": fs.ModeIrregular,
	} {
		if mode, err := ModeOf(path); mode != want || err != nil {
			t.Errorf("%s: %v, %v, want %v", path, mode, err, want)
		}
	}
	for path, want := range map[string]error{
		dir + "/none": fs.ErrNotExist, dir + "/file/x": unix.ENOTDIR, "": fs.ErrNotExist,
	} {
		if _, err := ModeOf(path); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", path, err, want)
		}
	}
}
