package tree

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestMount: nothing leads out of a directory used as a mount, and nothing in it
// blocks.
func TestMount(t *testing.T) {
	dir := layout{"out": "not yours", "root/dir/file": "in", "root/link": "-> dir/file", "root/abs": "-> /dir/file",
		"root/away": "-> ../out", "root/far": "-> /out", "root/loop": "-> loop"}.write(t)
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o666); err != nil {
		t.Fatal(err)
	}
	before := descriptors(t)
	m := Mount(dir)
	for name, want := range map[string]error{
		"dir/file": nil, "link": nil, "abs": nil, "pipe": nil, "dir": nil, ".": nil,
		"away": fs.ErrNotExist, "far": fs.ErrNotExist, "loop": syscall.ELOOP, "none": fs.ErrNotExist,
		"../out": fs.ErrInvalid, "/dir": fs.ErrInvalid,
	} {
		f, err := m.Open(name)
		info, statErr := fs.Stat(m, name)
		mode, modeErr := m.Mode(name)
		if !errors.Is(err, want) || !errors.Is(statErr, want) || !errors.Is(modeErr, want) {
			t.Errorf("%s: %v, %v, %v, want %v", name, err, statErr, modeErr, want)
		}
		if statErr == nil && (mode.IsRegular() != info.Mode().IsRegular() || mode.IsDir() != info.IsDir()) {
			t.Errorf("%s: the type is %v, want %v", name, mode, info.Mode().Type())
		}
		if err != nil {
			continue
		}
		if info, err := f.Stat(); err != nil || info.Mode().IsRegular() && !holds(f, "in") {
			t.Errorf("%s: %v", name, err)
		}
		f.Close()
	}
	none := Mount(filepath.Join(dir, "none"))
	if _, err := none.Open("."); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no directory: %v", err)
	}
	if _, err := none.Stat("."); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no directory: %v", err)
	}
	if after := descriptors(t); after != before {
		t.Errorf("%d descriptors are open, %d before", after, before)
	}
}

func holds(f io.Reader, want string) bool {
	text, err := io.ReadAll(f)
	return err == nil && string(text) == want
}

func descriptors(t *testing.T) int {
	t.Helper()
	open, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("the system does not list descriptors: ", err)
	}
	return len(open)
}

// TestOwnMounts: the links of /proc and /sys are the machine's.
func TestOwnMounts(t *testing.T) {
	for dir, name := range map[Mount]string{"/proc": "self/root/proc/self/stat", "/sys": "../sys"} {
		f, err := dir.Open(name)
		_, statErr := dir.Stat(name)
		mode, modeErr := dir.Mode(name)
		want := error(nil)
		if !fs.ValidPath(name) {
			want = fs.ErrInvalid
		}
		if !errors.Is(err, want) || !errors.Is(statErr, want) || !errors.Is(modeErr, want) || mode != 0 {
			t.Errorf("%s/%s: %v, %v, %v, %v", dir, name, err, statErr, mode, modeErr)
		}
		if f != nil {
			f.Close()
		}
	}
}
