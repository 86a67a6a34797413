//go:build unix

package openfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "file"), []byte("text"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o644); err != nil {
		t.Skip("this file system has no named pipes: ", err)
	}
	if err := os.Symlink("file", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]error{
		"file": nil, "link": nil, "pipe": ErrNotRegular, ".": ErrNotRegular, "absent": fs.ErrNotExist,
	} {
		f, info, err := Open(filepath.Join(dir, name))
		if !errors.Is(err, want) || (err == nil) != (f != nil) || f != nil && info.Size() != 4 {
			t.Errorf("Open of %s gives %v, %v", name, f, err)
		}
		if f != nil {
			f.Close()
		}
		fromFS, _, err := OpenFS(os.DirFS(dir), name)
		if !errors.Is(err, want) || (err == nil) != (fromFS != nil) {
			t.Errorf("OpenFS of %s gives %v, %v", name, fromFS, err)
		}
		if fromFS != nil {
			fromFS.Close()
		}
		if pathErr := (*fs.PathError)(nil); errors.As(err, &pathErr) {
			t.Errorf("the error of %s names a path: %v", name, err)
		}
	}
}
