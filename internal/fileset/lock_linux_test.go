package fileset

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/gokmod/gokmod/internal/sys"
)

// TestForeignLock: a lock that everybody may take, that on the folder, keeps
// nobody waiting.
func TestForeignLock(t *testing.T) {
	dir, _ := prepare(t)
	folder, err := os.Open(dir)
	must(t, err)
	defer folder.Close()
	must(t, sys.Lock(folder))
	files, after := newFiles("new ")
	must(t, replaceAt(dir, files, nil, hooks{}))
	if got := read(t, dir); !same(got, after) {
		t.Errorf("the set is %q", got)
	}
}

// TestLockFile: while a run is under way nobody else may open the file that it
// locks, and afterwards there is none, whoever left it there.
func TestLockFile(t *testing.T) {
	dir, _ := prepare(t)
	name := filepath.Join(dir, lockName)
	must(t, os.WriteFile(name, nil, 0o600)) // of a run that was killed
	seen := false
	files, _ := newFiles("new ")
	err := replaceAt(dir, files, nil, hooks{step: func(string, string) error {
		info, err := os.Stat(name)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("the lock file: %v, %v", info, err)
		}
		seen = true
		return nil
	}})
	if err != nil || !seen {
		t.Errorf("%v, seen %v", err, seen)
	}
	if _, err := os.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the lock file is left: %v", err)
	}
}
