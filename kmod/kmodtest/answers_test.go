package kmodtest_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/kmod/kmodtest"
	"github.com/gokmod/gokmod/kmod/live"
	"github.com/gokmod/gokmod/kmod/uevent"
)

// onDisk writes a file and opens it.
func onDisk(t *testing.T, data []byte) *os.File {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// listing writes what a directory has, and an error.
func listing(entries []fs.DirEntry, err error) string {
	var b strings.Builder
	for _, e := range entries {
		b.WriteString(fs.FormatDirEntry(e) + " ")
	}
	return b.String() + fmt.Sprint(err)
}

// TestAnswers: the kernel's answer for each of its states and each form of a
// file.
func TestAnswers(t *testing.T) {
	plain := image("a", nil, nil)
	signed := modtest.Named("a", nil, nil)
	signed.Signature = []byte("sig\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x03~Module signature appended~\n")
	gz := append([]byte("\x1f\x8b\x08"), plain...)
	nameless := modtest.Named("", nil, nil)
	nameless.Modinfo = []string{"license=GPL"}
	const locked, enforced = "integrity", "enforced"
	for _, test := range []struct {
		name        string
		set         func(k *kmodtest.Kernel)
		data        []byte
		params      string
		flags       live.InsertFlags
		finit, init error
	}{
		{"plain", nil, plain, "", 0, nil, nil},
		{"no finit_module", func(k *kmodtest.Kernel) { k.NoFinit = true }, plain, "", 0, syscall.ENOSYS, nil},
		{"no capability", func(k *kmodtest.Kernel) { k.NoCapability = true }, plain, "", 0, syscall.EPERM, syscall.EPERM},
		{"disabled", func(k *kmodtest.Kernel) { k.ModulesDisabled = true }, plain, "", 0, syscall.EPERM, syscall.EPERM},
		{"empty", nil, nil, "", 0, syscall.EINVAL, syscall.ENOEXEC},
		{"text", nil, []byte("text"), "", 0, syscall.ENOEXEC, syscall.ENOEXEC},
		{"packed", nil, gz, "", 0, syscall.ENOEXEC, syscall.ENOEXEC},
		{"packed, said so", nil, gz, "", live.CompressedFile, syscall.EOPNOTSUPP, syscall.ENOEXEC},
		{"NUL in the parameters", nil, plain, "a\x00b", 0, syscall.EINVAL, syscall.EINVAL},
		{"built in", func(k *kmodtest.Kernel) { k.Builtin = []string{"a"} }, plain, "", 0, syscall.EEXIST, syscall.EEXIST},
		{"unsigned", func(k *kmodtest.Kernel) { k.Lockdown = locked }, plain, "", 0, syscall.EPERM, syscall.EPERM},
		{"unsigned, confidentiality", func(k *kmodtest.Kernel) { k.Lockdown = "confidentiality" }, plain, "", 0,
			syscall.EPERM, syscall.EPERM},
		{"unsigned, not locked", func(k *kmodtest.Kernel) { k.Lockdown = "none" }, plain, "", 0, nil, nil},
		{"signed", func(k *kmodtest.Kernel) { k.Lockdown, k.SigEnforce = locked, true }, signed.Build(), "", 0, nil, nil},
		{"blacklisted", func(k *kmodtest.Kernel) { k.Cmdline = "module_blacklist=a" }, plain, "", 0,
			syscall.EPERM, syscall.EPERM},
		{"another blacklisted", func(k *kmodtest.Kernel) { k.Cmdline = "module_blacklist=b" }, plain, "", 0, nil, nil},
		{"vermagic", func(k *kmodtest.Kernel) { k.Vermagic = "x " }, plain, "", 0, syscall.ENOEXEC, syscall.ENOEXEC},
		{"vermagic ignored", func(k *kmodtest.Kernel) { k.Vermagic = "x " }, plain, "", live.IgnoreVermagic,
			nil, syscall.ENOEXEC},
		{"versions ignored", func(k *kmodtest.Kernel) { k.Vermagic = "x " }, plain, "", live.IgnoreModversions,
			syscall.ENOEXEC, syscall.ENOEXEC},
	} {
		for _, call := range []string{"finit_module", "init_module"} {
			k := kmodtest.New("6.1.0-test")
			if test.set != nil {
				test.set(k)
			}
			want, err := test.init, error(nil)
			if call == "finit_module" {
				want, err = test.finit, k.FinitModule(onDisk(t, test.data), test.params, test.flags)
			} else {
				err = k.InitModule(test.data, test.params)
			}
			if !errors.Is(err, want) || (err == nil) != slices.Equal(k.Modules(), []string{"a"}) {
				t.Errorf("%s, %s: %v, want %v", call, test.name, err, want)
			}
			calls := k.Calls()
			if want := (kmodtest.Call{Name: call, Params: test.params, Err: err}); len(calls) != 1 ||
				calls[0].Name != want.Name || calls[0].Params != want.Params || calls[0].Err != want.Err {
				t.Errorf("%s, %s: the calls are %v", call, test.name, calls)
			}
		}
	}
}

// TestRemovalRefused: a kernel that refuses removals removes nothing.
func TestRemovalRefused(t *testing.T) {
	for name, set := range map[string]func(k *kmodtest.Kernel){
		"no capability": func(k *kmodtest.Kernel) { k.NoCapability = true },
		"disabled":      func(k *kmodtest.Kernel) { k.ModulesDisabled = true },
	} {
		k := stateful(t)
		set(k)
		for _, module := range []string{"user", "base", "nosuch"} {
			if err := k.DeleteModule(module, 0); err != syscall.EPERM {
				t.Errorf("%s: removing %s: %v", name, module, err)
			}
		}
		if got := k.Modules(); !slices.Equal(got, []string{"base", "user"}) {
			t.Errorf("%s: the kernel has %v", name, got)
		}
	}
}

// TestUse: a module is used once by each user, however many symbols the user needs,
// and free when all users have gone.
func TestUse(t *testing.T) {
	k := kmodtest.New("6.1.0-test")
	base, two := image("base", []string{"f", "g"}, nil), image("two", nil, []string{"f", "g"})
	one := image("one", nil, []string{"g"})
	if err := errors.Join(k.InitModule(base, "x=1"), k.InitModule(two, ""), k.InitModule(one, "")); err != nil {
		t.Fatal(err)
	}
	refcnt := func() string {
		text, _ := fs.ReadFile(k.Sys(), "module/base/refcnt")
		return strings.TrimSpace(string(text))
	}
	k.Hold("base", 2)
	k.Hold("base", -5)
	if got := refcnt(); got != "2" {
		t.Errorf("the count is %s", got)
	}
	k.Hold("base", 3)
	if got := refcnt(); got != "5" {
		t.Errorf("held, the count is %s", got)
	}
	k.Hold("base", -3)
	for _, module := range []string{"two", "one", "base"} {
		if err := k.DeleteModule(module, 0); err != nil {
			t.Errorf("remove %s: %v", module, err)
		}
	}
	if k.Params("base") != "" || k.Params("nosuch") != "" || len(k.Modules()) != 0 {
		t.Errorf("left are %v, %q", k.Modules(), k.Params("base"))
	}
	if err := errors.Join(k.InitModule(image("rival", []string{"f"}, nil), ""), k.InitModule(two, "y=2")); err != nil {
		t.Errorf("its exports are free: %v", err)
	}
	if k.Params("two") != "y=2" {
		t.Errorf("the parameters are %q", k.Params("two"))
	}
}

// TestNeeds: symbols of the kernel image, of modules and weak ones.
func TestNeeds(t *testing.T) {
	for _, test := range []struct {
		symbols []string
		needs   string
		depends string
		want    error
	}{
		{nil, "x", "", nil}, {nil, "x", "gone", syscall.ENOENT}, {nil, "x", "base", nil}, {nil, "x", "in-side", nil},
		{[]string{}, "x", "", syscall.ENOENT}, {[]string{"x"}, "x", "gone", nil}, {[]string{"x"}, "x y", "", syscall.ENOENT},
		{[]string{}, "f", "", nil}, {[]string{}, ".f", "", nil}, {[]string{"x"}, ".x", "", nil},
		{[]string{}, "module_layout __this_module", "", nil},
	} {
		k := kmodtest.New("6.1.0-test")
		k.Symbols, k.Builtin = test.symbols, []string{"in_side"}
		if err := k.InitModule(image("base", []string{"f"}, nil), ""); err != nil {
			t.Fatal(err)
		}
		m := modtest.Named("a", nil, strings.Fields(test.needs))
		m.Modinfo = append(m.Modinfo, "depends="+test.depends)
		m.Needed = append(m.Needed, modtest.Needed{Name: "nowhere", Weak: true})
		if err := k.InitModule(m.Build(), ""); !errors.Is(err, test.want) {
			t.Errorf("%+v: %v", test, err)
		}
	}
}

// TestStateFiles: the files that show the kernel's settings and features.
func TestStateFiles(t *testing.T) {
	plain := kmodtest.New("6.1.0-test")
	k := stateful(t)
	k.Cmdline, k.ModulesDisabled, k.NoCapability, k.SigEnforce = "quiet x=1", true, true, true
	k.Symbols = []string{"printk"}
	k.Lockdown = "confidentiality"
	for _, test := range []struct {
		fsys fs.FS
		file string
		want string // "" for no such file
	}{
		{plain.Proc(), "sys/kernel/osrelease", "6.1.0-test\n"},
		{plain.Proc(), "sys/kernel/modules_disabled", "0\n"},
		{plain.Proc(), "cmdline", "\n"},
		{plain.Proc(), "self/status", "Name:\ttest\nCapInh:\t0000000000000000\nCapEff:\t000001ffffffffff\n"},
		{plain.Proc(), "kallsyms", ""},
		{plain.Sys(), "kernel/security/lockdown", ""},
		{plain.Sys(), "module/compression", ""},
		{plain.Sys(), "module/module/parameters/sig_enforce", ""},
		{k.Proc(), "sys/kernel/modules_disabled", "1\n"},
		{k.Proc(), "cmdline", "quiet x=1\n"},
		{k.Proc(), "self/status", "Name:\ttest\nCapInh:\t0000000000000000\nCapEff:\t0000000000000000\n"},
		{k.Proc(), "kallsyms", "0000000000000000 r __ksymtab_module_layout\n0000000000000000 r __ksymtab_printk\n" +
			"0000000000000000 t fn\t[base]\n"},
		{k.Sys(), "kernel/security/lockdown", "none integrity [confidentiality]\n"},
		{k.Sys(), "module/compression", "xz\n"},
		{k.Sys(), "module/module/parameters/sig_enforce", "Y\n"},
		{k.Sys(), "module/user/refcnt", "0\n"},
		{k.Sys(), "module/user/version", ""},
		{k.Sys(), "module/user/parameters", ""},
		{k.Sys(), "module/base/holders/other", ""},
		{k.Sys(), "module/base/parameters/none", ""},
	} {
		got, err := fs.ReadFile(test.fsys, test.file)
		if string(got) != test.want || (err == nil) != (test.want != "") || err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s is %q, %v", test.file, got, err)
		}
	}
	names := func(dir string) string {
		return listing(fs.ReadDir(k.Sys(), dir))
	}
	if got := names("module"); got != "d base/ - compression d inside/ d module/ d user/ <nil>" {
		t.Errorf("/sys/module has %s", got)
	}
}

