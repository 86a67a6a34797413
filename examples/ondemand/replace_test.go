package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestReplace(t *testing.T) {
	dir := t.TempDir()
	file, link, dangling := filepath.Join(dir, "file"), filepath.Join(dir, "link"), filepath.Join(dir, "dangling")
	for name, to := range map[string]string{link: "file", dangling: "nothing"} {
		if err := os.Symlink(to, name); err != nil {
			t.Skip("no symbolic links: ", err)
		}
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
		fill       func(*os.File) error
		err        error
		want       string
	}{
		{"new", file, text("a"), nil, "a"},
		{"replaced", file, text("b"), nil, "b"},
		{"failing", file, func(f *os.File) error { return errors.Join(text("c")(f), failed) }, failed, "b"},
		{"by a link", link, text("d"), nil, "d"},
		{"a link to nothing", dangling, text("e"), errNotRegular, "d"},
		{"a directory", dir, text("e"), errNotRegular, "d"},
		{"closed", file, func(f *os.File) error { return f.Close() }, os.ErrClosed, "d"},
		{"nowhere", filepath.Join(dir, "none/file"), text("e"), fs.ErrNotExist, "d"},
	} {
		if err := replace(step.file, step.fill); !errors.Is(err, step.err) {
			t.Errorf("%s: %v", step.name, err)
		}
		got, err := os.ReadFile(file)
		info, statErr := os.Lstat(file)
		if err := errors.Join(err, statErr); err != nil || string(got) != step.want || info.Mode() != 0o644 {
			t.Errorf("%s: the file is %q, %v, %v", step.name, got, info.Mode(), err)
		}
		if names, err := os.ReadDir(dir); err != nil || len(names) != 3 {
			t.Errorf("%s: left are %v, %v", step.name, names, err)
		}
	}
}
