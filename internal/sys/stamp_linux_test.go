package sys

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"
)

func TestStamp(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("text"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("file", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	want, ok := StampOf(info)
	if !ok || want.Size != 4 || want.Inode == 0 || want.Mtime.Sec != info.ModTime().Unix() || want.Ctime.Sec == 0 {
		t.Errorf("the stamp is %+v, %v", want, ok)
	}
	f, err := os.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	stamps := []Stamp{want, {}, {}, {}}
	err = StampsIn(f, []string{"file", "link", ".", "absent"}, func(i int, s Stamp, err error) error {
		if s != stamps[i] || errors.Is(err, fs.ErrNotExist) != (i == 3) {
			t.Errorf("stamp %d is %+v, %v, want %+v", i, s, err, stamps[i])
		}
		return err
	})
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the error is %v", err)
	}
}

// TestStampUnknown: another kind of file system gives no inodes.
func TestStampUnknown(t *testing.T) {
	info, err := fstest.MapFS{"file": {}}.Stat("file")
	if err != nil {
		t.Fatal(err)
	}
	if s, ok := StampOf(info); ok || s != (Stamp{}) {
		t.Errorf("the stamp is %+v, %v", s, ok)
	}
}