// TestModes: the information about files of both kinds.
func TestModes(t *testing.T) {
	k := stateful(t)
	for _, test := range []struct {
		fsys fs.FS
		file string
		want string
	}{
		{k.Sys(), ".", ". drwxr-xr-x 0"}, {k.Proc(), "sys", "sys drwxr-xr-x 0"},
		{k.Sys(), "module/inside", "inside drwxr-xr-x 0"},
		{k.Sys(), "module/base/refcnt", "refcnt -r--r--r-- 4096"}, {k.Sys(), "module/base/parameters/n", "n -rw-r--r-- 4096"},
		{k.Proc(), "modules", "modules -r--r--r-- 0"},
	} {
		info, err := fs.Stat(test.fsys, test.file)
		if err != nil {
			t.Fatal(err)
		}
		f, err := test.fsys.Open(test.file)
		if err != nil {
			t.Fatal(err)
		}
		opened, _ := f.Stat()
		for _, i := range []fs.FileInfo{info, opened} {
			got := fmt.Sprint(i.Name(), " ", i.Mode(), " ", i.Size())
			if got != test.want || i.Sys() != nil || !i.ModTime().IsZero() {
				t.Errorf("%s is %s, want %s", test.file, got, test.want)
			}
		}
		if i, _ := f.Stat(); i.IsDir() {
			if _, err := f.Read(make([]byte, 1)); !errors.As(err, new(*fs.PathError)) {
				t.Errorf("reading %s: %v", test.file, err)
			}
		}
		f.Close()
	}
	f, err := k.Sys().Open("module")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"d base/ - compression <nil>", "d inside/ d user/ <nil>", "EOF"} {
		if got := listing(f.(fs.ReadDirFile).ReadDir(2)); got != want {
			t.Errorf("two at a time: %s, want %s", got, want)
		}
	}
	if _, err := k.Sys().Open("/module"); !errors.Is(err, fs.ErrInvalid) {
		t.Errorf("an invalid path: %v", err)
	}
}

