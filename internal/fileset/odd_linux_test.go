package fileset

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/gokmod/gokmod/internal/sys"
)

// oddRun is the directory of a run that was cut off while its links were in place.
const oddRun = ".modules-00000000000000aa"

// layOddRun makes such a directory, with the old set current, and two names of the
// set as links.
func layOddRun(t *testing.T, dir string) {
	t.Helper()
	at := func(elem ...string) string { return filepath.Join(append([]string{dir, oddRun}, elem...)...) }
	for _, name := range []string{oldSet, newSet, staged} {
		must(t, os.MkdirAll(at(name), 0o755))
	}
	must(t, os.Symlink(oldSet, at(current)))
	for _, name := range []string{"modules.dep", "modules.dep.bin"} {
		must(t, os.Rename(filepath.Join(dir, name), at(oldSet, name)))
		must(t, os.WriteFile(at(newSet, name), []byte("new "+name), 0o644))
		must(t, os.Symlink(oddRun+"/current/"+name, filepath.Join(dir, name)))
	}
}

// oddStates are states that the directory may be in. Files that readers find in the
// set's directory are the same before and after.
var oddStates = map[string]struct {
	make func(t *testing.T, dir, run string) error
	lost bool // the names of the set are dangling or lead out
	left bool // the directory must stay
}{
	"as it should be": {make: func(*testing.T, string, string) error { return nil }},
	"current is a directory": {make: func(t *testing.T, dir, run string) error {
		must(t, os.Remove(run+"/current"))
		return os.Rename(run+"/old", run+"/current")
	}},
	"current is an empty directory": {lost: true, make: func(t *testing.T, dir, run string) error {
		must(t, os.Remove(run+"/current"))
		return os.Mkdir(run+"/current", 0o755)
	}},
	"current is a deep directory": {left: true, make: func(t *testing.T, dir, run string) error {
		must(t, os.Remove(run+"/current"))
		must(t, os.Rename(run+"/old", run+"/current"))
		return os.MkdirAll(run+"/current/a/b", 0o755)
	}},
	"current is another link": {make: func(t *testing.T, dir, run string) error {
		must(t, os.Remove(run+"/current"))
		return os.Symlink("./old/.", run+"/current")
	}},
	"current leads out": {lost: true, make: func(t *testing.T, dir, run string) error {
		must(t, os.Remove(run+"/current"))
		outside := t.TempDir()
		must(t, os.WriteFile(filepath.Join(outside, "modules.dep"), []byte("secret"), 0o644))
		return os.Symlink(outside, run+"/current")
	}},
	"current leads to itself": {lost: true, make: func(t *testing.T, dir, run string) error {
		must(t, os.Remove(run+"/current"))
		return os.Symlink("current", run+"/current")
	}},
	"current is a file": {lost: true, make: func(t *testing.T, dir, run string) error {
		must(t, os.Remove(run+"/current"))
		return os.WriteFile(run+"/current", nil, 0o644)
	}},
	"current is gone": {lost: true, make: func(t *testing.T, dir, run string) error { return os.Remove(run + "/current") }},
	"staged is a file": {make: func(t *testing.T, dir, run string) error {
		must(t, os.Remove(run+"/staged"))
		return os.WriteFile(run+"/staged", nil, 0o644)
	}},
	"staged is gone": {make: func(t *testing.T, dir, run string) error { return os.Remove(run + "/staged") }},
	"staged is full": {left: true, make: func(t *testing.T, dir, run string) error {
		return os.MkdirAll(run+"/staged/modules.dep/x", 0o755)
	}},
	"a file is a directory": {lost: true, make: func(t *testing.T, dir, run string) error {
		for _, name := range []string{"modules.dep", "modules.dep.bin"} {
			must(t, os.Remove(run+"/old/"+name))
			must(t, os.Mkdir(run+"/old/"+name, 0o755))
		}
		return nil
	}},
	"a file is a pipe": {lost: true, make: func(t *testing.T, dir, run string) error {
		must(t, os.Remove(run+"/old/modules.dep"))
		must(t, os.Remove(run+"/old/modules.dep.bin"))
		return syscall.Mkfifo(run+"/old/modules.dep", 0o644)
	}},
	"the directory is a link": {lost: true, left: true, make: func(t *testing.T, dir, run string) error {
		outside := t.TempDir()
		must(t, os.Rename(run, filepath.Join(outside, "run")))
		return os.Symlink(filepath.Join(outside, "run"), run)
	}},
	"the directory is a file": {lost: true, left: true, make: func(t *testing.T, dir, run string) error {
		must(t, os.RemoveAll(run))
		return os.WriteFile(run, nil, 0o644)
	}},
	"the directory is gone": {lost: true, make: func(t *testing.T, dir, run string) error { return os.RemoveAll(run) }},
}

