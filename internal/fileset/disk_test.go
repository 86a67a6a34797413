//go:build linux

package fileset

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// anyRun matches the name of a run's directory.
var anyRun = regexp.MustCompile(`\.modules-[0-9a-f]{16}`)

// recorded adds each change of the file system to a list, and fails those for
// which fail returns an error.
func recorded(steps *[]string, fail func(step string) error) hooks {
	return hooks{noFlush: true, step: func(op, name string) error {
		step := op + " " + anyRun.ReplaceAllString(name, "RUN")
		*steps = append(*steps, step)
		if fail == nil {
			return nil
		}
		return fail(step)
	}}
}

// laySmall makes a directory with one file of a set and one link.
func laySmall(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "a"), []byte("old"), 0o644))
	must(t, os.Symlink("x/y", filepath.Join(dir, "l")))
	return dir
}

// smallSet is a set for such a directory: new files in the place of the file and of the
// link, and one more.
func smallSet() []File {
	return []File{{Name: "a", Data: []byte("new")}, {Name: "l", Data: []byte("file")}, {Name: "n", Mode: 0o644}}
}

// smallReplaced fails where anything else than that set is in the directory.
func smallReplaced(t *testing.T, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	must(t, err)
	if len(entries) != len(smallSet()) {
		t.Errorf("there are %v", entries)
	}
	for _, f := range smallSet() {
		name := filepath.Join(dir, f.Name)
		info, err := os.Lstat(name)
		must(t, err)
		data, err := os.ReadFile(name)
		if string(data) != string(f.Data) || err != nil || !info.Mode().IsRegular() {
			t.Errorf("%s is %v with %q, %v", f.Name, info.Mode(), data, err)
		}
	}
}

// syncs leaves out what happens only with Options.Sync.
func syncs(steps string) (without []string) {
	for _, step := range strings.Split(steps, ", ") {
		if !strings.HasPrefix(step, "sync ") {
			without = append(without, step)
		}
	}
	return without
}

// TestSteps: with Sync, each step is on the disk before the one that needs it, and
// without it nothing is flushed and everything else is the same.
func TestSteps(t *testing.T) {
	const links = "mkdir RUN, mkdir RUN/old, mkdir RUN/new, mkdir RUN/staged, symlink RUN/current, " +
		"create RUN/new/a, write RUN/new/a, sync RUN/new/a, create RUN/new/l, write RUN/new/l, sync RUN/new/l, " +
		"create RUN/new/n, write RUN/new/n, sync RUN/new/n, sync RUN/new, " +
		"link RUN/old/a, symlink RUN/old/l, sync RUN/old, sync RUN/staged, sync RUN, sync ., " +
		"symlink RUN/staged/a, rename a, symlink RUN/staged/l, rename l, symlink RUN/staged/n, rename n, sync ., " +
		"symlink RUN/next, rename RUN/current, sync RUN, " +
		"remove RUN/staged/a, link RUN/staged/a, rename a, remove RUN/staged/l, link RUN/staged/l, rename l, " +
		"remove RUN/staged/n, link RUN/staged/n, rename n, sync ., " +
		"remove RUN/current, remove RUN/new/a, remove RUN/new/l, remove RUN/new/n, remove RUN/new, " +
		"remove RUN/old/a, remove RUN/old/l, remove RUN/old, remove RUN/staged, remove RUN"
	const plain = "mkdir RUN, mkdir RUN/old, mkdir RUN/new, mkdir RUN/staged, symlink RUN/current, " +
		"create RUN/new/a, write RUN/new/a, sync RUN/new/a, create RUN/new/l, write RUN/new/l, sync RUN/new/l, " +
		"create RUN/new/n, write RUN/new/n, sync RUN/new/n, sync RUN/new, " +
		"rename a, rename l, rename n, sync ., remove RUN/new, remove RUN/old, remove RUN/staged, remove RUN"
	for _, test := range []struct {
		want string
		fail func(string) error
	}{
		{links, nil},
		{plain, func(step string) error {
			if step == "symlink RUN/current" {
				return errors.ErrUnsupported
			}
			return nil
		}},
	} {
		for _, flush := range []bool{false, true} {
			dir, want := laySmall(t), strings.Split(test.want, ", ")
			if !flush {
				want = syncs(test.want)
			}
			var got []string
			must(t, replaceAt(dir, smallSet(), &Options{Sync: flush}, recorded(&got, test.fail)))
			if !slices.Equal(got, want) {
				t.Errorf("sync %v: the steps are\n%q\nnot\n%q", flush, got, want)
			}
			smallReplaced(t, dir)
		}
	}
}

