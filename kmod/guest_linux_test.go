package kmod_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/gokmod/gokmod/internal/decompress"
	"github.com/gokmod/gokmod/internal/elfmod"
	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/diagnose"
	"github.com/gokmod/gokmod/kmod/kmodtest/vm"
	"github.com/gokmod/gokmod/kmod/live"
	"github.com/gokmod/gokmod/modinfo"
)

// guestLoader is a loader for the running kernel of the guest.
func guestLoader(t *testing.T) *kmod.Loader {
	t.Helper()
	vm.RequireGuest(t)
	return kmod.NewLoader(dbtest.Open(t, nil), &kmod.LoaderConfig{Explain: diagnose.Explainer()})
}

// stack is a module with one that it needs, which exports symbol to it.
type stack struct {
	top, alias, below, symbol string
	first                     []string // what the init of below looks for at once
}

// guestStack returns a stack that the kernel has: in older kernels xfs needs a module for
// checksums.
func guestStack(t *testing.T, db *kmod.DB) stack {
	t.Helper()
	if _, err := db.Module("libcrc32c"); err == nil {
		return stack{"xfs", "fs-xfs", "libcrc32c", "crc32c", []string{"crc32c_generic"}}
	}
	return stack{top: "can_raw", alias: "can-proto-1", below: "can", symbol: "can_rx_register"}
}

// all are the names of its modules, in the order in which they load.
func (s stack) all() []string { return append(slices.Clone(s.first), s.below, s.top) }

// wanted are the names that load all of them.
func (s stack) wanted() []string { return append(slices.Clone(s.first), s.top) }

// unwanted are the names that unload all of them.
func (s stack) unwanted() []string { return append([]string{s.top}, s.first...) }

// missing reports whether an error says that the symbol is missing.
func (s stack) missing(err error) bool {
	_, symbols, ok := strings.Cut(fmt.Sprint(err), "missing: ")
	return ok && strings.Contains(symbols, s.symbol)
}

// isLive checks the status and the row among the loaded modules.
func isLive(t *testing.T, loader *kmod.Loader, name string, want bool) {
	t.Helper()
	status, err := loader.Status(name)
	if err != nil || (status == kmod.StatusLive) != want {
		t.Errorf("status of %s is %v, %v", name, status, err)
	}
	found := false
	for m, err := range live.Loaded(loader.Kernel()) {
		if err != nil {
			t.Fatal(err)
		}
		if m.Name == name {
			found = m.State == live.StateLive && m.Size > 0
		}
	}
	if found != want {
		t.Errorf("%s among the loaded modules: %v, want %v", name, found, want)
	}
}

// load inserts modules with their dependencies.
func load(t *testing.T, loader *kmod.Loader, names ...string) *kmod.Result {
	t.Helper()
	result, err := loader.Load(context.Background(), names...)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// unload removes a module with what it alone used.
func unload(t *testing.T, loader *kmod.Loader, names ...string) []string {
	t.Helper()
	var all []string
	for _, name := range names {
		result, err := loader.Unload(context.Background(), nil, name)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, result.Removed()...)
	}
	return all
}

// recorder is the running kernel that notes by which call modules come.
type recorder struct {
	live.Host
	calls []string
}

func (r *recorder) FinitModule(file *os.File, params string, flags live.InsertFlags) error {
	r.calls = append(r.calls, fmt.Sprintf("finit_module %d", flags))
	return r.Host.FinitModule(file, params, flags)
}

func (r *recorder) InitModule(image []byte, params string) error {
	r.calls = append(r.calls, "init_module")
	return r.Host.InitModule(image, params)
}

