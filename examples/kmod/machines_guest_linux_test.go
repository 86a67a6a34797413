package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gokmod/gokmod/internal/decompress"
	"github.com/gokmod/gokmod/internal/elfmod"
	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/diagnose"
	"github.com/gokmod/gokmod/kmod/hotplug"
	"github.com/gokmod/gokmod/kmod/kmodtest/vm"
	"github.com/gokmod/gokmod/kmod/live"
	"github.com/gokmod/gokmod/modinfo"
)

// guestMachine is what the tests of a machine share.
type guestMachine struct {
	*kmod.Loader
	dummy []byte // the module, uncompressed and without a signature
}

// TestGuestMachine is what has to work on every architecture, by the tools and by the
// library.
func TestGuestMachine(t *testing.T) {
	vm.RequireGuest(t)
	g := &guestMachine{}
	t.Run("indexes", g.indexes)
	g.Loader = kmod.NewLoader(dbtest.Open(t, nil), &kmod.LoaderConfig{KernelLog: true, Explain: diagnose.Explainer()})
	g.dummy = g.unpacked(t, "dummy")
	for _, check := range []struct {
		name string
		run  func(*guestMachine, *testing.T)
	}{
		{"chain by tool", (*guestMachine).chainByTool},
		{"chain by library", (*guestMachine).chainByLibrary},
		{"in use", (*guestMachine).inUse},
		{"parameters by tool", (*guestMachine).parametersByTool},
		{"parameters by library", (*guestMachine).parametersByLibrary},
		{"compressed", (*guestMachine).compressed},
		{"forced", (*guestMachine).forced},
		{"of another architecture", (*guestMachine).foreign},
		{"unknown symbol", (*guestMachine).unknownSymbol},
		{"diagnosis of what loads", (*guestMachine).diagnosis},
		{"devices", (*guestMachine).devices},
	} {
		t.Run(check.name, func(t *testing.T) { check.run(g, t) })
	}
}

// unpacked returns a module's file, uncompressed and without its signature.
func (g *guestMachine) unpacked(t *testing.T, name string) []byte {
	t.Helper()
	m, err := g.DB().Module(name)
	if err != nil {
		t.Fatal(err)
	}
	image, err := os.ReadFile(m.Path)
	if err == nil {
		image, err = decompress.Bytes(nil, image, 1<<30)
	}
	if err != nil {
		t.Fatal(err)
	}
	info, err := modinfo.Read(bytes.NewReader(image), int64(len(image)))
	if err != nil {
		t.Fatal(err)
	}
	if info.Signature != nil {
		image = image[:info.Signature.SignedSize]
	}
	return image
}

