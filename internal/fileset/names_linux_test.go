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
)

func TestIsRun(t *testing.T) {
	for name, want := range map[string]bool{
		".modules-0123456789abcdef": true, ".modules-0000000000000000": true,
		".modules-0123456789abcde": false, ".modules-0123456789abcdef0": false, ".modules-0123456789abcdeF": false,
		".modules-0123456789abcdeg": false, "modules-0123456789abcdef": false, ".modules-": false, "": false, lockName: false,
	} {
		if IsRun(name) != want {
			t.Errorf("IsRun(%q) is %v", name, !want)
		}
	}
}

// TestCheck: names of a set are plain, without repetitions, and none is one that runs
// use.
func TestCheck(t *testing.T) {
	for name, good := range map[string]bool{
		"modules.dep": true, "a": true, ".hidden": true, "...": true, ".modules-lock.1": true, ".modules-": true,
		"": false, ".": false, "..": false, "a/b": false, "/a": false, "a/": false, "a\\b": false, "a\x00": false, "./a": false,
		lockName: false, ".modules-0123456789abcdef": false,
	} {
		err := check([]File{{Name: "first"}, {Name: name}})
		named := (*nameError)(nil)
		if good != (err == nil) || err != nil && (!errors.Is(errors.Unwrap(wrap("d", Old, err)), fs.ErrInvalid) ||
			!errors.As(err, &named) || named.name != name) {
			t.Errorf("%q: %v", name, err)
		}
	}
	if err := wrap("d", Old, check([]File{{Name: "a"}, {Name: "b"}, {Name: "a"}})); !errors.Is(err, errTwice) {
		t.Errorf("twice: %v", err)
	}
}

func TestErrorText(t *testing.T) {
	for state, want := range map[State]string{
		Old: "the old files are in place", New: "the new files are in place", Mixed: "some files are old and some are new",
	} {
		for _, test := range []struct {
			err  error
			want string
		}{
			{&fs.PathError{Op: "open", Path: "x", Err: syscall.EIO}, "replacing the files in d: input/output error; "},
			{&os.LinkError{Op: "link", Old: "x", New: "y", Err: syscall.EIO}, "replacing the files in d: input/output error; "},
			{named("a", &fs.PathError{Op: "open", Path: "x", Err: syscall.EIO}), "replacing \"a\" in d: input/output error; "},
			{fmt.Errorf("more: %w", named("a", syscall.EIO)), "replacing \"a\" in d: input/output error; "},
			{errStopped, "replacing the files in d: stopped; "},
		} {
			err := wrap("d", state, test.err)
			if err.Error() != test.want+want || err.(*Error).State != state {
				t.Errorf("%v is %q", test.err, err)
			}
		}
	}
	if err := errors.Join(wrap("d", Old, nil), named("a", nil)); err != nil {
		t.Error(err)
	}
}

func TestDeeper(t *testing.T) {
	for text, want := range map[string]string{"a": "../../a", "../a": "../../../a", "/a": "/a"} {
		if got := deeper(text); got != want {
			t.Errorf("%q becomes %q", text, got)
		}
	}
}

// TestModes: files have the requested permissions, whatever the umask, and the
// files of a set that was not replaced keep theirs, and their times.
func TestModes(t *testing.T) {
	old := syscall.Umask(0o077)
	defer syscall.Umask(old)
	dir := t.TempDir()
	files := []File{{Name: "a"}, {Name: "b", Mode: 0o600}, {Name: "c", Mode: 0o666, Data: []byte("text")}}
	must(t, replaceAt(dir, files, nil, hooks{}))
	for name, want := range map[string]fs.FileMode{"a": 0o644, "b": 0o600, "c": 0o666} {
		info, err := os.Lstat(filepath.Join(dir, name))
		must(t, err)
		if info.Mode() != want {
			t.Errorf("%s has %v", name, info.Mode())
		}
	}
	before, err := os.Stat(filepath.Join(dir, "c"))
	must(t, err)
	stopped := hooks{step: func(op, name string) error {
		if op == "rename" && strings.HasSuffix(name, current) {
			return errStopped
		}
		if op == "link" && !strings.Contains(name, newSet) {
			return fs.ErrPermission
		}
		return nil
	}}
	if err := replaceAt(dir, files[2:], nil, stopped); !errors.Is(err, errStopped) {
		t.Fatal(err)
	}
	after, err := os.Stat(filepath.Join(dir, "c"))
	must(t, err)
	if after.Mode() != before.Mode() || !after.ModTime().Equal(before.ModTime()) {
		t.Errorf("a copy has %v and %v, not %v and %v", after.Mode(), after.ModTime(), before.Mode(), before.ModTime())
	}
}

// TestRunDirectory: everyone can list the directory of a run, whatever the umask.
func TestRunDirectory(t *testing.T) {
	old := syscall.Umask(0o077)
	defer syscall.Umask(old)
	dir, _ := prepare(t)
	files, _ := newFiles("new ")
	seen := 0
	must(t, replaceAt(dir, files, nil, hooks{step: func(op, name string) error {
		if op != "rename" {
			return nil
		}
		entries, err := os.ReadDir(dir)
		must(t, err)
		for _, e := range entries {
			if info, err := e.Info(); err == nil && IsRun(e.Name()) {
				seen++
				if info.Mode().Perm() != 0o755 {
					t.Errorf("%s has %v", e.Name(), info.Mode())
				}
			}
		}
		return nil
	}}))
	if seen == 0 {
		t.Error("no directory of a run was seen")
	}
}
