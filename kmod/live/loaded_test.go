package live_test

import (
	"errors"
	"io/fs"
	"reflect"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/kmod/live"
)

// fileKernel shows only files.
type fileKernel struct {
	live.Kernel
	proc, sys fstest.MapFS
}

func (k fileKernel) Proc() fs.FS { return k.proc }
func (k fileKernel) Sys() fs.FS  { return k.sys }

const procModules = `xfs 2154496 1 - Live 0xffffffffc0a5e000
libcrc32c 16384 2 xfs,nf_nat, Live 0x0000000000000000
odd 4096 0 - Loading 0xffffffffc0000000 (OE+)
leaving 4096 0 - Unloading 0xffffffffc0000000
fixed 4096 1 [permanent], Live 0xffffffffc0000000
nounload 4096 - - Live 0xffffffffc0000000
short 100 0
`

func TestLoaded(t *testing.T) {
	kernel := fileKernel{proc: fstest.MapFS{"modules": {Data: []byte(procModules)}}}
	var got []live.LoadedModule
	for m, err := range live.Loaded(kernel) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, m)
	}
	want := []live.LoadedModule{
		{Name: "xfs", Size: 2154496, Refcount: 1, State: live.StateLive, Address: 0xffffffffc0a5e000},
		{Name: "libcrc32c", Size: 16384, Refcount: 2, Holders: []string{"xfs", "nf_nat"}, State: live.StateLive},
		{Name: "odd", Size: 4096, State: live.StateComing, Address: 0xffffffffc0000000, Taint: "OE+"},
		{Name: "leaving", Size: 4096, State: live.StateGoing, Address: 0xffffffffc0000000},
		{Name: "fixed", Size: 4096, Refcount: 1, Permanent: true, State: live.StateLive, Address: 0xffffffffc0000000},
		{Name: "nounload", Size: 4096, Refcount: -1, State: live.StateLive, Address: 0xffffffffc0000000},
		{Name: "short", Size: 100, State: live.StateLive},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%+v, want\n%+v", got, want)
	}
}

// TestLoadedOdd: a row that cannot be read hides no other one.
func TestLoadedOdd(t *testing.T) {
	k := fileKernel{proc: fstest.MapFS{"modules": {Data: []byte("just two\n" + procModules)}}, sys: fstest.MapFS{}}
	var rows, errs int
	for m, err := range live.Loaded(k) {
		switch {
		case err == nil && m.Name != "":
			rows++
		case errors.Is(err, live.ErrRow):
			errs++
		}
	}
	if rows != 7 || errs != 1 {
		t.Errorf("%d rows, %d errors", rows, errs)
	}
	rows, errs = 0, 0
	for m, err := range live.Modules(k) {
		switch {
		case err == nil && m.Name != "":
			rows++
		case m == nil && errors.Is(err, live.ErrRow):
			errs++
		}
	}
	if rows != 7 || errs != 1 {
		t.Errorf("without sysfs: %d modules, %d errors", rows, errs)
	}
	if got, err := live.StatusOf(k, "xfs"); got != live.StatusLive || err != nil {
		t.Errorf("xfs is %v, %v", got, err)
	}
	if got, err := live.StatusOf(k, "gone"); got != live.StatusUnknown || !errors.Is(err, live.ErrRow) {
		t.Errorf("what may stand in that row is %v, %v", got, err)
	}
	m, err := live.Open(k, "libcrc32c")
	if err != nil {
		t.Fatal(err)
	}
	if n, err := m.Refcount(); n != 2 || err != nil {
		t.Errorf("the count is %d, %v", n, err)
	}
	for m := range live.Loaded(k) {
		if m.Name != "" {
			t.Error("the iteration goes on")
		}
		break
	}
}

// TestNoModuleSupport: a kernel without modules has no /proc/modules, and /sys/module has
// only the parameters of what is built in, which nobody looks at.
func TestNoModuleSupport(t *testing.T) {
	for name, kernel := range map[string]fileKernel{
		"empty": {proc: fstest.MapFS{}, sys: fstest.MapFS{}},
		"real": {proc: fstest.MapFS{"sys/kernel/osrelease": {}}, sys: fstest.MapFS{
			"module/printk/parameters/time": {Data: []byte("Y\n")},
			"module/odd/initstate":          {Data: []byte("live\n")},
		}},
	} {
		for m, err := range live.Loaded(kernel) {
			t.Errorf("%s: got %v, %v", name, m, err)
		}
	}
}

// TestStatusFiles: the status comes from sysfs, and without sysfs from
// /proc/modules.
func TestStatusFiles(t *testing.T) {
	k := fileKernel{proc: fstest.MapFS{"modules": {Data: []byte(procModules)}}, sys: fstest.MapFS{
		"module/live/initstate":     {Data: []byte("live\n")},
		"module/coming/initstate":   {Data: []byte("coming\n")},
		"module/going/initstate":    {Data: []byte("going\n")},
		"module/builtin/parameters": {Mode: fs.ModeDir},
		"module/vanishing/refcnt":   {Data: []byte("0\n")},
	}}
	kernel := k
	want := map[string]live.Status{"live": live.StatusLive, "coming": live.StatusComing, "going": live.StatusGoing,
		"builtin": live.StatusBuiltin, "vanishing": live.StatusGoing, "absent": live.StatusAbsent, "xfs": live.StatusAbsent}
	for name, status := range want {
		if got, err := live.StatusOf(kernel, name); got != status || err != nil {
			t.Errorf("%s is %v, %v, want %v", name, got, err, status)
		}
	}
	if got, err := live.StatusOf(fileKernel{proc: fstest.MapFS{}, sys: fstest.MapFS{}}, "xfs"); got != live.StatusUnknown || err != nil {
		t.Errorf("without any files xfs is %v, %v", got, err)
	}
	k.sys = fstest.MapFS{}
	kernel = k
	for name, status := range map[string]live.Status{"xfs": live.StatusLive, "odd": live.StatusComing, "leaving": live.StatusGoing} {
		if got, err := live.StatusOf(kernel, name); got != status || err != nil {
			t.Errorf("without sysfs %s is %v, %v, want %v", name, got, err, status)
		}
	}
}