// file makes a file in a temporary directory.
func (g *guestMachine) file(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// tool runs a tool, which has to print this on its two outputs, with its status.
func (g *guestMachine) tool(t *testing.T, command, want string) {
	t.Helper()
	if got := runIn(oursInGuest, strings.Fields(command)); got != want {
		t.Errorf("%s:\n%s\nwant:\n%s", command, got, want)
	}
}

// live checks which of the modules are live.
func (g *guestMachine) live(t *testing.T, want bool, names ...string) {
	t.Helper()
	for _, name := range names {
		if status, err := g.Status(name); err != nil || (status == kmod.StatusLive) != want {
			t.Errorf("%s is %v, %v", name, status, err)
		}
	}
}

// indexes makes index files of just the modules that the guest has, which the host
// compares.
func (g *guestMachine) indexes(t *testing.T) {
	g.tool(t, "depmod", "= 0\n")
	dir := dbtest.Open(t, nil).Dir()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name := strings.TrimPrefix(path, dir+"/")
		data, err := os.ReadFile(path)
		if modinfo.IsModuleFile(name) {
			fmt.Printf("\n%s%s\n", moduleMark, name)
		} else {
			fmt.Printf("\n%s%s %x\n", indexMark, name, sha256.Sum256(data))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// chain is a module after what it needs.
var chain = []string{"jbd2", "mbcache", "ext4"}

func (g *guestMachine) chainByTool(t *testing.T) {
	g.tool(t, "modprobe ext4", "= 0\n")
	g.live(t, true, chain...)
	if rows := runIn(oursInGuest, []string{"lsmod"}); !strings.Contains(rows, "\njbd2 ") || !strings.Contains(rows, " 1 ext4\n") {
		t.Errorf("lsmod:\n%s", rows)
	}
	g.tool(t, "rmmod jbd2", "rmmod: ERROR: Module jbd2 is in use by: ext4\n= 1\n")
	g.tool(t, "modprobe -r ext4", "= 0\n")
	g.live(t, false, chain...)
}

func (g *guestMachine) chainByLibrary(t *testing.T) {
	if _, err := g.Load(t.Context(), "fs-ext4"); err != nil {
		t.Fatal(err)
	}
	g.live(t, true, chain...)
	m, err := g.Live("jbd2")
	if err != nil {
		t.Fatal(err)
	}
	holders, err := m.Holders()
	if refcount, also := m.Refcount(); err != nil || also != nil || !slices.Equal(holders, []string{"ext4"}) || refcount != 1 {
		t.Errorf("jbd2 is used %d times, by %q, %v, %v", refcount, holders, err, also)
	}
	var inUse *kmod.InUseError
	if err := g.Remove(t.Context(), "jbd2", 0); !errors.As(err, &inUse) {
		t.Errorf("removal of what is held: %v", err)
	}
	if _, err := g.Unload(t.Context(), nil, "ext4"); err != nil {
		t.Error(err)
	}
	g.live(t, false, chain...)
}

// inUse: an open file uses the module of its device.
func (g *guestMachine) inUse(t *testing.T) {
	if _, err := g.Load(t.Context(), "tun"); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile("/dev/net/tun", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	g.tool(t, "modprobe -r tun", "modprobe: FATAL: Module tun is in use.\n= 1\n")
	var inUse *kmod.InUseError
	if _, err := g.Unload(t.Context(), nil, "tun"); !errors.As(err, &inUse) {
		t.Errorf("removal of what is used: %v", err)
	}
	f.Close()
	g.tool(t, "rmmod tun", "= 0\n")
	g.live(t, false, "tun")
}

func (g *guestMachine) parametersByTool(t *testing.T) {
	g.tool(t, "modprobe dummy numdummies=2", "= 0\n")
	g.interfaces(t, "dummy0", "dummy1")
	g.tool(t, "modprobe -r dummy", "= 0\n")
	g.tool(t, "modprobe dummy numdummies=many", "modprobe: ERROR: could not insert 'dummy': Invalid argument\n= 1\n")
	g.tool(t, "modprobe dummy nosuch=1", "= 0\n")
	g.tool(t, "modprobe -r dummy", "= 0\n")
	g.tool(t, "modprobe bonding max_bonds=3 mode=1", "= 0\n")
	g.interfaces(t, "bond0", "bond1", "bond2")
	if mode, err := os.ReadFile("/sys/class/net/bond2/bonding/mode"); err != nil || string(mode) != "active-backup 1\n" {
		t.Errorf("the mode is %q, %v", mode, err)
	}
	g.tool(t, "modprobe -r bonding", "= 0\n")
}

// interfaces checks that there are network interfaces.
func (g *guestMachine) interfaces(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		if _, err := os.Stat("/sys/class/net/" + name); err != nil {
			t.Error(err)
		}
	}
}

func (g *guestMachine) parametersByLibrary(t *testing.T) {
	if _, err := g.LoadRequests(t.Context(), nil, kmod.Request{Name: "dummy", Params: "numdummies=2"}); err != nil {
		t.Fatal(err)
	}
	g.interfaces(t, "dummy1")
	g.remove(t, "dummy")
	for params, want := range map[string]syscall.Errno{"numdummies=": syscall.EINVAL, "numdummies=99999999999999999999": syscall.ERANGE} {
		_, err := g.LoadRequests(t.Context(), nil, kmod.Request{Name: "dummy", Params: params})
		if !errors.Is(err, want) || !strings.Contains(err.Error(), "numdummies") {
			t.Errorf("%s: %v", params, err)
		}
	}
	g.live(t, false, "dummy")
}

func (g *guestMachine) remove(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		if err := g.Remove(t.Context(), name, 0); err != nil {
			t.Error(err)
		}
	}
}

// compressed: both who can may unpack; the other one does where one cannot.
func (g *guestMachine) compressed(t *testing.T) {
	for _, ext := range []string{"xz", "zst", "gz", "lz4"} {
		path := g.file(t, "dummy.ko."+ext, dbtest.Compress(t, ext, g.dummy))
		for _, unpack := range []kmod.Unpack{kmod.UnpackSelf, kmod.UnpackKernel} {
			loader := kmod.NewLoader(g.DB(), &kmod.LoaderConfig{Unpack: unpack})
			if err := loader.Insert(t.Context(), path, "numdummies=1", 0); err != nil {
				t.Errorf("%s, %v: %v", ext, unpack, err)
				continue
			}
			g.live(t, true, "dummy")
			g.remove(t, "dummy")
		}
		g.tool(t, "insmod "+path, "= 0\n")
		g.tool(t, "rmmod dummy", "= 0\n")
	}
}

// patched returns the module dummy with one string in it replaced.
func (g *guestMachine) patched(t *testing.T, old, new string) []byte {
	t.Helper()
	if n := bytes.Count(g.dummy, []byte(old)); n == 0 || len(old) != len(new) {
		t.Fatalf("%q stands %d times in the module", old, n)
	}
	return bytes.ReplaceAll(g.dummy, []byte(old), []byte(new))
}

// forced: a module of another vermagic goes in by force only, and leaves its mark.
func (g *guestMachine) forced(t *testing.T) {
	path := g.file(t, "dummy.ko", g.patched(t, " mod_unload ", " mod_UNLOAD "))
	err := g.Insert(t.Context(), path, "", 0)
	if !errors.Is(err, kmod.ErrVermagic) || !strings.Contains(err.Error(), "mod_UNLOAD") {
		t.Errorf("without force: %v", err)
	}
	g.tool(t, "insmod "+path, "insmod: ERROR: could not insert module "+path+": Invalid module format\n= 1\n")
	for _, force := range []func() error{
		func() error { return g.Insert(t.Context(), path, "", live.IgnoreVermagic) },
		func() error { g.tool(t, "insmod -f "+path, "= 0\n"); return nil },
	} {
		if err := force(); err != nil {
			t.Fatal(err)
		}
		m, err := g.Live("dummy")
		if err != nil {
			t.Fatal(err)
		}
		if taint, err := m.Taint(); err != nil || !strings.Contains(taint, "F") {
			t.Errorf("the taint is %q, %v", taint, err)
		}
		g.remove(t, "dummy")
	}
}

// foreign: a module of another architecture is refused, and that is what is said.
func (g *guestMachine) foreign(t *testing.T) {
	const path = "/foreign/dummy.ko"
	err := g.Insert(t.Context(), path, "", 0)
	if !errors.Is(err, kmod.ErrIncompatible) || !errors.Is(err, syscall.ENOEXEC) {
		t.Errorf("the error is %v", err)
	}
	g.tool(t, "insmod "+path, "insmod: ERROR: could not insert module "+path+": Invalid module format\n= 1\n")
	g.found(t, path, diagnose.FindingArchitecture)
}

// found diagnoses a file: the first finding has to be of this kind. About symbols, kernels
// that list only functions leave it open, and then that has to be said.
func (g *guestMachine) found(t *testing.T, path string, want diagnose.FindingKind) {
	t.Helper()
	d, err := diagnose.Module(g.DB(), &diagnose.Options{Kernel: &live.Host{}}, kmod.Request{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	open := want == diagnose.FindingSymbol && slices.ContainsFunc(d.Unchecked, func(u diagnose.Unchecked) bool {
		return u.Kind == want && strings.Contains(u.Why, "only functions")
	})
	if len(d.Findings) == 0 && !open || len(d.Findings) > 0 && d.Findings[0].Kind != want {
		t.Errorf("diagnosis of %s:\n%s", path, d)
	}
}

// unknownSymbol: a symbol is renamed in the table of names, where versions are not.
func (g *guestMachine) unknownSymbol(t *testing.T) {
	const symbol, unknown = "ether_setup", "other_setup"
	f, err := elfmod.NewBytes(g.dummy)
	if err != nil {
		t.Fatal(err)
	}
	names := f.Section(".strtab")
	at := bytes.Index(g.dummy[names.Offset:], []byte("\x00"+symbol+"\x00"))
	if at < 0 {
		t.Fatal("the kernel's dummy does not use the symbol")
	}
	image := bytes.Clone(g.dummy)
	copy(image[names.Offset+uint64(at)+1:], unknown)
	path := g.file(t, "dummy.ko", image)
	err = g.Insert(t.Context(), path, "", 0)
	if !errors.Is(err, kmod.ErrUnknownSymbol) || !strings.Contains(err.Error(), unknown) || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the error is %v", err)
	}
	g.tool(t, "insmod "+path, "insmod: ERROR: could not insert module "+path+": Unknown symbol in module\n= 1\n")
	g.found(t, path, diagnose.FindingSymbol)
}

// diagnosis: nothing keeps the kernel's own modules from loading.
func (g *guestMachine) diagnosis(t *testing.T) {
	for _, name := range append(slices.Clone(chain), "dummy", "tun", "bonding") {
		d, err := diagnose.Module(g.DB(), &diagnose.Options{Kernel: &live.Host{}}, kmod.Request{Name: name})
		if err != nil || len(d.Findings) > 0 {
			t.Errorf("%s: %v\n%s", name, err, d)
		}
	}
}

// devices: an engine loads the drivers of what is there and of what is plugged in.
func (g *guestMachine) devices(t *testing.T) {
	names := strings.Fields(os.Getenv("DEVICE_MODULES"))
	result, err := g.Coldplug(t.Context(), nil)
	if err != nil || result.Devices == 0 {
		t.Errorf("coldplug: %+v, %v", result, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	ended := make(chan error)
	engine := hotplug.New(&hotplug.Config{
		Failed: func(f *hotplug.Failure) { t.Log(f.Err) },
		Error:  func(err error) { t.Error(err) },
	})
	run, stop := context.WithCancel(ctx)
	go func() { ended <- engine.Run(run) }()
	plugged := names[len(names)-1]
	for _, name := range names {
		if name == plugged {
			g.live(t, false, name)
			vm.Signal("plug in")
		}
		if err := hotplug.WaitModule(ctx, nil, name); err != nil {
			t.Errorf("wait for %s: %v", name, err)
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
