package closure_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/closure"
	"github.com/gokmod/gokmod/kmod/kmodtest"
)

// treeOfLines is the tree of the module m, whose modules.dep has these lines.
func treeOfLines(t *testing.T, lines ...modtest.Entry) fstest.MapFS {
	t.Helper()
	tree := kmodtest.Tree{Modules: []kmodtest.Module{
		{Name: "base"}, {Name: "m", Depends: []string{"base"}, Aliases: []string{"fs-m"}},
	}}
	files, err := tree.FS()
	if err != nil {
		t.Fatal(err)
	}
	files["lib/modules/6.1.0-test/modules.dep.bin"] = &fstest.MapFile{Data: modtest.Index(lines...)}
	return files
}

// TestOtherLines: what is wrong with the lines of other modules does not matter,
// nor does a dependency need a line of its own.
func TestOtherLines(t *testing.T) {
	files := treeOfLines(t, modtest.Entry{Key: "a", Value: "/opt/a.ko:"},
		modtest.Entry{Key: "m", Value: "kernel/m.ko: kernel/base.ko"})
	for _, opts := range []*closure.Options{nil, {NoFirmware: true}, {Modaliases: slices.Values([]string{"fs-m"})}} {
		c, err := closure.Collect(t.Context(), dbtest.Open(t, &kmod.Config{FS: files, Release: "6.1.0-test"}), opts, "m")
		if err != nil {
			t.Fatal(err)
		}
		if got := words(c); got != "d:base m" {
			t.Errorf("the closure is %q", got)
		}
	}
}

// TestNoAliases: without modules.alias no device has a module, which is not an
// answer, also where there are no devices.
func TestNoAliases(t *testing.T) {
	files := treeOfLines(t, modtest.Entry{Key: "m", Value: "kernel/m.ko:"})
	delete(files, "lib/modules/6.1.0-test/modules.alias.bin")
	db := dbtest.Open(t, &kmod.Config{FS: files, Release: "6.1.0-test"})
	_, err := closure.Collect(t.Context(), db, &closure.Options{Modaliases: slices.Values([]string(nil))}, "m")
	if !errors.Is(err, kmod.ErrNoIndexes) {
		t.Errorf("got %v", err)
	}
}

// TestEndlessDevices: a source of aliases that does not end is an error.
func TestEndlessDevices(t *testing.T) {
	endless := func(yield func(string) bool) {
		for i := 0; yield(fmt.Sprint("pci:", i)); i++ {
		}
	}
	db := dbtest.Tree(t, &kmodtest.Tree{Modules: []kmodtest.Module{{Name: "m"}}}, "", nil)
	if _, err := closure.Collect(t.Context(), db, &closure.Options{Modaliases: endless}); err == nil {
		t.Error("there is a closure")
	}
}

// TestMissingInOrder: warnings about names that nothing knows come before those
// about modules that something names but that are not there.
func TestMissingInOrder(t *testing.T) {
	tests := []struct{ config, names, devices, want string }{
		{"softdep m pre: nosuch", "m", "nosuch other", "missing:nosuch"},
		{"remove empty true", "empty", "", "missing:empty"},
		{"alias two gone\nalias two m\nsoftdep m pre: nosuch", "two", "", "missing:nosuch missing:gone"},
		{"alias gone gone\nalias gone m", "gone", "", "missing:gone"},
	}
	for _, tt := range tests {
		db := dbtest.Tree(t, &kmodtest.Tree{Modules: []kmodtest.Module{{Name: "m"}}}, tt.config, nil)
		opts := &closure.Options{Modaliases: slices.Values(strings.Fields(tt.devices))}
		c, err := closure.Collect(t.Context(), db, opts, tt.names)
		if err != nil {
			t.Errorf("%q: %v", tt.config, err)
			continue
		}
		c.Warnings = slices.DeleteFunc(c.Warnings, func(w closure.Warning) bool { return w.Kind != closure.WarnMissing })
		if text := warnings(c); text != tt.want {
			t.Errorf("%q: warnings %q, want %q", tt.config, text, tt.want)
		}
	}
}
