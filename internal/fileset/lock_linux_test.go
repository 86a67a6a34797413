package fileset

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/gokmod/gokmod/internal/sys"
)

// TestForeignLock: a lock that anyone may take, on the directory, keeps no run
// waiting.
func TestForeignLock(t *testing.T) {
	dir, _ := prepare(t)
	locked, err := os.Open(dir)
	must(t, err)
	defer locked.Close()
	must(t, sys.Lock(locked))
	files, after := newFiles("new ")
	must(t, replaceAt(dir, files, nil, hooks{}))
	if got := read(t, dir); !same(got, after) {
		t.Errorf("the set is %q", got)
	}
}

// TestLockFile: during a run nobody else may open the file that it locks, and
// afterwards there is none, whoever left it there.
func TestLockFile(t *testing.T) {
	dir, _ := prepare(t)
	name := filepath.Join(dir, lockName)
	must(t, os.WriteFile(name, nil, 0o600)) // of a killed run
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

// TestClearSteps: what is in the place of the lock is removed, or set aside under the
// first name that is free, and nothing else is touched.
func TestClearSteps(t *testing.T) {
	for kind, test := range map[string]struct {
		put  func(name string) error
		want string
	}{
		"nothing":        {func(string) error { return nil }, ""},
		"file":           {func(name string) error { return os.WriteFile(name, nil, 0o600) }, ""},
		"pipe":           {func(name string) error { return syscall.Mkfifo(name, 0o600) }, "remove .modules-lock"},
		"link":           {func(name string) error { return os.Symlink("none", name) }, "remove .modules-lock"},
		"directory":      {func(name string) error { return os.Mkdir(name, 0o755) }, "remove .modules-lock"},
		"full directory": {func(name string) error { return os.MkdirAll(name+"/sub", 0o755) }, "remove .modules-lock, rename .modules-lock.1"},
		"two full directories": {func(name string) error {
			return errors.Join(os.MkdirAll(name+"/sub", 0o755), os.MkdirAll(name+".1", 0o755))
		}, "remove .modules-lock, rename .modules-lock.2"},
	} {
		dir := laySmall(t)
		must(t, test.put(filepath.Join(dir, lockName)))
		var steps []string
		must(t, recoverAt(dir, false, recorded(&steps, nil)))
		if got := strings.Join(steps, ", "); got != test.want {
			t.Errorf("%s: the steps are %q", kind, got)
		}
	}
}

// TestLockClosed: of runs that waited for each other none leaves a lock open.
func TestLockClosed(t *testing.T) {
	dir := laySmall(t)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 10 {
				if err := recoverAt(dir, false, hooks{}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	lockClosed(t)
}

// lockClosed fails where this process has a lock open.
func lockClosed(t *testing.T) {
	t.Helper()
	fds, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("no /proc: ", err)
	}
	for _, fd := range fds {
		if to, _ := os.Readlink("/proc/self/fd/" + fd.Name()); strings.Contains(to, lockName) {
			t.Errorf("%s is still open", to)
		}
	}
}

// TestNoLock: where there are no locks the files are replaced one after the other, and
// what a run left that was cut off stays. Nothing is left of trying.
func TestNoLock(t *testing.T) {
	dir := laySmall(t)
	must(t, os.MkdirAll(filepath.Join(dir, oddRun, oldSet), 0o755))
	const want = "mkdir RUN, mkdir RUN/old, mkdir RUN/new, mkdir RUN/staged, create RUN/new/a, write RUN/new/a, " +
		"create RUN/new/l, write RUN/new/l, create RUN/new/n, write RUN/new/n, rename a, rename l, rename n, " +
		"remove RUN/new, remove RUN/old, remove RUN/staged, remove RUN"
	var steps []string
	h := recorded(&steps, nil)
	h.noLock = &fs.PathError{Op: "flock", Path: lockName, Err: errors.ErrUnsupported}
	must(t, replaceAt(dir, smallSet(), nil, h))
	if got := strings.Join(steps, ", "); got != want {
		t.Errorf("the steps are\n%s\nnot\n%s", got, want)
	}
	must(t, os.Remove(filepath.Join(dir, oddRun, oldSet)))
	must(t, os.Remove(filepath.Join(dir, oddRun)))
	smallReplaced(t, dir)
	lockClosed(t)
}

// TestLockFails: without the lock that the system has, nothing begins and nothing is
// left of trying.
func TestLockFails(t *testing.T) {
	dir := laySmall(t)
	var steps []string
	h := recorded(&steps, nil)
	h.noLock = &fs.PathError{Op: "flock", Path: lockName, Err: syscall.EIO}
	err := replaceAt(dir, smallSet(), nil, h)
	if e := (*Error)(nil); !errors.As(err, &e) || e.State != Old || !errors.Is(err, syscall.EIO) || len(steps) != 0 {
		t.Errorf("%v after %q", err, steps)
	}
	entries, err := os.ReadDir(dir)
	must(t, err)
	if len(entries) != 2 {
		t.Errorf("left are %v", entries)
	}
	lockClosed(t)
}
