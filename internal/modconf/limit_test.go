package modconf

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/internal/test/modtest"
)

func TestManyFiles(t *testing.T) {
	m := fstest.MapFS{}
	for i := range 1000 {
		m[fmt.Sprintf("etc/%04d.conf", i)] = &fstest.MapFile{Data: fmt.Appendf(nil, "options m x=%d\nblacklist b%d\n", i, i)}
	}
	c := Read(Sources{FS: m, Dirs: []string{"etc"}})
	lines := c.OptionsFor("m")
	if len(lines) != 1000 || lines[999].Params != "x=999" || len(c.Warnings) > 0 {
		t.Error(len(lines), c.Warnings)
	}
}

func TestLongLine(t *testing.T) {
	long := strings.Repeat("x ", 5<<20)
	for name, line := range map[string]string{"options m ": long, "softdep m pre: ": long, "install m ": strings.Repeat("\\\n", 5<<20)} {
		c := Read(Sources{Files: []File{{"f", name + line + "x\nblacklist b\n"}}})
		if len(c.Options)+len(c.Softdeps)+len(c.Installs) != 1 || len(c.Blacklists) != 1 || len(c.Warnings) > 0 {
			t.Errorf("%s: %d blacklists, %v", name, len(c.Blacklists), c.Warnings)
		}
	}
}

func TestTooMuch(t *testing.T) {
	data := bytes.Repeat([]byte("#"), MaxSize/2+1)
	m := fstest.MapFS{"etc/a.conf": {Data: data}, "etc/b.conf": {Data: data}, "etc/c.conf": {Data: []byte("blacklist c\n")}}
	c := Read(Sources{FS: m, Dirs: []string{"etc"}, Files: []File{{"d.conf", string(data)}}, Cmdline: string(data)})
	checkOrder(t, c, "c")
	const text = ": left out, because all files together are larger than 16777216 bytes"
	checkWarnings(t, c, "etc/b.conf"+text, "d.conf"+text, "/proc/cmdline"+text)
}

// TestEndless reads a file that is larger than it says.
func TestEndless(t *testing.T) {
	c := Read(Sources{FS: oddFS{}, Dirs: []string{"endless", "broken", "directory"}})
	checkWarnings(t, c, "directory: cannot be read: unsupported operation", "broken: cannot be read: input/output error",
		"endless: left out, because all files together are larger than 16777216 bytes")
}

// oddFS has files that cause trouble.
type oddFS struct{}

func (oddFS) Open(name string) (fs.File, error) { return oddFile(name), nil }

type oddFile string

func (f oddFile) Stat() (fs.FileInfo, error) {
	mode := fs.FileMode(0o644)
	if f == "directory" {
		mode |= fs.ModeDir
	}
	return fstest.MapFS{"x": {Mode: mode}}.Stat("x")
}

func (f oddFile) Read(p []byte) (int, error) {
	if f == "broken" {
		return 0, &fs.PathError{Op: "read", Path: string(f), Err: syscall.EIO}
	}
	return len(p), nil
}

func (oddFile) Close() error { return nil }

func TestManyWarnings(t *testing.T) {
	c := Read(Sources{Files: []File{{"f", strings.Repeat("bogus\n", MaxWarnings+10)}}})
	if len(c.Warnings) != MaxWarnings+1 || c.Warnings[MaxWarnings].Error() != "f line 1001: this and further problems are not listed" {
		t.Error(len(c.Warnings), c.Warnings[MaxWarnings])
	}
}

func TestUnreadable(t *testing.T) {
	c := Read(Sources{FS: deniedFS{mapFS("etc/a.conf", "etc/b.conf", "run/c.conf")}, Prefix: "/", Dirs: []string{"etc", "run"}, ModuleDir: "m"})
	checkOrder(t, c, "etc/a.conf")
	checkWarnings(t, c, "/run: cannot be read: permission denied", "/etc/b.conf: cannot be read: permission denied")
}

// deniedFS forbids some names.
type deniedFS struct{ fstest.MapFS }

func (d deniedFS) Open(name string) (fs.File, error) {
	if name == "run" || name == "etc/b.conf" {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return d.MapFS.Open(name)
}

// TestManyNames has more names than are read.
func TestManyNames(t *testing.T) {
	c := Read(Sources{FS: crowdedFS{}, Dirs: []string{"etc"}})
	checkWarnings(t, c, "etc: there are more than 65536 names; the rest is left out")
}

// crowdedFS has a directory without end.
type crowdedFS struct{}

func (crowdedFS) Open(name string) (fs.File, error) { return crowd{"directory"}, nil }

type crowd struct{ oddFile }

func (crowd) ReadDir(n int) ([]fs.DirEntry, error) {
	entries, err := fstest.MapFS{"x": {}}.ReadDir(".")
	if err != nil {
		return nil, io.ErrUnexpectedEOF
	}
	return entries, nil
}

// TestBinaryNoise: a file that is not a configuration at all leaves the others
// intact.
func TestBinaryNoise(t *testing.T) {
	noise := modtest.Named("a", []string{"exported"}, []string{"needed"}).Build()
	c := Read(Sources{Prefix: "/", Files: []File{
		{Name: "a.conf", Text: "options a x=1\n"},
		{Name: "b.conf", Text: strings.Repeat(string(noise)+"\n", 50)},
		{Name: "c.conf", Text: "options a y=2\n"},
	}})
	if len(c.Options) != 2 || c.Options[0].Params != "x=1" || c.Options[1].Params != "y=2" {
		t.Errorf("options are %v", c.Options)
	}
	if n := len(c.Warnings); n == 0 || n > MaxWarnings+1 {
		t.Errorf("%d warnings", n)
	}
	for _, w := range c.Warnings {
		if w.File != "b.conf" || strings.ContainsFunc(w.Text, func(r rune) bool { return r < ' ' }) {
			t.Fatalf("a warning is %q", w)
		}
	}
}

// TestLimitTexts: warnings say the limits that there are.
func TestLimitTexts(t *testing.T) {
	for text, limit := range map[string]int{
		errTooManyEntries: MaxEntries, errTooMuch.Error(): MaxSize, errTooMany.Error(): MaxFiles,
	} {
		if !strings.Contains(text, " "+strconv.Itoa(limit)+" ") {
			t.Errorf("%s, but the limit is %d", text, limit)
		}
	}
}
