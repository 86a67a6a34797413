package live_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/kmod/live"
)

func TestStateWords(t *testing.T) {
	for state, want := range map[fmt.Stringer]string{
		live.StateLive: "live", live.StateComing: "coming", live.StateGoing: "going",
		live.Initstate(0): "unknown", live.Initstate(4): "unknown",
		live.StatusUnknown: "unknown", live.StatusLive: "live", live.StatusComing: "coming", live.StatusGoing: "going",
		live.StatusBuiltin: "built in", live.StatusAbsent: "absent",
		live.Status(6): "status 6",
	} {
		if got := state.String(); got != want {
			t.Errorf("%d is %q, want %q", state, got, want)
		}
	}
}

// TestLiveWithoutSysfs: /proc/modules alone tells what it has, and nothing else.
func TestLiveWithoutSysfs(t *testing.T) {
	const list = "a 8192 3 x,y, Live 0x0 (OE)\nb 4096 1 - Loading 0x0\nc 1 - - Unloading 0x0\n"
	proc := fstest.MapFS{"modules": {Data: []byte(list)}}
	kernel := fileKernel{proc: proc, sys: fstest.MapFS{}}
	for name, want := range map[string]string{
		"a": "[live 3 8192 0 [x y] OE  ]", "b": "[coming 1 4096 0 []   ]", "c": "[going -1 1 0 []   ]",
	} {
		m, err := live.Open(kernel, name)
		if err != nil {
			t.Fatal(err)
		}
		got, errs := details(m)
		if fmt.Sprint(got) != want {
			t.Errorf("%s: %v, want %s", name, got, want)
		}
		for i, err := range errs {
			inList := i != 3 && i < 6
			if inList && err != nil || !inList && !errors.Is(err, errors.ErrUnsupported) {
				t.Errorf("%s, answer %d: %v", name, i, err)
			}
		}
	}
	if _, err := live.Open(kernel, "d"); !errors.Is(err, live.ErrNotLoaded) {
		t.Errorf("a module that is not listed: %v", err)
	}
	m, err := live.Open(kernel, "a")
	if err != nil {
		t.Fatal(err)
	}
	proc["modules"] = &fstest.MapFile{Data: []byte("b 4096 1 - Live 0x0\n")}
	if got, err := m.Holders(); got != nil || !errors.Is(err, live.ErrNotLoaded) {
		t.Errorf("holders of one that has gone: %v, %v", got, err)
	}
	n := 0
	for range live.Modules(kernel) {
		n++
		break
	}
	if n != 1 {
		t.Errorf("%d modules", n)
	}
}

// TestLiveOddAnswers: an answer that is not a number is an error.
func TestLiveOddAnswers(t *testing.T) {
	files := liveFiles()
	set := func(name, text string) {
		files["module/lib_x/"+name] = &fstest.MapFile{Data: []byte(text), Mode: 0o444}
	}
	m, err := live.Open(liveKernel(files), "lib_x")
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]int{
		"0\n": 0, "7": 7, "-1\n": -1, "-5\n": -1, "": -1, "x\n": -1, "99999999999999999999": -1,
	} {
		set("refcnt", text)
		if got, err := m.Refcount(); got != want || err != nil {
			t.Errorf("refcnt %q: %d, %v", text, got, err)
		}
	}
	for text, want := range map[string]uint64{
		"0": 0, " 12\n": 12, "18446744073709551615\n": 1<<64 - 1, "-1": 1, "0x1": 1, "": 1,
	} {
		set("coresize", text)
		got, err := m.Coresize()
		bad := want == 1
		if bad != (err != nil) || !bad && got != want || bad && !strings.Contains(err.Error(), "is not a size") {
			t.Errorf("coresize %q: %d, %v", text, got, err)
		}
	}
	for text, want := range map[string]uint64{
		"0x10\n": 16, "ff": 255, "0xffffffffffffffff": 1<<64 - 1, "0xx": 1, "": 1,
	} {
		set("sections/.text", text)
		got, err := m.Sections()
		bad := want == 1
		if bad != (err != nil) || !bad && got[1].Address != want ||
			bad && !strings.Contains(err.Error(), "is not an address") {
			t.Errorf("section %q: %v, %v", text, got, err)
		}
	}
	for word, want := range map[string]error{
		"live\n": nil, "coming": nil, "going": nil, "odd": live.ErrNotLoaded, "": live.ErrNotLoaded,
	} {
		set("initstate", word)
		if got, err := m.Initstate(); !errors.Is(err, want) || err == nil && got.String() != strings.TrimSpace(word) {
			t.Errorf("initstate %q: %v, %v", word, got, err)
		}
	}
}

// TestLiveLargeFiles: a file of /sys has at most 64 KiB.
func TestLiveLargeFiles(t *testing.T) {
	files := liveFiles()
	m, err := live.Open(liveKernel(files), "lib_x")
	if err != nil {
		t.Fatal(err)
	}
	for n, ok := range map[int]bool{4096: true, 65536: true, 65537: false} {
		text := strings.Repeat("x", n)
		files["module/lib_x/version"] = &fstest.MapFile{Data: []byte(text)}
		files["module/lib_x/parameters/long"] = &fstest.MapFile{Data: []byte(text), Mode: 0o444}
		if got, err := m.Version(); (err == nil) != ok || ok && got != text {
			t.Errorf("%d bytes of version: %d, %v", n, len(got), err)
		}
		if p, err := m.Parameter("long"); (err == nil) != ok || p.Err != err || ok && p.Value != text {
			t.Errorf("%d bytes of parameter: %d, %v", n, len(p.Value), err)
		}
	}
}

// wideFS is a /sys that has so many entries in the directory /sys/module.
type wideFS struct {
	fstest.MapFS
	entries int
	fail    error // what follows them
}

