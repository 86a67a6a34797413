//go:build linux

package fileset

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestBegin: a run takes another name if one is taken, but not endlessly, and leaves
// nothing behind if it cannot begin.
func TestBegin(t *testing.T) {
	for _, test := range []struct {
		taken, steps int
		err, want    error
	}{
		{0, 1, nil, nil}, {1, 2, fs.ErrExist, nil}, {99, 100, fs.ErrExist, nil}, {100, 100, fs.ErrExist, fs.ErrExist},
		{1, 2, syscall.EROFS, syscall.EROFS}, // the second step removes what may be there
	} {
		dir := laySmall(t)
		root, err := os.OpenRoot(dir)
		must(t, err)
		var steps []string
		d := &disk{root: root, hooks: recorded(&steps, func(step string) error {
			if len(steps) <= test.taken {
				return test.err
			}
			return nil
		})}
		r, err := d.begin()
		root.Close()
		if !errors.Is(err, test.want) || (err == nil) != (r != nil) || len(steps) != test.steps {
			t.Errorf("%d taken, %v: %v, %q", test.taken, test.err, err, steps)
		}
		if r != nil && !IsRun(r.name) {
			t.Errorf("its name is %q", r.name)
		}
		if test.err == syscall.EROFS && steps[1] != "remove RUN" {
			t.Errorf("%q", steps)
		}
	}
}

// TestLinked: the link of a run leads to its own name in one run's current set.
func TestLinked(t *testing.T) {
	const run = ".modules-0123456789abcdef"
	for text, ours := range map[string]bool{
		run + "/current/name": true, run + "/current/other": false, run + "/old/name": false, run + "/current": false,
		run: false, "./" + run + "/current/name": false, run + "/current/name/": false, run + "/current/./name": false,
		".modules-0/current/name": false, "/" + run + "/current/name": false, "name": false,
	} {
		dir := t.TempDir()
		must(t, os.Symlink(text, filepath.Join(dir, "name")))
		root, err := os.OpenRoot(dir)
		must(t, err)
		r, err := (&disk{root: root}).linked("name")
		if err != nil || (r != nil) != ours || r != nil && r.name != run {
			t.Errorf("%q: %v, %v", text, r, err)
		}
		if r, err := (&disk{root: root}).linked("none"); r != nil || err != nil {
			t.Errorf("nothing: %v, %v", r, err)
		}
		must(t, os.WriteFile(filepath.Join(dir, "file"), nil, 0o644))
		if r, err := (&disk{root: root}).linked("file"); r != nil || err != nil {
			t.Errorf("a file: %v, %v", r, err)
		}
		root.Close()
	}
}

// TestUnreplaceable: the error names a name that cannot be examined, or is neither a
// file nor a link, and nothing has begun.
func TestUnreplaceable(t *testing.T) {
	dir := laySmall(t)
	must(t, os.Mkdir(filepath.Join(dir, "dir"), 0o755))
	must(t, syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o644))
	long := strings.Repeat("x", 256)
	for name, want := range map[string]error{"dir": nil, "pipe": nil, long: syscall.ENAMETOOLONG} {
		var steps []string
		err := replaceAt(dir, append(smallSet(), File{Name: name}), nil, recorded(&steps, nil))
		e := (*Error)(nil)
		if !errors.As(err, &e) || e.Name != name || e.State != Old || want != nil && !errors.Is(err, want) || len(steps) != 0 {
			t.Errorf("%.10s: %v after %q", name, err, steps)
		}
	}
}

// TestFailureNames: an error while a file of the set is written, kept or redirected
// names that file, and the old set is in place.
func TestFailureNames(t *testing.T) {
	for step, name := range map[string]string{
		"mkdir RUN": "", "mkdir RUN/old": "", "mkdir RUN/staged": "", "symlink RUN/current": "",
		"create RUN/new/a": "a", "write RUN/new/n": "n", "symlink RUN/old/l": "l",
		"symlink RUN/staged/a": "a", "rename l": "l", "symlink RUN/next": "", "rename RUN/current": "",
	} {
		dir := laySmall(t)
		var steps []string
		err := replaceAt(dir, smallSet(), nil, recorded(&steps, func(s string) error {
			if s == step {
				return errStopped
			}
			return nil
		}))
		e := (*Error)(nil)
		if !errors.As(err, &e) || e.Name != name || e.State != Old || !errors.Is(err, errStopped) {
			t.Errorf("%s: %v", step, err)
		}
		entries, err := os.ReadDir(dir)
		must(t, err)
		text, _ := os.Readlink(filepath.Join(dir, "l"))
		if len(entries) != 2 || text != "x/y" {
			t.Errorf("%s: left are %v, and l leads to %q", step, entries, text)
		}
	}
}

// TestKeptLinks: a link that a run has put aside leads to the same place meanwhile, and
// has its own target if the set was not replaced.
func TestKeptLinks(t *testing.T) {
	elsewhere := t.TempDir()
	must(t, os.WriteFile(filepath.Join(elsewhere, "file"), []byte("target"), 0o644))
	for _, text := range []string{"here", "sub/file", "../up", filepath.Join(elsewhere, "file"), "nowhere"} {
		parent := t.TempDir()
		dir := filepath.Join(parent, "dir")
		must(t, os.MkdirAll(filepath.Join(dir, "sub"), 0o755))
		for _, name := range []string{"dir/here", "dir/sub/file", "up"} {
			must(t, os.WriteFile(filepath.Join(parent, name), []byte("target"), 0o644))
		}
		name := filepath.Join(dir, "l")
		must(t, os.Symlink(text, name))
		redirected := false
		err := replaceAt(dir, []File{{Name: "l", Data: []byte("new")}}, nil, hooks{step: func(op, step string) error {
			if op != "symlink" || filepath.Base(step) != next {
				return nil
			}
			redirected = true
			data, _ := os.ReadFile(name)
			if now, _ := os.Readlink(name); now == text || (string(data) == "target") != (text != "nowhere") {
				t.Errorf("%s: meanwhile the link is %q and reads %q", text, now, data)
			}
			return errStopped
		}})
		if got, _ := os.Readlink(name); got != text || !redirected || !errors.Is(err, errStopped) {
			t.Errorf("%s: the link is %q, %v", text, got, err)
		}
	}
}

// TestCopied: a file that cannot be linked is copied whole, with its time and
// permissions.
func TestCopied(t *testing.T) {
	dir := laySmall(t)
	name := filepath.Join(dir, "a")
	must(t, os.WriteFile(name, []byte(strings.Repeat("old", 100000)), 0o644))
	must(t, os.Chmod(name, 0o640))
	before, err := os.Stat(name)
	must(t, err)
	var steps []string
	err = replaceAt(dir, smallSet(), nil, recorded(&steps, func(step string) error {
		switch {
		case strings.HasPrefix(step, "link "):
			return syscall.EMLINK
		case step == "symlink RUN/next":
			return errStopped
		}
		return nil
	}))
	if !errors.Is(err, errStopped) {
		t.Fatal(err)
	}
	after, err := os.Stat(name)
	must(t, err)
	if after.Size() != before.Size() || after.Mode() != before.Mode() || !after.ModTime().Equal(before.ModTime()) {
		t.Errorf("%v, %v, %v, not %v, %v, %v", after.Size(), after.Mode(), after.ModTime(), before.Size(), before.Mode(), before.ModTime())
	}
}
