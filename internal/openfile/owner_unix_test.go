//go:build unix

package openfile_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/gokmod/gokmod/internal/openfile"
)

// TestKeepOwner: a new file gets owner and group of the old one. Only root can give files
// away; others keep what is theirs.
func TestKeepOwner(t *testing.T) {
	dir := t.TempDir()
	var files [2]*os.File
	for i, name := range []string{"old", "new"} {
		f, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		files[i] = f
	}
	if os.Getuid() == 0 {
		if err := files[0].Chown(1234, 5678); err != nil {
			t.Skip("files cannot be given away here: ", err)
		}
	}
	owner := func(f *os.File) (os.FileInfo, [2]uint32) {
		info, err := f.Stat()
		if err != nil {
			t.Fatal(err)
		}
		st := info.Sys().(*syscall.Stat_t)
		return info, [2]uint32{st.Uid, st.Gid}
	}
	info, want := owner(files[0])
	if err := openfile.KeepOwner(files[1], info); err != nil {
		t.Fatal(err)
	}
	if _, got := owner(files[1]); got != want {
		t.Errorf("the owner is %v, want %v", got, want)
	}
}
