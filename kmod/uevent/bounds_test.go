package uevent

import (
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/internal/sys"
)

// TestParseBounds: the greatest message (16 KiB), number of variables (256) and action
// (32 letters) that are taken, and one more.
func TestParseBounds(t *testing.T) {
	many := []string{"add@/a"}
	for i := range 256 {
		many = append(many, fmt.Sprintf("K%d=", i))
	}
	full := message("add@/a", "A=")
	full = message("add@/a", "A="+strings.Repeat("x", 16384-len(full)))
	for name, test := range map[string]struct {
		in  []byte
		bad string
	}{
		"greatest":           {full, ""},
		"too large":          {append([]byte(nil), append(full[:len(full)-1:len(full)-1], 'x', 0)...), "too large"},
		"most variables":     {message(many...), ""},
		"one variable more":  {message(append(many, "K=")...), "too many"},
		"longest action":     {message(strings.Repeat("a", 32) + "@/a"), ""},
		"action too long":    {message(strings.Repeat("a", 33) + "@/a"), "header"},
		"letters":            {message("az@/a"), ""},
		"before the letters": {message("a`@/a"), "header"},
		"behind the letters": {message("a{@/a"), "header"},
		"signs in a path":    {message("add@/ ~"), ""},
		"a sign too low":     {message("add@/\x1f"), "header"},
		"a sign too high":    {message("add@/\x7f"), "header"},
		"dots in a name":     {message("add@/.../a..b/.a/..a"), ""},
		"a dot":              {message("add@/a/./b"), "header"},
		"two dots":           {message("add@/a/.."), "header"},
		"slash at the end":   {message("add@/a/"), "header"},
		"only a slash":       {message("add@/"), "header"},
		"at sign in a path":  {message("add@/a@b"), ""},
		"DEL in a key":       {message("add@/a", "A\x7f=x"), "no name"},
		"odd key":            {message("add@/a", "a.b-c~=x"), ""},
		"empty subsystem":    {message("add@/a", "SUBSYSTEM=", "SUBSYSTEM=b"), ""},
		"subsystems":         {message("add@/a", "SUBSYSTEM=a", "SUBSYSTEM=b"), "SUBSYSTEM"},
		"emptied":            {message("add@/a", "SUBSYSTEM=a", "SUBSYSTEM="), "SUBSYSTEM"},
		"empty number":       {message("add@/a", "SEQNUM="), ""},
		"number with a sign": {message("add@/a", "SEQNUM=+1"), "number"},
		"number in hex":      {message("add@/a", "SEQNUM=0x1"), "number"},
		"like udev's":        {message("libudev@/a"), ""},
	} {
		e, err := Parse(test.in)
		if test.bad == "" && (err != nil || e.Devpath == "" || len(e.Env) != strings.Count(string(test.in), "\x00")-1) {
			t.Errorf("%s: %v", name, err)
		}
		if test.bad != "" && (!errors.Is(err, ErrMalformed) || !strings.Contains(err.Error(), test.bad) ||
			!reflect.DeepEqual(e, Event{})) {
			t.Errorf("%s: %+v, %v", name, e, err)
		}
	}
}

// TestPresentBounds: how deep directories may lie (64), and how large a file may be
// (4096 bytes).
func TestPresentBounds(t *testing.T) {
	file := func(n int) *fstest.MapFile { return &fstest.MapFile{Data: []byte(strings.Repeat("x", n)), Mode: 0o444} }
	deepest := "devices" + strings.Repeat("/d", 64)
	for name, test := range map[string]struct {
		files fstest.MapFS
		want  int
		err   error
	}{
		"deepest":      {fstest.MapFS{deepest + "/modalias": file(1)}, 1, nil},
		"deeper":       {fstest.MapFS{deepest + "/d/modalias": file(1)}, 0, sys.ErrTooMany},
		"largest file": {fstest.MapFS{"devices/a/modalias": file(4096)}, 1, nil},
		"larger file":  {fstest.MapFS{"devices/a/modalias": file(4097), "devices/b/modalias": file(1)}, 1, nil},
		"power of a device": {fstest.MapFS{"devices/a/uevent": file(1), "devices/a/power/modalias": file(1),
			"devices/b/power/modalias": file(1), "devices/c/modalias": file(1), "devices/c/power/modalias": file(1)}, 3, nil},
		"at the top": {fstest.MapFS{"devices/modalias": file(1)}, 1, nil},
	} {
		got, err := collect(Present(test.files))
		if len(got) != test.want || !errors.Is(err, test.err) || err == nil && test.err != nil {
			t.Errorf("%s: %d devices, %v", name, len(got), err)
		}
	}
	w := walk{fsys: fstest.MapFS{"devices/a/modalias": file(1), "devices/b/modalias": file(1)}}
	found := 0
	w.yield = func(Device, error) bool { found++; return true }
	w.left = 3
	if err := w.dir(devices, 0); err != nil || found != 2 {
		t.Errorf("as many directories as may be: %d devices, %v", found, err)
	}
	w.left = 2
	if err := w.dir(devices, 0); !errors.Is(err, sys.ErrTooMany) {
		t.Errorf("one too many: %v", err)
	}
}