// TestRecoverSteps: recovery also flushes the replacements of links before it
// removes what they led to, and only with Sync.
func TestRecoverSteps(t *testing.T) {
	const all = "remove RUN/staged/a, link RUN/staged/a, rename a, remove RUN/staged/l, symlink RUN/staged/l, rename l, remove n, " +
		"sync ., remove RUN/current, remove RUN/new/a, remove RUN/new/l, remove RUN/new/n, remove RUN/new, remove RUN/next, " +
		"remove RUN/old/a, remove RUN/old/l, remove RUN/old, remove RUN/staged, remove RUN"
	for _, flush := range []bool{false, true} {
		dir := laySmall(t)
		stopped := false
		err := replaceAt(dir, smallSet(), nil, hooks{step: func(op, name string) error {
			if stopped = stopped || op == "rename" && filepath.Base(name) == current; stopped {
				return errStopped
			}
			return nil
		}})
		if !errors.Is(err, errStopped) {
			t.Fatal(err)
		}
		want := strings.Split(all, ", ")
		if !flush {
			want = syncs(all)
		}
		var got []string
		must(t, recoverAt(dir, flush, recorded(&got, nil)))
		if !slices.Equal(got, want) {
			t.Errorf("sync %v: the steps are\n%q\nnot\n%q", flush, got, want)
		}
		if text, err := os.Readlink(filepath.Join(dir, "l")); text != "x/y" {
			t.Errorf("sync %v: the link leads to %q, %v", flush, text, err)
		}
		must(t, recoverAt(dir, flush, recorded(&got, func(step string) error {
			t.Errorf("sync %v: there is nothing left to do, but %s", flush, step)
			return nil
		})))
	}
}

// TestFlushRefused: not every file system flushes directories, but each flushes files.
func TestFlushRefused(t *testing.T) {
	for _, test := range []struct {
		step string
		err  error
		ok   bool
	}{
		{"sync .", syscall.EINVAL, true}, {"sync .", errors.ErrUnsupported, true}, {"sync .", syscall.EIO, false},
		{"sync RUN/new", syscall.EINVAL, true}, {"sync RUN/new", syscall.EIO, false},
		{"sync RUN/new/a", syscall.EINVAL, false}, {"sync RUN/new/a", errors.ErrUnsupported, false},
	} {
		dir := laySmall(t)
		var steps []string
		err := replaceAt(dir, smallSet(), &Options{Sync: true}, recorded(&steps, func(step string) error {
			if step == test.step {
				return test.err
			}
			return nil
		}))
		if test.ok != (err == nil) || err != nil && !errors.Is(err, test.err) {
			t.Errorf("%s gives %v: %v", test.step, test.err, err)
		}
	}
}

// TestRealFlush: flushing for real changes nothing else.
func TestRealFlush(t *testing.T) {
	dir := laySmall(t)
	must(t, replaceAt(dir, smallSet(), &Options{Sync: true}, hooks{}))
	smallReplaced(t, dir)
}