// TestLogSize: the log keeps as many records as LogSize says, 1,000 by default.
func TestLogSize(t *testing.T) {
	for size, want := range map[int]int{0: 1000, 1: 1, 7: 7} {
		k := kmodtest.New("6.1.0-test")
		k.LogSize = size
		log, err := k.OpenLog()
		if err != nil {
			t.Fatal(err)
		}
		for i := range want {
			k.Print(fmt.Sprint(i))
		}
		if got := k.Log(); len(got) != want || got[0] != "0" {
			t.Errorf("room for %d: %d records, from %s", size, len(got), got[0])
		}
		if r, err := log.ReadRecord(); r != "4,0,1000,-;0\n" || err != nil {
			t.Errorf("room for %d: the first is %q, %v", size, r, err)
		}
		k.Print("last")
		if got := k.Log(); len(got) != want || got[want-1] != "last" || want > 1 && got[0] != "1" {
			t.Errorf("room for %d, and one more: %d records", size, len(got))
		}
	}
	k := kmodtest.New("6.1.0-test")
	log, _ := k.OpenLog()
	k.Print(" ~\x1f\x7f\\")
	if r, _ := log.ReadRecord(); r != "4,0,1000,-; ~\\x1f\\x7f\\x5c\n" {
		t.Errorf("the record is %q", r)
	}
}