func (w wideFS) Open(name string) (fs.File, error) {
	f, err := w.MapFS.Open(name)
	if name != "module" || err != nil {
		return f, err
	}
	entries, err := fs.ReadDir(w.MapFS, "module")
	return &wideDir{f, slices.Repeat(entries[:1], w.entries), w.fail}, err
}

type wideDir struct {
	fs.File
	left []fs.DirEntry
	fail error
}

func (d *wideDir) ReadDir(n int) ([]fs.DirEntry, error) {
	if len(d.left) == 0 && d.fail != nil {
		return nil, d.fail
	}
	if len(d.left) == 0 {
		return nil, io.EOF
	}
	some := d.left[:min(n, len(d.left))]
	d.left = d.left[len(some):]
	return some, nil
}

// wideKernel shows that /sys.
type wideKernel struct {
	fileKernel
	wide fs.FS
}

func (k wideKernel) Sys() fs.FS { return k.wide }

// TestLiveModulesMany: more than 65,536 entries of /sys/module are an error, and
// files in it are ignored.
func TestLiveModulesMany(t *testing.T) {
	broken := &fs.PathError{Op: "readdir", Path: "module", Err: syscall.EIO}
	for _, test := range []struct {
		entries int
		fail    error
		want    string
	}{
		{0, nil, ""}, {1, nil, ""}, {1 << 16, nil, ""}, {1<<16 + 1, nil, "more than 65536 entries"},
		{5, broken, "list the modules in /sys/module: input/output error"},
	} {
		sys := wideFS{fstest.MapFS{"module/file": {}}, test.entries, test.fail}
		kernel := wideKernel{wide: sys}
		var got []string
		for m, err := range live.Modules(kernel) {
			if m != nil {
				t.Errorf("%d entries: module %s", test.entries, m.Name)
			}
			got = append(got, err.Error())
		}
		if test.want == "" && got != nil || test.want != "" && (len(got) != 1 || !strings.Contains(got[0], test.want)) {
			t.Errorf("%d entries: %q, want %q", test.entries, got, test.want)
		}
	}
	kernel := liveKernel(fstest.MapFS{"module": {}})
	for _, err := range live.Modules(kernel) {
		if err == nil || errors.Is(err, fs.ErrNotExist) {
			t.Errorf("a file in the place of /sys/module: %v", err)
		}
	}
}

// TestParametersPartly: a parameter that cannot be read does not keep the others from
// being read, and one that is gone is left out.
func TestParametersPartly(t *testing.T) {
	for err, want := range map[error]string{
		syscall.EIO: "broken, ro, rw, secret", syscall.EACCES: "broken, ro, rw, secret",
		syscall.ENOENT: "ro, rw, secret",
	} {
		files := liveFiles()
		files["module/lib_x/parameters/broken"] = &fstest.MapFile{Mode: 0o444}
		kernel := wideKernel{wide: modtest.Failing{FS: files, Name: "module/lib_x/parameters/broken", Err: err}}
		m, liveErr := live.Open(kernel, "lib_x")
		if liveErr != nil {
			t.Fatal(liveErr)
		}
		all, listErr := m.Parameters()
		var names []string
		for _, p := range all {
			names = append(names, p.Name)
			if p.Name == "broken" && !errors.Is(p.Err, err) || p.Name == "rw" && p.Value != "rw value " {
				t.Errorf("%v: %+v", err, p)
			}
		}
		if got := strings.Join(names, ", "); got != want || listErr != nil {
			t.Errorf("%v: %s, %v", err, got, listErr)
		}
	}
}

// TestSetLongestParameter: a value has at most a page less one byte.
func TestSetLongestParameter(t *testing.T) {
	for n, ok := range map[int]bool{0: true, 1: true, 4095: true, 4096: false} {
		var written []string
		kernel := writingKernel{fileKernel{sys: liveFiles()}, &written, nil}
		m, err := live.Open(kernel, "lib_x")
		if err != nil {
			t.Fatal(err)
		}
		err = m.SetParameter("rw", strings.Repeat("x", n))
		if (err == nil) != ok || (len(written) == 1) != ok {
			t.Errorf("%d bytes: %v, %d writes", n, err, len(written))
		}
	}
}

// TestLoadedFromSys: without /proc/modules the rows come from /sys/module. They end
// when the caller stops, and with the first error; what vanishes is left out.
func TestLoadedFromSys(t *testing.T) {
	const module = "module/lib_x/"
	for _, test := range []struct {
		file string
		err  error
		want string
	}{
		{"none", nil, "coming going -1, lib_x live 3"},
		{module + "refcnt", syscall.EIO, "coming going -1, read refcnt of module lib_x: input/output error"},
		{module + "taint", syscall.EACCES, "coming going -1, read taint of module lib_x: permission denied"},
		{module + "refcnt", syscall.ENODEV, "coming going -1"},
	} {
		files := liveFiles()
		delete(files, "module/coming/refcnt")
		files["module/coming/initstate"] = &fstest.MapFile{Data: []byte("going\n")}
		sys := modtest.Failing{FS: files, Name: test.file, Err: test.err}
		kernel := wideKernel{fileKernel{proc: fstest.MapFS{}}, sys}
		var got []string
		for m, err := range live.Loaded(kernel) {
			if err != nil {
				got = append(got, err.Error())
			} else {
				got = append(got, fmt.Sprint(m.Name, " ", m.State, " ", m.Refcount))
			}
		}
		slices.Sort(got)
		if strings.Join(got, ", ") != test.want {
			t.Errorf("%s, %v: %q, want %s", test.file, test.err, got, test.want)
		}
		for range live.Loaded(kernel) {
			break
		}
	}
}
