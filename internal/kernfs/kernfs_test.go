package kernfs

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
)

func TestRead(t *testing.T) {
	files := fstest.MapFS{
		"state": {Data: []byte(" live \n")}, "full": {Data: make([]byte, maxFile)}, "huge": {Data: make([]byte, maxFile+1)},
		"dir/x": {}, "pipe": {Mode: fs.ModeNamedPipe},
	}
	if word, err := Read(files, "state"); word != "live" || err != nil {
		t.Errorf("got %q, %v", word, err)
	}
	if text, err := ReadText(files, "state"); text != " live \n" || err != nil {
		t.Errorf("as it is: %q, %v", text, err)
	}
	if text, err := ReadText(files, "full"); len(text) != maxFile || err != nil {
		t.Errorf("at the bound: %d bytes, %v", len(text), err)
	}
	for _, name := range []string{"huge", "dir", "pipe"} {
		if _, err := Read(files, name); err == nil || Gone(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Read(files, "absent"); !Gone(err) {
		t.Errorf("absent: %v", err)
	}
	if !Exists(files, "state") || !Exists(files, "dir") || Exists(files, "absent") {
		t.Error("an existing file does not exist")
	}
}

func TestGone(t *testing.T) {
	for err, want := range map[error]bool{
		fs.ErrNotExist: true, syscall.ENODEV: true, &fs.PathError{Err: syscall.ENOENT}: true,
		fs.ErrPermission: false, syscall.EIO: false, errors.New("x"): false,
	} {
		if Gone(err) != want {
			t.Errorf("%v: %v", err, !want)
		}
	}
	if Gone(nil) {
		t.Error("without an error nothing is gone")
	}
}

func TestIsElement(t *testing.T) {
	for name, want := range map[string]bool{
		"xfs": true, "snd-hda": true, "..": false, ".": false, "": false, "a/b": false, "/a": false, "a\x00": false, "a b": true,
	} {
		if IsElement(name) != want {
			t.Errorf("%q: %v", name, !want)
		}
	}
}

// stated is what a module says its name is.
type stated struct {
	name string
	err  error
}

func (s stated) ModuleName() (string, error) { return s.name, s.err }

func TestOwnName(t *testing.T) {
	longest := strings.Repeat("x", maxName)
	for name, want := range map[string]string{"xfs": "xfs", "": "", "..": "", longest: longest, longest + "x": ""} {
		if got := OwnName(stated{name, nil}); got != want {
			t.Errorf("%.20q gives %.20q", name, got)
		}
	}
	if got := OwnName(stated{"xfs", fs.ErrInvalid}); got != "" {
		t.Errorf("beside an error: %q", got)
	}
}

func TestReadDir(t *testing.T) {
	files := fstest.MapFS{"few/a": {}, "few/b": {}, "file": {}}
	for i := range maxEntries {
		files[fmt.Sprintf("most/%d", i)] = &fstest.MapFile{}
		files[fmt.Sprintf("many/%d", i)] = &fstest.MapFile{}
	}
	files["many/more"] = &fstest.MapFile{}
	for dir, want := range map[string]int{"few": 2, "most": maxEntries} {
		if entries, err := ReadDir(files, dir); len(entries) != want || err != nil {
			t.Errorf("%s has %d entries, %v", dir, len(entries), err)
		}
	}
	for dir, want := range map[string]string{"file": "not a directory", "absent": "file does not exist", "many": "more than 65536 entries"} {
		if entries, err := ReadDir(files, dir); entries != nil || err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %d entries, %v", dir, len(entries), err)
		}
	}
}
