package kmod

import (
	"io/fs"
	"testing"
	"testing/fstest"
)

// looks counts the looks at the files of a file system.
type looks struct {
	fstest.MapFS
	n int
}

func (l *looks) Stat(name string) (fs.FileInfo, error) {
	l.n++
	return l.MapFS.Stat(name)
}

// TestShownModules: that a name is missing says nothing until there is a /sys/module;
// from then on it takes one look.
func TestShownModules(t *testing.T) {
	var s shownModules
	if s.lacks(fstest.MapFS{}, "a") || s.yes.Load() {
		t.Error("without a /sys/module a module is known to be absent")
	}
	sys := &looks{MapFS: fstest.MapFS{"module/b/initstate": {Data: []byte("coming\n")}}}
	for i, want := range []int{2, 1, 1} {
		sys.n = 0
		if !s.lacks(sys, "a") || sys.n != want {
			t.Errorf("look %d at an absent module: %d looks, want %d", i, sys.n, want)
		}
		if s.lacks(sys, "b") {
			t.Error("one that is coming is absent")
		}
	}
	for _, name := range []string{"", ".", "..", "a/b", "a\x00"} {
		if s.lacks(sys, name) {
			t.Errorf("%q is that of an absent module", name)
		}
	}
}