// flat is a tree with that many empty directories below "devices".
type flat int

func (f flat) Open(string) (fs.File, error) { return nil, fs.ErrInvalid }

func (f flat) ReadDir(name string) ([]fs.DirEntry, error) {
	if name != devices {
		return nil, nil
	}
	info, err := fs.Stat(fstest.MapFS{"d/file": {}}, "d")
	return slices.Repeat([]fs.DirEntry{fs.FileInfoToDirEntry(info)}, int(f)), err
}

// TestPresentManyDirectories: as many as are looked into, which is 2^20 with the first
// one, and one more.
func TestPresentManyDirectories(t *testing.T) {
	for n, want := range map[flat]error{1<<20 - 1: nil, 1 << 20: sys.ErrTooMany} {
		if got, err := collect(Present(n)); len(got) != 0 || !errors.Is(err, want) {
			t.Errorf("%d: %d devices, %v", n, len(got), err)
		}
	}
}

// TestPresentStopsAtOnce: nothing is read after the caller wants no more.
func TestPresentStopsAtOnce(t *testing.T) {
	for n := 1; n <= len(treeDevices()); n++ {
		opened, found := "", 0
		watch := vanishing{tree(), func(name string) error { opened = name; return nil }}
		for d := range Present(watch) {
			if found++; found == n {
				opened = d.Devpath[1:]
				break
			}
		}
		if found != n || "/"+opened != treeDevices()[n-1].Devpath {
			t.Errorf("after %d devices %s is opened", n, opened)
		}
	}
}

// TestPresentUnreadable: only the first directory has to be there.
func TestPresentUnreadable(t *testing.T) {
	files := fstest.MapFS{"devices/a/modalias": {Data: []byte("x:a\n")}, "devices/b/c/modalias": {Data: []byte("x:c\n")}}
	for dir, want := range map[string]string{
		"devices/b": "[{/devices/a x:a}] <nil>",
		"devices/a": "[{/devices/b/c x:c}] <nil>",
		"devices":   "[] read the devices: unreadable",
	} {
		got, err := collect(Present(withoutDir{files, dir}))
		if fmt.Sprint(got, err) != want {
			t.Errorf("without %s: %v, %v", dir, got, err)
		}
	}
}

// withoutDir is a file system in which one directory cannot be read.
type withoutDir struct {
	fs.FS
	dir string
}

func (w withoutDir) ReadDir(name string) ([]fs.DirEntry, error) {
	if name == w.dir {
		return nil, errors.New("unreadable")
	}
	return fs.ReadDir(w.FS, name)
}

// TestModalias: the line that counts in each of the two files.
func TestModalias(t *testing.T) {
	for _, test := range []struct{ file, content, want string }{
		{"modalias", "pci:v1\n", "pci:v1"}, {"modalias", "pci:v1", "pci:v1"}, {"modalias", "MODALIAS=x\n", "MODALIAS=x"},
		{"modalias", "a\n\n", ""}, {"modalias", "a\nb\n", ""}, {"modalias", "\n", ""}, {"modalias", "", ""},
		{"modalias", " ~\n", " ~"}, {"modalias", "\x1f\n", ""}, {"modalias", "\x7f\n", ""},
		{"uevent", "A=1\nMODALIAS=x:y\nMODALIAS=z\n", "x:y"}, {"uevent", "MODALIAS=x", "x"}, {"uevent", "MODALIAS=\n", ""},
		{"uevent", " MODALIAS=x\n", ""}, {"uevent", "modalias=x\n", ""}, {"uevent", "x:y\n", ""}, {"uevent", "", ""},
	} {
		if got := modaliasOf(test.file, []byte(test.content)); got != test.want {
			t.Errorf("%s %q: %q, want %q", test.file, test.content, got, test.want)
		}
	}
}

// TestBuffers: a buffer is reused, and a surplus one is dropped without waiting.
func TestBuffers(t *testing.T) {
	l := &Listener{buffers: make(chan []byte, 1)}
	first, second := l.buffer(), l.buffer()
	if len(first) != maxMessage || len(second) != maxMessage {
		t.Fatalf("buffers of %d and %d bytes", len(first), len(second))
	}
	l.keep(first)
	l.keep(second)
	if got := l.buffer(); &got[0] != &first[0] {
		t.Error("the kept buffer is not reused")
	}
	if got := l.buffer(); &got[0] == &first[0] || &got[0] == &second[0] {
		t.Error("a buffer is used twice")
	}
}