// TestEventsOf: events of devices come in order and with their numbers.
func TestEventsOf(t *testing.T) {
	k := kmodtest.New("6.1.0-test")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	k.Plug(uevent.Device{Devpath: "/devices/early", Modalias: "x:0"})
	events := k.Events(ctx)
	a := uevent.Device{Devpath: "/devices/a", Modalias: "x:a"}
	k.Plug(a, uevent.Device{Devpath: "/elsewhere/b", Modalias: "x:b"})
	k.Unplug("/devices/none")
	k.Unplug("/devices/a")
	var got []string
	for e, err := range events {
		got = append(got, fmt.Sprint(e.Action, " ", e.Devpath, " ", e.Modalias, " ", e.Seqnum, " ", e.Env, " ", err))
		if len(got) == 3 {
			break
		}
	}
	want := []string{
		"add /devices/a x:a 2 [{ACTION add} {DEVPATH /devices/a} {MODALIAS x:a} {SEQNUM 2}] <nil>",
		"add /elsewhere/b x:b 3 [{ACTION add} {DEVPATH /elsewhere/b} {MODALIAS x:b} {SEQNUM 3}] <nil>",
		"remove /devices/a x:a 4 [{ACTION remove} {DEVPATH /devices/a} {MODALIAS x:a} {SEQNUM 4}] <nil>",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
	if got := listing(fs.ReadDir(k.Sys(), "devices")); got != "d early/ <nil>" {
		t.Errorf("/sys/devices has %s", got)
	}
	lost := k.Events(ctx)
	k.Plug(a)
	k.LoseEvents()
	k.Unplug(a.Devpath)
	got = nil
	for e, err := range lost {
		got = append(got, fmt.Sprint(e.Action, err))
		if len(got) == 2 {
			cancel()
		}
	}
	if want := []string{"remove<nil>", uevent.ErrGap.Error(), context.Canceled.Error()}; !slices.Equal(got, want) {
		t.Errorf("after a loss: %q", got)
	}
}

// TestTreeKernel: a tree's kernel accepts the tree's modules, and no others.
func TestTreeKernel(t *testing.T) {
	tree := &kmodtest.Tree{Release: "7.0-x", Modules: []kmodtest.Module{{Name: "in-side", Builtin: true}, {Name: "a-b"}}}
	files, err := tree.FS()
	if err != nil {
		t.Fatal(err)
	}
	k := tree.Kernel()
	if k.Release != "7.0-x" || !slices.Equal(k.Builtin, []string{"in_side"}) || len(k.Modules()) != 0 {
		t.Errorf("the kernel is %s with %v", k.Release, k.Builtin)
	}
	err = k.InitModule(files["lib/modules/7.0-x/kernel/a-b.ko"].Data, "")
	if err != nil || !slices.Equal(k.Modules(), []string{"a_b"}) {
		t.Errorf("its own module: %v", err)
	}
	if err := k.InitModule(image("b", nil, nil), ""); err != syscall.ENOEXEC {
		t.Errorf("another's: %v", err)
	}
	dir := t.TempDir()
	if err := tree.Write(dir); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(dir, "lib/modules/7.0-x/kernel/a-b.ko"))
	if err != nil || !bytes.Equal(got, files["lib/modules/7.0-x/kernel/a-b.ko"].Data) {
		t.Errorf("on disk: %v", err)
	}
	if err := tree.Write(dir); err == nil {
		t.Error("files were overwritten")
	}
}
