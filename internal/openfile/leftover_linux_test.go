package openfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"github.com/gokmod/gokmod/internal/sys"
)

// names lists a directory.
func names(t *testing.T, dir string) (all []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

// littered makes a directory with what killed writers left of the file "cache", and
// with similar names. It returns the names that must stay.
func littered(t *testing.T) (dir string, stay []string) {
	t.Helper()
	dir = t.TempDir()
	stay = []string{"cache", "cache.1.tmp.bak", "cache.12a.tmp", "cache.2.tmp", "cache.3.tmp", "cache..tmp", "cache.tmp",
		"other.1.tmp", "cache.4", "5.tmp", "6", ".7.tmp", "cache8.tmp", "cachex.9.tmp"}
	for _, name := range append([]string{"cache.1.tmp", "cache.4294967295.tmp"}, stay...) {
		var err error
		switch name {
		case "cache.2.tmp":
			err = os.Mkdir(filepath.Join(dir, name), 0o755)
		case "cache.3.tmp":
			err = os.Symlink("cache", filepath.Join(dir, name))
		default:
			err = os.WriteFile(filepath.Join(dir, name), []byte(name), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(stay)
	return dir, stay
}

func TestTidy(t *testing.T) {
	dir, stay := littered(t)
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(filepath.Join(dir, "cache"), link); err != nil {
		t.Fatal(err)
	}
	Tidy(filepath.Join(dir, "absent", "cache"))
	Tidy(dir)
	if got := names(t, dir); len(got) != len(stay)+2 {
		t.Errorf("of other files: left are %q", got)
	}
	Tidy(link)
	if got := names(t, dir); !slices.Equal(got, stay) {
		t.Errorf("left are %q", got)
	}
}

// TestReplaceTidies: a run removes what earlier ones left, but not the drafts of
// running ones.
func TestReplaceTidies(t *testing.T) {
	dir, stay := littered(t)
	name := filepath.Join(dir, "cache")
	err := Replace(name, 0, false, func(outer *os.File) error {
		err := Replace(name, 0, false, func(inner *os.File) error {
			for _, f := range []*os.File{outer, inner} {
				if _, err := os.Lstat(f.Name()); err != nil {
					t.Error(err)
				}
			}
			return nil
		})
		if _, statErr := os.Lstat(outer.Name()); statErr != nil {
			t.Errorf("the draft of another writer: %v", statErr)
		}
		return err
	})
	if got := names(t, dir); err != nil || !slices.Equal(got, stay) {
		t.Errorf("%v, left are %q", err, got)
	}
}

// TestLockDraft: a draft that was removed or replaced before it was locked does
// not count as existing.
func TestLockDraft(t *testing.T) {
	d, err := create(filepath.Join(t.TempDir(), "cache"))
	if err != nil || d.lock == nil {
		t.Fatal(err)
	}
	defer d.Close()
	second, err := os.Open(d.Name())
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	if locked, err := sys.TryLock(second); locked || err != nil {
		t.Errorf("a draft is not locked: %v", err)
	}
	d.unlock()
	if locked, err := sys.TryLock(second); !locked || err != nil {
		t.Errorf("a draft is still locked: %v", err)
	}
	second.Close()
	if err := errors.Join(os.Remove(d.Name()), os.WriteFile(d.Name(), nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	if lock, there := lockDraft(d.File); lock != nil || there {
		t.Error("another file is taken for the draft")
	}
	third, err := os.Open(d.Name())
	if err != nil {
		t.Fatal(err)
	}
	defer third.Close()
	if locked, err := sys.TryLock(third); !locked || err != nil {
		t.Errorf("the file that was not taken for the draft is locked: %v", err)
	}
	if err := os.Remove(d.Name()); err != nil {
		t.Fatal(err)
	}
	if lock, there := lockDraft(d.File); lock != nil || there {
		t.Error("a removed draft counts as existing")
	}
}

func TestCreateFails(t *testing.T) {
	if _, err := create(filepath.Join(t.TempDir(), "none", "cache")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without a directory: %v", err)
	}
	dir := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(dir, "f.1.tmp"), 0o600); err != nil {
		t.Skip("this file system has no named pipes: ", err)
	}
	removeDraft(filepath.Join(dir, "f.1.tmp"))
	if got := names(t, dir); len(got) != 1 {
		t.Errorf("a pipe is taken for a draft: %q", got)
	}
}
