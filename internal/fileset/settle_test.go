//go:build linux

package fileset

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// TestNewButNotDone: once the set has changed, an error says that the new files are
// in place, and a link that could not become a file stays until the next run.
func TestNewButNotDone(t *testing.T) {
	for step, name := range map[string]string{
		"sync RUN": "", "rename a": "a", "rename l": "l", "remove RUN/staged/n": "n", "sync .": "", "remove RUN": "", "remove RUN/old": "",
	} {
		dir := laySmall(t)
		turned, failed := false, false
		var steps []string
		err := replaceAt(dir, smallSet(), &Options{Sync: true}, recorded(&steps, func(s string) error {
			if turned && s == step {
				failed = true
				return errStopped
			}
			turned = turned || s == "rename RUN/current"
			return nil
		}))
		e := (*Error)(nil)
		if !errors.As(err, &e) || e.State != New || e.Name != name || !errors.Is(err, errStopped) || !failed {
			t.Errorf("%s: %v", step, err)
		}
		linked := 0
		for _, name := range []string{"a", "l", "n"} {
			if text, _ := os.Readlink(filepath.Join(dir, name)); text != "" {
				linked++
			}
		}
		if want := map[bool]int{true: 1, false: 0}[name != ""]; linked != want && step != "sync RUN" || step == "sync RUN" && linked != 3 {
			t.Errorf("%s: %d links are left", step, linked)
		}
		data, err := os.ReadFile(filepath.Join(dir, "a"))
		if string(data) != "new" {
			t.Errorf("%s: a is %q, %v", step, data, err)
		}
		must(t, recoverAt(dir, false, hooks{}))
		smallReplaced(t, dir)
		if t.Failed() {
			t.Fatal(step)
		}
	}
}

// TestOldButNotDone: the error is what kept the set from being replaced, also where the
// way back fails, and a name that the old set has not is gone after the next run.
func TestOldButNotDone(t *testing.T) {
	for step, name := range map[string]string{"rename a": "a", "rename l": "l", "remove n": "n", "symlink RUN/staged/l": "l"} {
		dir := laySmall(t)
		turning := false
		errBack := errors.New("no way back")
		var steps []string
		err := replaceAt(dir, smallSet(), nil, recorded(&steps, func(s string) error {
			switch {
			case s == "rename RUN/current":
				turning = true
				return errStopped
			case turning && s == step:
				return errBack
			}
			return nil
		}))
		if e := (*Error)(nil); !errors.As(err, &e) || e.State != Old || e.Name != "" || !errors.Is(err, errStopped) {
			t.Errorf("%s: %v", step, err)
		}
		for _, f := range smallSet() {
			text, _ := os.Readlink(filepath.Join(dir, f.Name))
			if linked := anyRun.MatchString(text); linked != (f.Name == name) {
				t.Errorf("%s: %s leads to %q", step, f.Name, text)
			}
		}
		must(t, recoverAt(dir, false, hooks{}))
		entries, err := os.ReadDir(dir)
		must(t, err)
		data, _ := os.ReadFile(filepath.Join(dir, "a"))
		if text, _ := os.Readlink(filepath.Join(dir, "l")); len(entries) != 2 || text != "x/y" || string(data) != "old" {
			t.Errorf("%s: left are %v, l leads to %q, a is %q", step, entries, text, data)
		}
	}
}

// TestFirstFailure: of several files that fail, the error names the first one, and
// the others are done.
func TestFirstFailure(t *testing.T) {
	dir := laySmall(t)
	turned := false
	var steps []string
	err := replaceAt(dir, smallSet(), nil, recorded(&steps, func(s string) error {
		turned = turned || s == "rename RUN/current"
		if turned && (s == "rename a" || s == "rename l") {
			return errStopped
		}
		return nil
	}))
	if e := (*Error)(nil); !errors.As(err, &e) || e.Name != "a" || e.State != New {
		t.Errorf("%v", err)
	}
	if info, err := os.Lstat(filepath.Join(dir, "n")); err != nil || !info.Mode().IsRegular() {
		t.Errorf("n is %v, %v", info, err)
	}
	if !slices.Contains(steps, "rename n") || steps[len(steps)-1] == "remove RUN" {
		t.Errorf("the steps are %q", steps)
	}
}

// TestUnknownSet: if the link to the current set is gone or has changed, it is
// unknown which one was current.
func TestUnknownSet(t *testing.T) {
	const name = ".modules-0123456789abcdef"
	for text, want := range map[string]string{oldSet: oldSet, newSet: newSet, "": "", "staged": "error", "../old": "error"} {
		dir := t.TempDir()
		must(t, os.Mkdir(filepath.Join(dir, name), 0o755))
		if text != "" {
			must(t, os.Symlink(text, filepath.Join(dir, name, current)))
		}
		root, err := os.OpenRoot(dir)
		must(t, err)
		got, err := (&run{&disk{root: root}, name}).currentSet()
		if err != nil {
			got = "error"
		}
		if got != want || err != nil && !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("%q: %q, %v", text, got, err)
		}
		root.Close()
	}
}

// TestOneAtATime: of several concurrent runs in one process, each begins when the
// previous one has ended.
func TestOneAtATime(t *testing.T) {
	dir := t.TempDir()
	must(t, replaceAt(dir, generation(-1), nil, hooks{}))
	var inside atomic.Int32
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for range 5 {
				var steps []string
				begun := false
				err := replaceAt(dir, generation(g), nil, recorded(&steps, func(step string) error {
					if !begun {
						begun = true
						if n := inside.Add(1); n != 1 {
							t.Errorf("%d run at once", n)
						}
					}
					if step == "remove RUN" {
						inside.Add(-1)
					}
					return nil
				}))
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	entries, err := os.ReadDir(dir)
	must(t, err)
	if len(entries) != len(testNames) {
		t.Errorf("left are %v", entries)
	}
}

// TestRecoverNames: an error of recovery names the link that could not become a file,
// and the rest waits for the next one.
func TestRecoverNames(t *testing.T) {
	dir, before := prepare(t)
	layOddRun(t, dir)
	var steps []string
	err := recoverAt(dir, false, recorded(&steps, func(step string) error {
		if step == "rename modules.dep.bin" {
			return errStopped
		}
		return nil
	}))
	if e := (*Error)(nil); !errors.As(err, &e) || e.Name != "modules.dep.bin" || e.State != Old || !errors.Is(err, errStopped) {
		t.Errorf("%v after %q", err, steps)
	}
	if got := read(t, dir); !same(got, before) {
		t.Errorf("the set is %q", got)
	}
	if _, err := os.Lstat(filepath.Join(dir, oddRun)); err != nil {
		t.Errorf("what a link leads to is gone: %v", err)
	}
	must(t, recoverAt(dir, false, hooks{}))
	if got := read(t, dir); !same(got, before) {
		t.Errorf("the set is %q", got)
	}
	plain(t, dir)
}

// TestForeignLinks: links of other runs, and to other names, are left alone.
func TestForeignLinks(t *testing.T) {
	dir := laySmall(t)
	const foreign = ".modules-0123456789abcdef"
	must(t, os.Symlink(foreign+"/current/other", filepath.Join(dir, "name")))
	must(t, recoverAt(dir, false, hooks{}))
	if text, _ := os.Readlink(filepath.Join(dir, "name")); !strings.HasPrefix(text, foreign) {
		t.Errorf("the link is %q", text)
	}
}