// TestOddRun: whatever state a run's directory is in, the next run replaces the set,
// and recovering leaves files that read as before.
func TestOddRun(t *testing.T) {
	for kind, odd := range oddStates {
		t.Run(kind, func(t *testing.T) {
			for _, replacing := range []bool{true, false} {
				dir, before := prepare(t)
				layOddRun(t, dir)
				must(t, odd.make(t, dir, filepath.Join(dir, oddRun)))
				if odd.lost {
					delete(before, "modules.dep")
					delete(before, "modules.dep.bin")
				}
				files, want := newFiles("new ")
				var err error
				if replacing {
					err = replaceAt(dir, files, nil, hooks{})
				} else {
					want, err = before, recoverAt(dir, false, hooks{})
				}
				checkHealed(t, dir, want, odd.left)
				failed := (*Error)(nil)
				info, _ := os.Lstat(filepath.Join(dir, oddRun))
				if mayFail := !replacing && info != nil && info.IsDir(); mayFail != (err != nil) ||
					mayFail && (!errors.As(err, &failed) || failed.Name != oddRun) {
					t.Errorf("replacing %v: %v", replacing, err)
				}
			}
		})
	}
}

// checkHealed fails unless the names of the set are plain files with the given
// content, and nothing is left of the run but its directory, if that may stay.
func checkHealed(t *testing.T, dir string, want content, left bool) {
	t.Helper()
	if got := read(t, dir); !same(got, want) {
		t.Errorf("the set is %q, not %q", got, want)
	}
	entries, err := os.ReadDir(dir)
	must(t, err)
	for _, e := range entries {
		text, _ := os.Readlink(filepath.Join(dir, e.Name()))
		if strings.Contains(text, oddRun) || IsRun(e.Name()) && (e.Name() != oddRun || !left) || e.Name() == lockName {
			t.Errorf("%s is left: %v %q", e.Name(), e.Type(), text)
		}
	}
}

// TestSeveralStale: a directory that must stay does not keep the others.
func TestSeveralStale(t *testing.T) {
	dir, _ := prepare(t)
	stuck := runPrefix + strings.Repeat("0", runDigits)
	must(t, os.MkdirAll(filepath.Join(dir, stuck, "a/b/c"), 0o755))
	other := runPrefix + strings.Repeat("1", runDigits)
	must(t, os.MkdirAll(filepath.Join(dir, other, oldSet), 0o755))
	err := recoverAt(dir, false, hooks{})
	if failed := (*Error)(nil); !errors.As(err, &failed) || failed.Name != stuck || failed.State != Old {
		t.Errorf("the error is %v", err)
	}
	if _, err := os.Lstat(filepath.Join(dir, other)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s is left: %v", other, err)
	}
}

// TestOddLock: anything but a file in place of the lock is moved out of the way,
// and nothing is lost or made by that.
func TestOddLock(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "outside")
	for kind, put := range map[string]func(name string) error{
		"directory":      func(name string) error { return os.Mkdir(name, 0o755) },
		"pipe":           func(name string) error { return syscall.Mkfifo(name, 0o600) },
		"dangling link":  func(name string) error { return os.Symlink("none", name) },
		"link":           func(name string) error { return os.Symlink("other", name) },
		"link to itself": func(name string) error { return os.Symlink(lockName, name) },
		"link out":       func(name string) error { return os.Symlink(outside, name) },
	} {
		dir, _ := prepare(t)
		name := filepath.Join(dir, lockName)
		must(t, put(name))
		files, after := newFiles("new ")
		must(t, replaceAt(dir, files, nil, hooks{}))
		if got := read(t, dir); !same(got, after) {
			t.Errorf("%s: the set is %q", kind, got)
		}
		plain(t, dir)
		for _, absent := range []string{name, outside, filepath.Join(dir, "none"), name + ".1"} {
			if _, err := os.Lstat(absent); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s: %s is there: %v", kind, absent, err)
			}
		}
	}
}

// TestOddLockAlone: while a run clears the lock no other one does, which could act on
// what it has seen before.
func TestOddLockAlone(t *testing.T) {
	dir, _ := prepare(t)
	must(t, os.Symlink("none", filepath.Join(dir, lockName)))
	other, err := os.Open(dir)
	must(t, err)
	defer other.Close()
	cleared := false
	must(t, recoverAt(dir, false, hooks{step: func(op, name string) error {
		if name == lockName && !cleared {
			cleared = true
			if locked, err := sys.TryLock(other); locked || err != nil {
				t.Errorf("another run may %s it too: %v", op, err)
			}
		}
		return nil
	}}))
	if locked, err := sys.TryLock(other); !cleared || !locked || err != nil {
		t.Errorf("cleared: %v, and the directory is still locked: %v", cleared, err)
	}
}

// TestFullLock: a directory in place of the lock keeps its contents.
func TestFullLock(t *testing.T) {
	dir, _ := prepare(t)
	name := filepath.Join(dir, lockName)
	for n := 1; n <= maxAside+1; n++ {
		must(t, os.Mkdir(name, 0o755))
		must(t, os.WriteFile(filepath.Join(name, "file"), []byte{byte(n)}, 0o644))
		err := recoverAt(dir, false, hooks{})
		if n > maxAside {
			if failed := (*Error)(nil); !errors.As(err, &failed) || failed.Name != lockName || !errors.Is(err, syscall.ENOTEMPTY) {
				t.Errorf("one too many: %v", err)
			}
			return
		}
		must(t, err)
		kept, err := os.ReadFile(filepath.Join(dir, fmt.Sprintf("%s.%d", lockName, n), "file"))
		if err != nil || kept[0] != byte(n) {
			t.Fatalf("the %d. directory: %q, %v", n, kept, err)
		}
	}
}