// TestDiskErrors: the system's refusals are errors, and what is gone already need
// not be removed.
func TestDiskErrors(t *testing.T) {
	dir := laySmall(t)
	must(t, os.MkdirAll(filepath.Join(dir, "full/sub"), 0o755))
	root, err := os.OpenRoot(dir)
	must(t, err)
	defer root.Close()
	d := &disk{root: root}
	for what, test := range map[string]struct{ got, want error }{
		"mkdir":              {d.mkdir("a"), fs.ErrExist},
		"mkdir below a file": {d.mkdir("a/b"), syscall.ENOTDIR},
		"create":             {d.create("a", nil, 0o644), fs.ErrExist},
		"fill":               {d.write("w", 0o644, func(*os.File) error { return errStopped }), errStopped},
		"link":               {d.link("none", "b"), fs.ErrNotExist},
		"symlink":            {d.symlink("x", "a"), fs.ErrExist},
		"rename":             {d.rename("none", "b"), fs.ErrNotExist},
		"remove":             {d.remove("full"), syscall.ENOTEMPTY},
		"remove nothing":     {d.remove("none"), nil},
		"removeAll":          {d.removeAll("none"), fs.ErrNotExist},
		"removeAll of files": {d.removeAll("a"), syscall.ENOTDIR},
		"sync without need":  {d.sync("none"), nil},
		"sync":               {(&disk{root: root, flush: true}).sync(".", "none"), fs.ErrNotExist},
		"good":               {errors.Join(d.mkdir("m"), d.create("m/f", []byte("x"), 0o600), d.removeAll("full"), d.removeAll("m")), nil},
	} {
		if !errors.Is(test.got, test.want) {
			t.Errorf("%s: %v, want %v", what, test.got, test.want)
		}
	}
	for _, gone := range []string{"full", "m", "b"} {
		if _, err := os.Lstat(filepath.Join(dir, gone)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s is there: %v", gone, err)
		}
	}
}

// TestRemoveDir: directories are removed to the requested depth.
func TestRemoveDir(t *testing.T) {
	for depth, path := range []string{"r/f", "r/a/f", "r/a/b/f"} {
		for allowed := range 3 {
			dir := t.TempDir()
			must(t, os.MkdirAll(filepath.Join(dir, filepath.Dir(path)), 0o755))
			must(t, os.WriteFile(filepath.Join(dir, path), nil, 0o644))
			root, err := os.OpenRoot(dir)
			must(t, err)
			err = (&disk{root: root}).removeDir("r", allowed)
			root.Close()
			if (err == nil) != (depth <= allowed) || err != nil && !errors.Is(err, syscall.ENOTEMPTY) {
				t.Errorf("%s with %d: %v", path, allowed, err)
			}
			if _, err := os.Lstat(filepath.Join(dir, path)); (err == nil) != (depth > allowed) {
				t.Errorf("%s with %d: %v", path, allowed, err)
			}
		}
	}
}

// TestEntries: a directory is listed in the order of its names.
func TestEntries(t *testing.T) {
	dir := t.TempDir()
	want := []string{"B", "a", "b", "ba", "c"}
	for _, name := range []string{"c", "ba", "b", "a", "B"} {
		must(t, os.WriteFile(filepath.Join(dir, name), nil, 0o644))
	}
	root, err := os.OpenRoot(dir)
	must(t, err)
	defer root.Close()
	entries, err := (&disk{root: root}).entries(".")
	must(t, err)
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if !slices.Equal(got, want) {
		t.Errorf("the order is %q", got)
	}
}

// TestChangedModes: permissions are changed only where the umask took some.
func TestChangedModes(t *testing.T) {
	for _, test := range []struct {
		umask int
		want  string
	}{
		{0, ""}, {0o022, "chmod RUN/new/g"}, {0o077, "chmod RUN, chmod RUN/old, chmod RUN/new, chmod RUN/staged, chmod RUN/new/f, chmod RUN/new/g"},
	} {
		dir := t.TempDir()
		old := syscall.Umask(test.umask)
		var steps, got []string
		err := replaceAt(dir, []File{{Name: "f", Mode: 0o644}, {Name: "g", Mode: 0o666}}, nil, recorded(&steps, nil))
		syscall.Umask(old)
		must(t, err)
		for _, step := range steps {
			if strings.HasPrefix(step, "chmod ") {
				got = append(got, step)
			}
		}
		if strings.Join(got, ", ") != test.want {
			t.Errorf("umask %o: %q", test.umask, got)
		}
	}
}
