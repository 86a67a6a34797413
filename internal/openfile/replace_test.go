//go:build unix

package openfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
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
	for _, name := range []string{"sub/deep", "other"} {
		if err := os.MkdirAll(at(name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(at("file"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for name, to := range map[string]string{
		"link": "file", "dangling": "nothing", "piped": "pipe", "twice": "dangling", "absolute": at("made"),
		"sub/deep/up": "../../other/new", "dirlink": "sub/deep", "loop": "pool", "pool": "loop", "through": "file/x",
		"far": "sub/deep", "climbing": "far/../new", "from file": "file/../x", "from nowhere": "none/../x",
	} {
		if err := os.Symlink(to, at(name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(at("pipe"), 0o644); err != nil {
		t.Skip("this file system has no named pipes: ", err)
	}
	for name, want := range map[string]string{
		"file": "file", "absent": "absent", "link": "file", "dangling": "nothing", "twice": "nothing", "absolute": "made",
		"dirlink/up": "other/new", "no/such": "no/such", "from nowhere": "x",
		"far/../new": "sub/new", "climbing": "sub/new", "far/../../link": "file",
	} {
		if got, err := place(dir + "/" + name); filepath.Clean(got) != at(want) || err != nil {
			t.Errorf("the place of %s is %q, %v", name, got, err)
		}
	}
	for name, want := range map[string]error{
		"pipe": ErrNotRegular, "piped": ErrNotRegular, ".": ErrNotRegular, "loop": syscall.ELOOP, "through": syscall.ENOTDIR,
		"file/x": syscall.ENOTDIR, "file/../x": syscall.ENOTDIR, "from file": syscall.ENOTDIR,
	} {
		if got, err := place(dir + "/" + name); got != "" || !errors.Is(err, want) || !strings.Contains(err.Error(), dir) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

// TestPlaceManyLinks: as many links are followed as the system follows, and not one
// more.
func TestPlaceManyLinks(t *testing.T) {
	dir := t.TempDir()
	at := func(n int) string { return filepath.Join(dir, fmt.Sprint("link", n)) }
	for n := range 42 {
		if err := os.Symlink(at(n), at(n+1)); err != nil {
			t.Skip("no symbolic links: ", err)
		}
	}
	if err := os.WriteFile(at(0), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for n, want := range map[int]error{0: nil, 1: nil, 39: nil, 40: nil, 41: syscall.ELOOP, 42: syscall.ELOOP} {
		if _, err := os.Stat(at(n)); runtime.GOOS == "linux" && !errors.Is(err, want) {
			t.Errorf("%d links: the system says %v", n, err)
		}
		got, err := place(at(n))
		if !errors.Is(err, want) || err == nil && got != at(0) {
			t.Errorf("%d links: %q, %v", n, got, err)
		}
		if pathErr := (*fs.PathError)(nil); err != nil && (!errors.As(err, &pathErr) || pathErr.Path != at(n)) {
			t.Errorf("%d links: the error is %v", n, err)
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
		{"a directory", dir, 0, text("e"), ErrNotRegular, "d", 0o640},
		{"closed", file, 0, func(f *os.File) error { return f.Close() }, os.ErrClosed, "d", 0o640},
		{"closed, with a mode", file, 0o600, func(f *os.File) error { return f.Close() }, os.ErrClosed, "d", 0o640},
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

// TestReplaceNowhere: where no file can be made nothing is written.
func TestReplaceNowhere(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]error{"none/x": fs.ErrNotExist, "file/x": syscall.ENOTDIR, "file/../x": syscall.ENOTDIR} {
		err := Replace(dir+"/"+name, 0, false, func(*os.File) error {
			t.Errorf("%s: something is written", name)
			return nil
		})
		if got, _ := os.ReadDir(dir); !errors.Is(err, want) || !strings.Contains(err.Error(), name) || len(got) != 1 {
			t.Errorf("%s: %v, and there are %v", name, err, got)
		}
	}
}

// TestReplaceDangling: a link that leads to no file stays, and the file is made where
// it leads to.
func TestReplaceDangling(t *testing.T) {
	dir := t.TempDir()
	link := filepath.Join(dir, "link")
	if err := os.Symlink("sub/../made", link); err != nil {
		t.Skip("no symbolic links: ", err)
	}
	fill := func(f *os.File) error {
		_, err := f.WriteString("text")
		return err
	}
	if err := Replace(link, 0o644, false, fill); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("without the directory: %v", err)
	}
	if err := os.Mkdir(filepath.Join(dir, "sub"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := Replace(link, 0o644, false, fill); err != nil {
		t.Fatal(err)
	}
	to, err := os.Readlink(link)
	made, madeErr := os.ReadFile(filepath.Join(dir, "made"))
	if err := errors.Join(err, madeErr); err != nil || to != "sub/../made" || string(made) != "text" {
		t.Errorf("the link is %q, the file %q, %v", to, made, err)
	}
}
