package live_test

import (
	"encoding/binary"
	"errors"
	"io/fs"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/kmod/live"
)

// liveFiles is /sys with a live module, one that is being loaded, and a built-in.
func liveFiles() fstest.MapFS {
	files := fstest.MapFS{"module/core/parameters/level": {Data: []byte("7\n"), Mode: 0o644}, "module/coming/refcnt": {Data: []byte("1\n")}}
	for name, text := range map[string]string{
		"initstate": "live\n", "refcnt": "3\n", "coresize": "16384\n", "initsize": "0\n", "taint": "OE\n",
		"srcversion": "ABCDEF0123\n", "version": "1.2-k\n", "notes/.note.gnu.build-id": buildIDNote, "holders/xfs/x": "", "holders/btrfs/x": "",
		"sections/.text": "0xffffffffc0a5e000\n", "sections/.data..ro": "0x0\n",
	} {
		files["module/lib_x/"+name] = &fstest.MapFile{Data: []byte(text), Mode: 0o444}
	}
	for name, mode := range map[string]fs.FileMode{"ro": 0o444, "rw": 0o644, "secret": 0o200} {
		files["module/lib_x/parameters/"+name] = &fstest.MapFile{Data: []byte(name + " value \n"), Mode: mode}
	}
	return files
}

func liveKernel(sys fstest.MapFS) live.Kernel { return fileKernel{proc: fstest.MapFS{}, sys: sys} }

// details calls every method that reads one thing.
func details(m *live.Module) ([]any, []error) {
	state, e0 := m.Initstate()
	count, e1 := m.Refcount()
	core, e2 := m.Coresize()
	init, e3 := m.Initsize()
	holders, e4 := m.Holders()
	taint, e5 := m.Taint()
	src, e6 := m.Srcversion()
	version, e7 := m.Version()
	return []any{state, count, core, init, holders, taint, src, version}, []error{e0, e1, e2, e3, e4, e5, e6, e7}
}

func TestLive(t *testing.T) {
	none := []string(nil)
	tests := []struct {
		name    string
		builtin bool
		want    []any
	}{
		{"lib-x", false, []any{live.StateLive, 3, uint64(16384), uint64(0), []string{"btrfs", "xfs"}, "OE", "ABCDEF0123", "1.2-k"}},
		{"coming", false, []any{live.StateGoing, 1, uint64(0), uint64(0), none, "", "", ""}},
		{"core", true, []any{live.Initstate(0), -1, uint64(0), uint64(0), none, "", "", ""}},
	}
	for _, test := range tests {
		m, err := live.Open(liveKernel(liveFiles()), test.name)
		if err != nil {
			t.Fatal(err)
		}
		got, errs := details(m)
		if err := errors.Join(errs...); err != nil || m.Builtin != test.builtin || !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s, built in %v: %v, %v, want %v", test.name, m.Builtin, got, err, test.want)
		}
	}
	m, _ := live.Open(liveKernel(liveFiles()), "lib_x")
	want := []live.Section{{Name: ".data..ro"}, {Name: ".text", Address: 0xffffffffc0a5e000}}
	if got, err := m.Sections(); err != nil || !slices.Equal(got, want) {
		t.Errorf("sections are %v, %v", got, err)
	}
}

func TestLiveAbsent(t *testing.T) {
	kernel := liveKernel(liveFiles())
	for _, name := range []string{"absent", "", ".", "..", "lib_x/parameters", "../module/lib_x", "a\x00b", "a\nb"} {
		m, err := live.Open(kernel, name)
		var liveErr *live.Error
		if m != nil || !errors.Is(err, live.ErrNotLoaded) || !errors.Is(err, fs.ErrNotExist) || !errors.As(err, &liveErr) {
			t.Errorf("%q: %v, %v", name, m, err)
		}
		if strings.ContainsAny(err.Error(), "\x00\n") {
			t.Errorf("the error does not quote the name: %q", err)
		}
	}
}

// buildIDNote is a note as the kernel shows it, with an id that ends in white space.
var buildIDNote = func() string {
	b := binary.NativeEndian.AppendUint32(nil, 4)
	b = binary.NativeEndian.AppendUint32(b, 5)
	b = binary.NativeEndian.AppendUint32(b, 3)
	return string(b) + "GNU\x00build\n\n "
}()