// TestGuestUnpacking: a kernel that can unpack the files of its distribution gets them as
// they are, if so configured.
func TestGuestUnpacking(t *testing.T) {
	db := guestLoader(t).DB()
	m, err := db.Module("dummy")
	if err != nil {
		t.Fatal(err)
	}
	want := map[kmod.Unpack]string{kmod.UnpackKernel: "finit_module 0", kmod.UnpackSelf: "finit_module 0"}
	if strings.HasSuffix(m.Path, ".ko.xz") {
		if codec, err := os.ReadFile("/sys/module/compression"); err != nil || string(codec) != "xz\n" {
			t.Fatalf("the kernel unpacks %q, %v", codec, err)
		}
		want = map[kmod.Unpack]string{kmod.UnpackKernel: "finit_module 4", kmod.UnpackSelf: "init_module"}
	}
	for unpack, call := range want {
		kernel := &recorder{}
		loader := kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: kernel, Unpack: unpack})
		load(t, loader, "dummy")
		unload(t, loader, "dummy")
		if !slices.Equal(kernel.calls, []string{call}) {
			t.Errorf("calls are %v, want %s", kernel.calls, call)
		}
	}
}

// TestGuestStack loads a module with what it needs.
func TestGuestStack(t *testing.T) {
	loader := guestLoader(t)
	s := guestStack(t, loader.DB())
	load(t, loader, s.first...)
	result := load(t, loader, s.top)
	if !slices.Equal(result.Inserted(), []string{s.below, s.top}) {
		t.Errorf("inserted %v", result.Inserted())
	}
	for _, name := range s.all() {
		isLive(t, loader, name, true)
	}
	again := load(t, loader, s.alias)
	if len(again.Inserted()) != 0 || again.Steps[len(again.Steps)-1].Outcome != kmod.OutcomeLive {
		t.Errorf("the second time %v", again.Steps)
	}
	err := loader.Remove(t.Context(), s.below, 0)
	if !errors.Is(err, kmod.ErrInUse) || !strings.Contains(err.Error(), "in use by "+s.top) {
		t.Errorf("removing a used module: %v", err)
	}
	want := append([]string{s.top, s.below}, s.first...)
	if removed := unload(t, loader, s.unwanted()...); !slices.Equal(removed, want) {
		t.Errorf("removed %v", removed)
	}
	for _, name := range s.all() {
		isLive(t, loader, name, false)
	}
	if status, err := loader.Status(s.top); status != kmod.StatusLoadable || err != nil {
		t.Errorf("%s is %v, %v", s.top, status, err)
	}
}

// TestGuestXFS: the kernel has what a module registers.
func TestGuestXFS(t *testing.T) {
	loader := guestLoader(t)
	s := guestStack(t, loader.DB())
	load(t, loader, s.first...)
	load(t, loader, "xfs")
	defer unload(t, loader, append([]string{"xfs"}, s.first...)...)
	filesystems, err := os.ReadFile("/proc/filesystems")
	if err != nil || !strings.Contains(string(filesystems), "\txfs\n") {
		t.Errorf("the kernel does not know the file system xfs: %v", err)
	}
}

