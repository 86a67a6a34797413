//go:build unix

package openfile

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestPlace(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	at := func(name string) string { return filepath.Join(dir, name) }
	if err := os.WriteFile(at("file"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for name, to := range map[string]string{"link": "file", "dangling": "nothing", "piped": "pipe"} {
		if err := os.Symlink(to, at(name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(at("pipe"), 0o644); err != nil {
		t.Skip("this file system has no named pipes: ", err)
	}
	for name, want := range map[string]string{"file": "file", "absent": "absent", "link": "file", "dangling": "dangling"} {
		if got, err := place(at(name)); got != at(want) || err != nil {
			t.Errorf("the place of %s is %q, %v", name, got, err)
		}
	}
	for _, name := range []string{"pipe", "piped", "."} {
		if _, err := place(at(name)); !errors.Is(err, ErrNotRegular) || !strings.Contains(err.Error(), at(name)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReplace(t *testing.T) {
	dir := t.TempDir()
	file, link := filepath.Join(dir, "file"), filepath.Join(dir, "link")
	if err := os.Symlink("file", link); err != nil {
		t.Skip("no symbolic links: ", err)
	}
	text := func(s string) func(*os.File) error {
		return func(f *os.File) error {
			_, err := f.WriteString(s)
			return err
		}
	}
	failed := errors.New("it fails")
	for _, step := range []struct {
		name, file string
		mode       os.FileMode
		fill       func(*os.File) error
		err        error
		want       string
		perm       os.FileMode
	}{
		{"new", file, 0, text("a"), nil, "a", 0o600},
		{"replaced", file, 0o644, text("b"), nil, "b", 0o644},
		{"failing", file, 0o666, func(f *os.File) error { return errors.Join(text("c")(f), failed) }, failed, "b", 0o644},
		{"by a link", link, 0o640, text("d"), nil, "d", 0o640},
		{"a folder", dir, 0, text("e"), ErrNotRegular, "d", 0o640},
	} {
		if err := Replace(step.file, step.mode, true, step.fill); !errors.Is(err, step.err) {
			t.Errorf("%s: %v", step.name, err)
		}
		got, err := os.ReadFile(file)
		info, statErr := os.Lstat(file)
		if err := errors.Join(err, statErr); err != nil || string(got) != step.want || info.Mode() != step.perm {
			t.Errorf("%s: the file is %q, %v", step.name, got, err)
		}
		if names, err := os.ReadDir(dir); err != nil || len(names) > 2 {
			t.Errorf("%s: left are %v, %v", step.name, names, err)
		}
	}
}