// TestLiveBuildID: none is not an error, but that of a module that is gone is.
func TestLiveBuildID(t *testing.T) {
	files := liveFiles()
	kernel := liveKernel(files)
	for name, want := range map[string]string{"lib_x": "build", "coming": "", "core": ""} {
		m, err := live.Open(kernel, name)
		if err != nil {
			t.Fatal(err)
		}
		if id, err := m.BuildID(); err != nil || string(id) != want {
			t.Errorf("%s: %q, %v", name, id, err)
		}
	}
	for note, want := range map[string]string{"": "", "short": "", buildIDNote[:15]: "", buildIDNote[:20]: "", buildIDNote[:21]: "build"} {
		files["module/lib_x/notes/.note.gnu.build-id"].Data = []byte(note)
		m, err := live.Open(kernel, "lib_x")
		if err != nil {
			t.Fatal(err)
		}
		if id, err := m.BuildID(); err != nil || string(id) != want {
			t.Errorf("%q: %q, %v", note, id, err)
		}
	}
	m, _ := live.Open(kernel, "coming")
	delete(files, "module/coming/refcnt")
	if _, err := m.BuildID(); !errors.Is(err, live.ErrNotLoaded) {
		t.Errorf("a module that is gone: %v", err)
	}
}

// TestLiveVanishes: every method fails with the same error for a module that is
// gone, and one that goes while all are listed is left out.
func TestLiveVanishes(t *testing.T) {
	files := liveFiles()
	kernel := liveKernel(files)
	m, err := live.Open(kernel, "lib_x")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for range live.Modules(kernel) {
		for name := range files {
			if strings.HasPrefix(name, "module/lib_x/") || strings.HasPrefix(name, "module/coming") {
				delete(files, name)
			}
		}
		seen++
	}
	if seen > 2 {
		t.Errorf("%d modules were seen", seen)
	}
	_, errs := details(m)
	_, err1 := m.Parameters()
	_, err2 := m.Parameter("rw")
	_, err3 := m.Sections()
	for i, err := range append(errs, err1, err2, err3) {
		if !errors.Is(err, live.ErrNotLoaded) || !strings.HasPrefix(err.Error(), "read ") || !strings.Contains(err.Error(), "of module lib_x: ") {
			t.Errorf("answer %d of a module that is gone: %v", i, err)
		}
	}
}

// TestLiveModules: the modules are the directories of /sys/module, and without
// sysfs those of /proc/modules.
func TestLiveModules(t *testing.T) {
	for what, kernel := range map[string]fileKernel{
		"sys":  {proc: fstest.MapFS{}, sys: liveFiles()},
		"proc": {proc: fstest.MapFS{"modules": {Data: []byte("lib_x 16384 3 xfs,btrfs, Live 0x0 (OE)\ncoming 0 1 - Loading 0x0\n")}}, sys: fstest.MapFS{}},
	} {
		kernel := kernel
		var names, rows []string
		for m, err := range live.Modules(kernel) {
			if err != nil {
				t.Fatal(err)
			}
			if !m.Builtin {
				names = append(names, m.Name)
			}
		}
		for m, err := range live.Loaded(kernel) {
			if err != nil {
				t.Fatal(err)
			}
			rows = append(rows, m.Name)
			if m.Name == "lib_x" && (m.Size != 16384 || m.Refcount != 3 || len(m.Holders) != 2 || m.Taint != "OE" || m.State != live.StateLive) {
				t.Errorf("%s: the row is %+v", what, m)
			}
		}
		slices.Sort(names)
		slices.Sort(rows)
		if want := []string{"coming", "lib_x"}; !slices.Equal(names, want) || !slices.Equal(rows, want) {
			t.Errorf("%s: modules are %v, rows %v", what, names, rows)
		}
		m, err := live.Open(kernel, "lib_x")
		if err != nil {
			t.Fatal(err)
		}
		if count, err := m.Refcount(); count != 3 || err != nil {
			t.Errorf("%s: the reference count is %d, %v", what, count, err)
		}
		if _, err := m.Srcversion(); (what == "proc") != errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("%s: srcversion: %v", what, err)
		}
	}
}

// fallingKernel is one whose files fail with an error other than absence.
type fallingKernel struct {
	fileKernel
	err error
}

func (k fallingKernel) Sys() fs.FS { return fallingFS{k.sys, k.err} }

type fallingFS struct {
	fs.FS
	err error
}

func (f fallingFS) Open(name string) (fs.File, error) {
	if strings.Count(name, "/") > 1 && !strings.HasSuffix(name, "initstate") {
		return nil, &fs.PathError{Op: "open", Path: name, Err: f.err}
	}
	return f.FS.Open(name)
}

func (f fallingFS) Stat(name string) (fs.FileInfo, error) { return fs.Stat(f.FS, name) }

func TestLiveFileErrors(t *testing.T) {
	for errno, want := range map[syscall.Errno]error{
		syscall.ENODEV: live.ErrNotLoaded, syscall.EACCES: fs.ErrPermission, syscall.EIO: syscall.EIO,
	} {
		kernel := fallingKernel{fileKernel{proc: fstest.MapFS{}, sys: liveFiles()}, errno}
		m, err := live.Open(kernel, "lib_x")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := m.Srcversion(); !errors.Is(err, want) || strings.Contains(err.Error(), "module/") {
			t.Errorf("%v: %v", errno, err)
		}
	}
}
