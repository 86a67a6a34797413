package fileset

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// kinds are the ways in which a set is replaced.
var kinds = map[string]func(hooks) hooks{
	"links":  func(h hooks) hooks { return h },
	"copies": func(h hooks) hooks { return without("link", h) },
}

// A run is cut off after every change; later steps, such as cleaning up, do not
// happen.
func TestCrash(t *testing.T) {
	for kind, with := range kinds {
		for _, flush := range []bool{false, true} {
			if testing.Short() && flush != (kind == "links") {
				continue // its steps are among those of the others
			}
			t.Run(fmt.Sprintf("%s/%v", kind, flush), func(t *testing.T) { testCrash(t, with, flush) })
		}
	}
}

func testCrash(t *testing.T, with func(hooks) hooks, flush bool) {
	seen := map[string]int{}
	for n := 0; ; n++ {
		dir, before := prepare(t)
		files, after := newFiles("new ")
		h, _ := crash(n)
		err := replaceAt(dir, files, &Options{Sync: flush}, with(h))
		state := wholly(t, dir, before, after)
		seen[state.String()]++
		if e := (*Error)(nil); errors.As(err, &e) && e.State != state {
			t.Errorf("after %d steps: %v, but the state is %v", n, err, state)
		}
		if err == nil {
			t.Logf("%d steps: %v", n, seen)
			if seen[Old.String()] == 0 || seen[New.String()] < 2 {
				t.Error("not every part was reached")
			}
			return
		}
		again(t, dir, n, state, before, after)
		if t.Failed() {
			return
		}
	}
}

// wholly returns which set is in place.
func wholly(t testing.TB, dir string, before, after content) State {
	t.Helper()
	got := read(t, dir)
	switch {
	case same(got, before):
		return Old
	case same(got, after):
		return New
	}
	t.Errorf("a mixture: %q", got)
	return Mixed
}

// again cleans up what the crash left, every other time with a crash during
// cleanup, and replaces the set once more.
func again(t *testing.T, dir string, n int, state State, before, after content) {
	t.Helper()
	for m := range 12 {
		if testing.Short() && m != 5*n%12 {
			continue
		}
		h, _ := crash(m)
		recoverAt(dir, m%2 == 0, h)
		if got := wholly(t, dir, before, after); got != state {
			t.Fatalf("%d steps, then %d of recovery: %v instead of %v", n, m, got, state)
		}
	}
	must(t, recoverAt(dir, false, hooks{}))
	if got := wholly(t, dir, before, after); got != state {
		t.Fatalf("recovery after %d steps: %v instead of %v", n, got, state)
	}
	plain(t, dir)
	files, next := newFiles("next ")
	must(t, replaceAt(dir, files, nil, hooks{}))
	if got := read(t, dir); !same(got, next) {
		t.Errorf("the next set is %q", got)
	}
	plain(t, dir)
}

// A single change fails; the run cleans up itself.
func TestStepFails(t *testing.T) {
	for kind, with := range kinds {
		t.Run(kind, func(t *testing.T) {
			for n, done := 1, false; !done; n++ {
				dir, before := prepare(t)
				files, after := newFiles("new ")
				count, failed := 0, ""
				err := replaceAt(dir, files, &Options{Sync: true}, with(hooks{noFlush: true, step: func(op, name string) error {
					if count++; count == n {
						failed = op + " " + filepath.Base(name)
						return errStopped
					}
					return nil
				}}))
				done = count < n
				state := wholly(t, dir, before, after)
				var e *Error
				if errors.As(err, &e) && (e.State != state || !errors.Is(err, errStopped)) {
					t.Errorf("%s: %v, but the state is %v", failed, err, state)
				}
				if err == nil && state != New {
					t.Errorf("%s: no error, but the state is %v", failed, state)
				}
				if state == Old && count > n+1 && !slices.Contains([]string{"remove", "symlink", "sync", "mkdir"}, failed) {
					plain(t, dir)
				}
				must(t, recoverAt(dir, false, hooks{}))
				plain(t, dir)
			}
		})
	}
}

func TestPlainCrashKeepsFilesWhole(t *testing.T) {
	for n := range 40 {
		dir, before := prepare(t)
		files, after := newFiles("new ")
		h, _ := crash(n)
		replaceAt(dir, files, nil, without("symlink", h))
		for name, text := range read(t, dir) {
			if text != before[name] && text != after[name] {
				t.Errorf("after %d steps %s has %q", n, name, text)
			}
		}
	}
}

func TestReadOnly(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may write anywhere")
	}
	dir, before := prepare(t)
	must(t, os.Chmod(dir, 0o555))
	defer os.Chmod(dir, 0o755)
	files, _ := newFiles("new ")
	if err := replaceAt(dir, files, nil, hooks{}); !errors.Is(err, os.ErrPermission) {
		t.Errorf("the error is %v", err)
	}
	if got := read(t, dir); !same(got, before) {
		t.Errorf("the set is %q", got)
	}
}