func TestGuestParameters(t *testing.T) {
	loader := guestLoader(t)
	plan, err := loader.DB().PlanRequests(nil, kmod.Request{Name: "loop", Params: "max_loop=7 max_part=3"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := loader.Run(context.Background(), plan, nil); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"max_loop": "7", "max_part": "3"} {
		got, err := os.ReadFile("/sys/module/loop/parameters/" + name)
		if err != nil || strings.TrimSpace(string(got)) != want {
			t.Errorf("%s is %q, %v, want %s", name, got, err, want)
		}
	}
	isLive(t, loader, "loop", true)
	unload(t, loader, "loop")
	isLive(t, loader, "loop", false)
}

// uncompressed returns the image of a module of the guest.
func uncompressed(t *testing.T, loader *kmod.Loader, name string) []byte {
	t.Helper()
	m, err := loader.DB().Module(name)
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(m.Path)
	if err == nil {
		file, err = decompress.Bytes(nil, file, 1<<30)
	}
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// write makes a file in a temporary directory and returns its path.
func write(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestGuestCompressed inserts files that the kernel itself cannot unpack, and
// xz files with and without what its decoder needs.
func TestGuestCompressed(t *testing.T) {
	loader := guestLoader(t)
	image := uncompressed(t, loader, "dummy")
	for ext := range dbtest.Encoders {
		if ext == "arm64.xz" {
			continue // the writer does not encode what looks like code of that machine
		}
		path := write(t, "dummy.ko."+ext, dbtest.Compress(t, ext, image))
		if err := loader.Insert(t.Context(), path, "numdummies=2", 0); err != nil {
			t.Errorf("%s: %v", ext, err)
			continue
		}
		isLive(t, loader, "dummy", true)
		if _, err := os.Stat("/sys/class/net/dummy1"); err != nil {
			t.Errorf("%s: the parameter had no effect: %v", ext, err)
		}
		unload(t, loader, "dummy")
		isLive(t, loader, "dummy", false)
	}
}

// repackedTree copies the indexes and some modules of the guest to a separate root, every
// module compressed as ext says, under its old name.
func repackedTree(t *testing.T, db *kmod.DB, ext string, modules ...string) string {
	t.Helper()
	root := t.TempDir()
	indexes, err := filepath.Glob(filepath.Join(db.Dir(), "modules.*.bin"))
	if err != nil {
		t.Fatal(err)
	}
	indexes = append(indexes, filepath.Join(db.Dir(), "modules.softdep"))
	files := map[string][]byte{}
	for _, name := range indexes {
		if files[name], err = os.ReadFile(name); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range modules {
		m, err := db.Module(name)
		if err != nil {
			t.Fatal(err)
		}
		files[m.Path] = dbtest.Compress(t, ext, uncompressed(t, kmod.NewLoader(db, nil), name))
	}
	for name, data := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// TestGuestCompressedTree loads modules with dependencies, and one with
// parameters, from a tree of files that the kernel cannot unpack.
func TestGuestCompressedTree(t *testing.T) {
	guestDB := guestLoader(t).DB()
	s := guestStack(t, guestDB)
	all := append(s.all(), "loop")
	for _, ext := range []string{"gz", "zst", "lz4"} {
		root := repackedTree(t, guestDB, ext, all...)
		loader := kmod.NewLoader(dbtest.Open(t, &kmod.Config{Root: root}), nil)
		var requests []kmod.Request
		for _, name := range append(slices.Clone(s.first), s.alias) {
			requests = append(requests, kmod.Request{Name: name})
		}
		plan, err := loader.DB().PlanRequests(nil, append(requests, kmod.Request{Name: "loop", Params: "max_loop=5"})...)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := loader.Run(context.Background(), plan, nil); err != nil {
			t.Fatalf("%s: %v", ext, err)
		}
		for _, name := range all {
			isLive(t, loader, name, true)
		}
		if got, err := os.ReadFile("/sys/module/loop/parameters/max_loop"); err != nil || string(got) != "5\n" {
			t.Errorf("%s: max_loop is %q, %v", ext, got, err)
		}
		unload(t, loader, append([]string{s.top, "loop"}, s.first...)...)
		for _, name := range all {
			isLive(t, loader, name, false)
		}
	}
}

// patched returns an unsigned copy of an image with one string in it replaced.
func patched(t *testing.T, image []byte, old, new string) []byte {
	t.Helper()
	info, err := modinfo.Read(bytes.NewReader(image), int64(len(image)))
	if err != nil {
		t.Fatal(err)
	}
	if info.Signature != nil {
		image = image[:info.Signature.SignedSize]
	}
	if bytes.Count(image, []byte(old)) != 1 || len(old) != len(new) {
		t.Fatalf("%q stands %d times in the module", old, bytes.Count(image, []byte(old)))
	}
	return bytes.Replace(image, []byte(old), []byte(new), 1)
}

// TestGuestVermagic: a module with a wrong vermagic goes in with force and
// fails without, by either system call.
func TestGuestVermagic(t *testing.T) {
	loader := guestLoader(t)
	image := patched(t, uncompressed(t, loader, "dummy"), " mod_unload ", " mod_UNLOAD ")
	for _, path := range []string{write(t, "dummy.ko", image), write(t, "dummy.ko.lz4", dbtest.Compress(t, "lz4", image))} {
		err := loader.Insert(t.Context(), path, "", 0)
		if !errors.Is(err, kmod.ErrVermagic) || !errors.Is(err, syscall.ENOEXEC) || !strings.Contains(err.Error(), "mod_UNLOAD") {
			t.Errorf("without force: %v", err)
		}
		if err := loader.Insert(t.Context(), path, "", live.IgnoreModversions); !errors.Is(err, kmod.ErrVermagic) {
			t.Errorf("with the other flag: %v", err)
		}
		isLive(t, loader, "dummy", false)
		if err := loader.Insert(t.Context(), path, "", live.IgnoreVermagic); err != nil {
			t.Errorf("with force: %v", err)
		}
		isLive(t, loader, "dummy", true)
		for m := range live.Loaded(loader.Kernel()) {
			if m.Name == "dummy" && !strings.Contains(m.Taint, "F") {
				t.Errorf("the kernel does not call it forced: %+v", m)
			}
		}
		unload(t, loader, "dummy")
	}
}

// wrongVersion returns an unsigned copy of an image with the version of one
// needed symbol changed, or nil where the kernel has no versions.
func wrongVersion(t *testing.T, image []byte) []byte {
	t.Helper()
	f, err := elfmod.NewBytes(image)
	if err != nil {
		t.Fatal(err)
	}
	section := f.Section("__versions")
	if section == nil {
		return nil
	}
	at := section.Offset
	for string(bytes.TrimRight(image[at+8:at+64], "\x00")) == "module_layout" {
		at += 64
	}
	image = patched(t, image, " mod_unload ", " mod_unload ") // unsigned
	binary.LittleEndian.PutUint64(image[at:], 0x12345678)
	return image
}

// TestGuestModversions is TestGuestVermagic for symbol versions.
func TestGuestModversions(t *testing.T) {
	loader := guestLoader(t)
	image := wrongVersion(t, uncompressed(t, loader, "dummy"))
	if image == nil {
		t.Log("the kernel's symbols have no versions")
		return
	}
	for _, path := range []string{write(t, "dummy.ko", image), write(t, "dummy.ko.gz", dbtest.Compress(t, "gz", image))} {
		if err := loader.Insert(t.Context(), path, "", 0); !errors.Is(err, kmod.ErrInvalid) {
			t.Errorf("without force: %v", err)
		}
		if err := loader.Insert(t.Context(), path, "", live.IgnoreVermagic); !errors.Is(err, kmod.ErrInvalid) {
			t.Errorf("with the other flag: %v", err)
		}
		if err := loader.Insert(t.Context(), path, "", live.IgnoreModversions); err != nil {
			t.Errorf("with force: %v", err)
		}
		isLive(t, loader, "dummy", true)
		unload(t, loader, "dummy")
	}
}

// TestGuestRefused: what the kernel refuses can be told apart.
func TestGuestRefused(t *testing.T) {
	loader := guestLoader(t)
	s := guestStack(t, loader.DB())
	top := modulePath(t, loader, s.top)
	if err := loader.Insert(t.Context(), top, "", 0); !s.missing(err) {
		t.Errorf("the missing symbol is not named: %v", err)
	}
	foreign := patched(t, uncompressed(t, loader, "dummy"), " mod_unload ", " mod_unload ")
	foreign[18], foreign[19] = 183, 0 // EM_AARCH64
	type refused struct {
		name, path string
		want       error
		errno      syscall.Errno
	}
	tests := []refused{
		{"dependency missing", top, kmod.ErrUnknownSymbol, syscall.ENOENT},
		{"text", write(t, "text.ko", []byte("this is no module")), kmod.ErrIncompatible, syscall.ENOEXEC},
		{"cut off", write(t, "cut.ko", uncompressed(t, loader, "dummy")[:3000]), kmod.ErrIncompatible, syscall.ENOEXEC},
		{"other machine", write(t, "arm.ko", foreign), kmod.ErrIncompatible, syscall.ENOEXEC},
		{"bad xz", write(t, "bad.ko.xz", []byte("\xfd7zXZ\x00 but no more than that")), modinfo.ErrFormat, 0},
		{"absent", "/nowhere/a.ko", fs.ErrNotExist, 0},
		{"directory", "/tmp", nil, 0},
	}
	if s.first != nil {
		below := modulePath(t, loader, s.below)
		tests = append(tests, refused{"init looks for another module", below, kmod.ErrInit, syscall.ENOENT})
	}
	for _, test := range tests {
		err := loader.Insert(t.Context(), test.path, "", 0)
		var insert *kmod.Error
		if !failedTo(err, "insert", &insert) || insert.Errno != test.errno || test.want != nil && !errors.Is(err, test.want) {
			t.Errorf("%s: %v", test.name, err)
		}
		if test.errno == syscall.ENOENT && errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s reads as a missing file: %v", test.name, err)
		}
	}
	load(t, loader, "dummy")
	dummy, err := loader.DB().Module("dummy")
	if err != nil {
		t.Fatal(err)
	}
	if err := loader.Insert(t.Context(), dummy.Path, "", 0); !errors.Is(err, kmod.ErrExists) || !errors.Is(err, fs.ErrExist) {
		t.Errorf("the second insert: %v", err)
	}
	unload(t, loader, "dummy")
	if err := loader.Remove(t.Context(), "dummy", 0); !errors.Is(err, kmod.ErrNotLoaded) {
		t.Errorf("the second removal: %v", err)
	}
}

// TestGuestUnprivileged inserts and removes without CAP_SYS_MODULE, in a separate
// process.
func TestGuestUnprivileged(t *testing.T) {
	if os.Getuid() == 0 {
		vm.RequireGuest(t)
		cmd := exec.Command(os.Args[0], "-test.run=^TestGuestUnprivileged$", "-test.v")
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		out, err := cmd.CombinedOutput()
		if err != nil || !bytes.Contains(out, []byte("--- PASS")) {
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}
	loader := guestLoader(t)
	_, err := loader.Load(context.Background(), "dummy")
	if !errors.Is(err, kmod.ErrCapability) || !errors.Is(err, fs.ErrPermission) {
		t.Errorf("insert: %v", err)
	}
	if err := loader.Remove(t.Context(), "dummy", 0); !errors.Is(err, kmod.ErrCapability) {
		t.Errorf("remove: %v", err)
	}
}

// TestGuestZLast makes the kernel refuse modules until reboot, so it must be the last test:
// first by lockdown, then by modules_disabled.
func TestGuestZLast(t *testing.T) {
	loader := guestLoader(t)
	unsigned := write(t, "dummy.ko", patched(t, uncompressed(t, loader, "dummy"), " mod_unload ", " mod_unload "))
	if err := os.WriteFile("/sys/kernel/security/lockdown", []byte("integrity"), 0); err != nil {
		t.Fatal(err)
	}
	if err := loader.Insert(t.Context(), unsigned, "", 0); !errors.Is(err, kmod.ErrLockdown) && !errors.Is(err, kmod.ErrSignature) {
		t.Errorf("an unsigned module under lockdown: %v", err)
	}
	load(t, loader, "brd") // signed
	if err := os.WriteFile("/proc/sys/kernel/modules_disabled", []byte("1"), 0); err != nil {
		t.Fatal(err)
	}
	if err := loader.Insert(t.Context(), unsigned, "", 0); !errors.Is(err, kmod.ErrModulesDisabled) {
		t.Errorf("insert with modules disabled: %v", err)
	}
	if err := loader.Remove(t.Context(), "brd", 0); !errors.Is(err, kmod.ErrModulesDisabled) {
		t.Errorf("remove with modules disabled: %v", err)
	}
}
