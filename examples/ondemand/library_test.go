package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/kmodtest"
)

const release = "6.1.0-test"

// writeTree writes a module tree as depmod does: each file replaces the previous
// one.
func writeTree(t *testing.T, root string, modules ...kmodtest.Module) {
	t.Helper()
	tree, err := (&kmodtest.Tree{Modules: modules}).FS()
	if err != nil {
		t.Fatal(err)
	}
	for name, file := range tree {
		path := filepath.Join(root, name)
		err := os.MkdirAll(filepath.Dir(path), 0o755)
		if err == nil {
			err = os.WriteFile(path+".new", file.Data, 0o644)
		}
		if err == nil {
			err = os.Rename(path+".new", path)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestLibrary: depmod's output takes effect for later borrowers, and not for
// earlier ones.
func TestLibrary(t *testing.T) {
	root, said := t.TempDir(), &lines{more: make(chan struct{}, 1)}
	one, two := kmodtest.Module{Name: "one"}, kmodtest.Module{Name: "two"}
	writeTree(t, root, one)
	fail := false
	read := func() (*policy, error) { return &policy{}, nil }
	l, err := newLibrary(read, func(*policy) (*kmod.Loader, error) {
		if fail {
			return nil, errors.New("too many files")
		}
		db, err := kmod.Open(&kmod.Config{Root: root, Release: release})
		return kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: kmodtest.New(release)}), err
	}, newLog(said, false, true))
	if err != nil {
		t.Fatal(err)
	}
	first, doneFirst := l.borrow()
	if _, err := first.loader.DB().Lookup("two"); !errors.Is(err, kmod.ErrNotFound) {
		t.Errorf("before: %v", err)
	}
	writeTree(t, root, one, two)
	fail = true
	same, done := l.borrow()
	if done(); same != first || !strings.Contains(said.String(), "too many files") {
		t.Errorf("the edition is gone, or the log does not say why there is no new one: %s", said)
	}
	fail = false
	second, doneSecond := l.borrow()
	if _, err := second.loader.DB().Lookup("two"); err != nil {
		t.Errorf("after: %v", err)
	}
	if again, done := l.borrow(); again != second {
		t.Error("a new edition for the same indexes")
	} else {
		done()
	}
	if _, err := first.loader.DB().Lookup("one"); err != nil {
		t.Errorf("still in use: %v", err)
	}
	doneFirst()
	if _, err := first.loader.DB().Lookup("one"); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("not in use any more: %v", err)
	}
	l.close()
	if _, err := second.loader.DB().Lookup("one"); err != nil {
		t.Errorf("borrowed at the end: %v", err)
	}
	doneSecond()
	if _, err := second.loader.DB().Lookup("one"); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("at the end: %v", err)
	}
}
