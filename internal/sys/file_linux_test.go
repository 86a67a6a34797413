//go:build !gokmod_portable

package sys

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"testing/iotest"

	"golang.org/x/sys/unix"
)

// TestFile: a file reads and describes itself as an os.File does.
func TestFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, []byte("some text"), 0o640); err != nil {
		t.Fatal(err)
	}
	f, err := Open(name, os.O_RDONLY|unix.O_NONBLOCK)
	if err != nil {
		t.Fatal(err)
	}
	if err := iotest.TestReader(f, []byte("some text")); err != nil {
		t.Error(err)
	}
	b := make([]byte, 6)
	if n, err := f.ReadAt(b, 5); n != 4 || err != io.EOF || string(b[:n]) != "text" {
		t.Errorf("the end is %q, %v", b[:n], err)
	}
	if n, err := f.ReadAt(nil, 100); n != 0 || err != nil {
		t.Errorf("nothing is %d, %v", n, err)
	}
	if f.Name() != name {
		t.Errorf("it is %s", f.Name())
	}
	compareStat(t, name)
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	_, readErr := f.Read(b)
	_, readAtErr := f.ReadAt(b, 0)
	_, statErr := f.Stat()
	for call, err := range map[string]error{"read": readErr, "readAt": readAtErr, "stat": statErr, "close": f.Close()} {
		if !errors.Is(err, os.ErrClosed) {
			t.Errorf("%s of a closed file: %v", call, err)
		}
	}
}

// TestFileFails: errors name the path.
func TestFileFails(t *testing.T) {
	dir := t.TempDir()
	_, err := Open(filepath.Join(dir, "none"), os.O_RDONLY)
	if pathErr := (*fs.PathError)(nil); !errors.As(err, &pathErr) || pathErr.Path != filepath.Join(dir, "none") {
		t.Errorf("no such file: %v", err)
	}
	f, err := Open(dir, os.O_RDONLY)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Read(make([]byte, 1)); !errors.Is(err, syscall.EISDIR) {
		t.Errorf("a directory is read: %v", err)
	}
	if _, err := f.ReadAt(make([]byte, 1), 0); !errors.Is(err, syscall.EISDIR) {
		t.Errorf("a directory is read somewhere: %v", err)
	}
}

// TestFileStat: files of all kinds are described as by package os.
func TestFileStat(t *testing.T) {
	dir := t.TempDir()
	pipe, special := filepath.Join(dir, "pipe"), filepath.Join(dir, "special")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(special, nil, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(special, 0o755|fs.ModeSetuid|fs.ModeSetgid|fs.ModeSticky); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{dir, pipe, special, os.DevNull} {
		compareStat(t, name)
	}
	for mode, want := range map[uint32]fs.FileMode{
		unix.S_IFSOCK: fs.ModeSocket, unix.S_IFLNK: fs.ModeSymlink, unix.S_IFBLK: fs.ModeDevice,
	} {
		if got := (&fileInfo{st: syscall.Stat_t{Mode: mode | 0o640}}).Mode(); got != want|0o640 {
			t.Errorf("mode %o is %v", mode, got)
		}
	}
}

func compareStat(t *testing.T, name string) {
	t.Helper()
	f, err := Open(name, os.O_RDONLY|unix.O_NONBLOCK)
	if err != nil {
		t.Fatal(err)
	}
	got, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	std := f.Standard()
	if std != f.Standard() {
		t.Error("two os.Files share a descriptor")
	}
	want, err := std.Stat()
	if err != nil {
		t.Fatal(err)
	}
	if got.Name() != want.Name() || got.Size() != want.Size() ||
		got.Mode() != want.Mode() || got.IsDir() != want.IsDir() ||
		!got.ModTime().Equal(want.ModTime()) || got.Sys().(*syscall.Stat_t).Ino != want.Sys().(*syscall.Stat_t).Ino {
		t.Errorf("%s: %v, want %v", name, fs.FormatFileInfo(got), fs.FormatFileInfo(want))
	}
}
