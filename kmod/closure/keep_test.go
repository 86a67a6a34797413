package closure_test

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/closure"
)

// TestKeep: the filter decides on what nothing requires, and on what needs that.
func TestKeep(t *testing.T) {
	without := func(names ...string) func(kmod.Module, kmod.Reason) bool {
		return func(m kmod.Module, _ kmod.Reason) bool {
			return !strings.Contains(" "+strings.Join(names, " ")+" ", " "+m.Name+" ")
		}
	}
	alias := []closure.Selection{{Alias: "fs-*"}}
	tests := []struct {
		name, names    string
		opts           closure.Options
		want, warnings string
	}{
		{"dependencies", "top", closure.Options{Keep: without("before", "x_slow")},
			"d:base d:mid top post:after? d:helper_base? weak:helper? weak:x_fast?", "missing:nosuch missing:nosuch2"},
		{"what needs it", "top", closure.Options{Keep: without("helper_base"), NoSoftdeps: true},
			"d:base d:mid top weak:x_fast? weak:x_slow?", "missing:nosuch2 excluded:helper"},
		{"pattern", "", closure.Options{Keep: without("top"), Select: alias}, "other inside=", ""},
		{"alias", "crypto-x", closure.Options{Keep: without("x_fast")}, "x_slow", ""},
		{"required", "top", closure.Options{Keep: without("top", "mid", "base"), NoSoftdeps: true, NoWeakdeps: true}, "d:base d:mid top", ""},
		{"not even asked", "mid", closure.Options{Keep: func(m kmod.Module, _ kmod.Reason) bool { panic(m.Name) }}, "d:base mid", ""},
		{"excluded as well", "top", closure.Options{Keep: without("before"), Exclude: []string{"before"}, NoWeakdeps: true},
			"d:base d:mid top post:after?", "missing:nosuch excluded:before"},
		{"by the reason", "top", closure.Options{Keep: func(_ kmod.Module, why kmod.Reason) bool { return why.Kind != kmod.ReasonWeak }},
			"d:base d:mid pre:inside=? pre:before? top post:after?", "missing:nosuch missing:nosuch2"},
	}
	for _, test := range tests {
		c, err := closure.Collect(t.Context(), dbtest.Tree(t, dbtest.Wide(), "", nil), &test.opts, strings.Fields(test.names)...)
		if err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		if words(c) != test.want || warnings(c) != test.warnings {
			t.Errorf("%s: %s, %s; want %s, %s", test.name, words(c), warnings(c), test.want, test.warnings)
		}
	}
}

// TestFirmwareTree: a tree of firmware of its own comes before the directories.
func TestFirmwareTree(t *testing.T) {
	own := fstest.MapFS{"a.bin": {Data: []byte("own a")}, "d/x.bin.xz": {Data: []byte("own x")}}
	files := fstest.MapFS{"lib/firmware/a.bin": {Data: []byte("a")}, "lib/firmware/b.bin": {Data: []byte("b of root")}}
	db := dbtest.Tree(t, firmwareTree("a.bin", "b.bin", "c.bin", "d/*"), "", files)
	for _, test := range []struct {
		opts          closure.Options
		want, missing string
	}{
		{closure.Options{Firmware: own}, "a.bin=a.bin b.bin=lib/firmware/b.bin d/x.bin=d/x.bin.xz", "c.bin"},
		{closure.Options{Firmware: own, FirmwareDirs: []string{}}, "a.bin=a.bin d/x.bin=d/x.bin.xz", "b.bin c.bin"},
		{closure.Options{Firmware: own, NoFirmware: true}, "", ""},
		{closure.Options{}, "a.bin=lib/firmware/a.bin b.bin=lib/firmware/b.bin", "c.bin d/*"},
		{closure.Options{Firmware: own, KeepFirmware: func(f closure.Firmware) bool {
			return f.Name != "b.bin" && fmt.Sprint(f.Modules) == "[a]" && (f.Path == "") == (f.Name == "c.bin")
		}}, "a.bin=a.bin d/x.bin=d/x.bin.xz", "c.bin"},
		{closure.Options{KeepFirmware: func(f closure.Firmware) bool { return f.Path != "" }}, "a.bin=lib/firmware/a.bin b.bin=lib/firmware/b.bin", ""},
	} {
		c, err := closure.Collect(t.Context(), db, &test.opts, "b")
		if err != nil {
			t.Fatal(err)
		}
		if got := firmwarePaths(c.Firmware); got != test.want || firmwareNames(c.MissingFirmware) != test.missing {
			t.Errorf("found %s, missing %s; want %s, %s", got, firmwareNames(c.MissingFirmware), test.want, test.missing)
		}
		checkSizes(t, c)
	}
}

// checkSizes: sizes are those of the files, also in the tree.
func checkSizes(t *testing.T, c *closure.Closure) {
	t.Helper()
	image, err := c.FS(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range c.Firmware {
		name := "lib/firmware/" + f.Name
		if strings.HasSuffix(f.Path, ".xz") {
			name += ".xz"
		}
		data, err := fs.ReadFile(image, name)
		if err != nil || int64(len(data)) != f.Size || strings.HasPrefix(f.Path, "lib") == strings.HasPrefix(string(data), "own") {
			t.Errorf("%s has %q, %v; want %d bytes", f.Path, data, err, f.Size)
		}
	}
	for _, m := range c.Modules {
		if info, err := fs.Stat(image, m.Path); err != nil || info.Size() != m.Size || m.Size == 0 {
			t.Errorf("%s has %d bytes in the closure, %v", m.Path, m.Size, err)
		}
	}
}

// TestBinaryIndexes: plans are the same without the text files.
func TestBinaryIndexes(t *testing.T) {
	db := imageTree(t)
	c, err := closure.Collect(t.Context(), db, nil, "top", "fs-inside")
	if err != nil {
		t.Fatal(err)
	}
	image, err := c.FS(t.Context(), &closure.TreeOptions{BinaryIndexes: true})
	if err != nil {
		t.Fatal(err)
	}
	const dir = "lib/modules/6.1.0-test/"
	var indexes []string
	for _, name := range fileNames(t, image) {
		if rest, ok := strings.CutPrefix(name, dir+"modules."); ok {
			indexes = append(indexes, rest)
		}
	}
	if got := strings.Join(indexes, " "); got != "alias.bin builtin.alias.bin builtin.bin builtin.modinfo dep.bin devname softdep symbols.bin weakdep" {
		t.Errorf("there are %s", got)
	}
	if err := fstest.TestFS(image, dir+"modules.dep.bin"); err != nil {
		t.Error(err)
	}
	small := dbtest.Open(t, &kmod.Config{FS: image, Release: "6.1.0-test"})
	for _, name := range []string{"top", "fs-top", "fs-inside", "inside", "crypto-x"} {
		want, err := db.Plan(name)
		if err != nil {
			t.Fatal(err)
		}
		got, err := small.Plan(name)
		if err != nil || len(got.Steps) != len(want.Steps) {
			t.Errorf("%s: %v, %v; want %v", name, got, err, want)
		}
	}
}
