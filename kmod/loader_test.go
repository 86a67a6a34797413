package kmod_test

import (
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
	"testing/fstest"

	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/diagnose"
	"github.com/gokmod/gokmod/kmod/kmodtest"
	"github.com/gokmod/gokmod/kmod/live"
	"github.com/gokmod/gokmod/modinfo"
)

// module makes a module file.
func module(name string, exports, needs []string, depends string) []byte {
	m := modtest.Named(name, exports, needs)
	m.Modinfo = append(m.Modinfo, "depends="+depends)
	return m.Build()
}

// chainTree has top -> mid -> base, each using a symbol of the one below.
func chainTree() fstest.MapFS {
	return modtest.Tree([]string{"inside"},
		modtest.TreeModule{Path: "kernel/top.ko", File: module("top", nil, []string{"mid_fn", "printk"}, "mid"),
			Deps: []string{"kernel/mid.ko", "kernel/base.ko"}, Aliases: []string{"x:*"}},
		modtest.TreeModule{Path: "kernel/mid.ko", File: module("mid", []string{"mid_fn"}, []string{"base_fn"}, "base"),
			Deps: []string{"kernel/base.ko"}},
		modtest.TreeModule{Path: "kernel/base.ko", File: module("base", []string{"base_fn"}, []string{"printk"}, "")})
}

func TestLoad(t *testing.T) {
	for _, onDisk := range []bool{true, false} {
		t.Run(fmt.Sprintf("on disk %v", onDisk), func(t *testing.T) {
			loader, k := dbtest.Loader(t, chainTree(), onDisk)
			result, err := loader.Load(context.Background(), "x:1", "inside")
			if err != nil {
				t.Fatal(err)
			}
			want := []string{"base", "mid", "top"}
			if !slices.Equal(k.Modules(), want) || !slices.Equal(result.Inserted(), want) {
				t.Errorf("the kernel has %v, the result says %v", k.Modules(), result.Inserted())
			}
			if result.Steps[3].Outcome != kmod.OutcomeBuiltin {
				t.Errorf("the built-in is %v", result.Steps[3].Outcome)
			}
			again, err := loader.Load(context.Background(), "top")
			if err != nil || len(again.Inserted()) != 0 {
				t.Errorf("the second time %v was inserted, %v", again.Inserted(), err)
			}
			for _, s := range again.Steps {
				if s.Outcome != kmod.OutcomeLive {
					t.Errorf("the second time %s is %v", s.Step.Module.Name, s.Outcome)
				}
			}
			wantCall := "finit_module"
			if !onDisk {
				wantCall = "init_module"
			}
			if calls := k.Calls(); len(calls) != 3 || calls[0].Name != wantCall {
				t.Errorf("calls are %v", calls)
			}
		})
	}
}

func TestParams(t *testing.T) {
	loader, k := dbtest.Loader(t, chainTree(), true)
	plan, err := loader.DB().PlanRequests(nil, kmod.Request{Name: "top", Params: `a=1 b="x y"`})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := loader.Run(context.Background(), plan, nil); err != nil {
		t.Fatal(err)
	}
	if k.Params("top") != `a=1 b="x y"` || k.Params("mid") != "" {
		t.Errorf("parameters are %q and %q", k.Params("top"), k.Params("mid"))
	}
}

// TestHandover: how a file gets into the kernel depends on both, and on what the caller
// prefers.
func TestHandover(t *testing.T) {
	const self, kernel = kmod.UnpackSelf, kmod.UnpackKernel
	unpacks := func(codec string) func(*kmodtest.Kernel) {
		return func(k *kmodtest.Kernel) { k.Compression = codec }
	}
	image, packed := []string{"init_module 0 <nil>"}, []string{"finit_module 4 <nil>"}
	tests := []struct {
		name   string
		ext    string
		unpack kmod.Unpack
		setup  func(*kmodtest.Kernel)
		want   []string
	}{
		{"plain", "", kernel, nil, []string{"finit_module 0 <nil>"}},
		{"plain, self", "", self, nil, []string{"finit_module 0 <nil>"}},
		{"plain without finit_module", "", self, func(k *kmodtest.Kernel) { k.NoFinit = true },
			[]string{"finit_module 0 function not implemented", "init_module 0 <nil>"}},
		{"xz, kernel without", "xz", kernel, nil, image},
		{"xz, kernel with", "xz", kernel, unpacks("xz"), packed},
		{"xz, kernel with, self", "xz", self, unpacks("xz"), image},
		{"xz, kernel with zstd", "xz", kernel, unpacks("zstd"), image},
		{"xz with CRC64", "crc64.xz", kernel, unpacks("xz"), image},
		{"xz with a filter for machine code", "arm64.xz", kernel, unpacks("xz"), image},
		{"xz with delta", "delta.xz", kernel, unpacks("xz"), image},
		{"xz, kernel without finit_module", "xz", kernel, func(k *kmodtest.Kernel) { k.Compression, k.NoFinit = "xz", true },
			[]string{"finit_module 4 function not implemented", "init_module 0 <nil>"}},
		{"zstd, kernel with", "zst", kernel, unpacks("zstd"), packed},
		{"zstd, kernel with, self", "zst", self, unpacks("zstd"), image},
		{"gzip, kernel with", "gz", kernel, unpacks("gzip"), packed},
		{"gzip, kernel without", "gz", kernel, nil, image},
		{"lz4", "lz4", kernel, unpacks("xz"), image},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			file := modtest.Named("a", nil, nil).Build()
			path := filepath.Join(t.TempDir(), "a.ko")
			if test.ext != "" {
				path += "." + test.ext
				file = dbtest.Compress(t, test.ext, file)
			}
			if err := os.WriteFile(path, file, 0o644); err != nil {
				t.Fatal(err)
			}
			k := kmodtest.New(modtest.Release)
			if test.setup != nil {
				test.setup(k)
			}
			if err := kmod.NewLoader(nil, &kmod.LoaderConfig{Kernel: k, Unpack: test.unpack}).Insert(t.Context(), path, "p=1", 0); err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, c := range k.Calls() {
				got = append(got, fmt.Sprintf("%s %d %v", c.Name, c.Flags, c.Err))
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("calls are %q, want %q", got, test.want)
			}
			if k.Params("a") != "p=1" {
				t.Errorf("parameters are %q", k.Params("a"))
			}
		})
	}
}

// TestForce: the flags reach finit_module, and an image for init_module is
// changed to the same effect.
func TestForce(t *testing.T) {
	foreign := modtest.Named("a", nil, []string{"printk"})
	foreign.Modinfo[2] = "vermagic=5.0.0 other "
	image := foreign.Build()
	for _, name := range []string{"a.ko", "a.ko.gz"} {
		t.Run(name, func(t *testing.T) {
			file := image
			if name == "a.ko.gz" {
				file = dbtest.Compress(t, "gz", image)
			}
			path := filepath.Join(t.TempDir(), name)
			if err := os.WriteFile(path, file, 0o644); err != nil {
				t.Fatal(err)
			}
			k := kmodtest.New(modtest.Release)
			k.Vermagic = modtest.Vermagic
			loader := kmod.NewLoader(nil, &kmod.LoaderConfig{Kernel: k})
			if err := loader.Insert(t.Context(), path, "", 0); !errors.Is(err, kmod.ErrIncompatible) {
				t.Errorf("without force: %v", err)
			}
			if err := loader.Insert(t.Context(), path, "", live.IgnoreModversions); !errors.Is(err, kmod.ErrIncompatible) {
				t.Errorf("with the other flag: %v", err)
			}
			if err := loader.Insert(t.Context(), path, "", live.ForceInsert); err != nil {
				t.Errorf("with force: %v", err)
			}
			last := k.Calls()[len(k.Calls())-1]
			if last.Name == "finit_module" && last.Flags != uint(live.ForceInsert) {
				t.Errorf("flags were %d", last.Flags)
			}
		})
	}
}

func TestInsertErrors(t *testing.T) {
	tests := []struct {
		name  string
		setup func(*kmodtest.Kernel)
		want  error
		also  error
		text  string
	}{
		{"unknown symbol", func(k *kmodtest.Kernel) { k.Symbols = []string{} }, kmod.ErrUnknownSymbol, syscall.ENOENT, "needs a symbol"},
		{"refused as a whole", func(k *kmodtest.Kernel) { k.Vermagic, k.Release = "7.0 SMP ", "7.0" }, kmod.ErrIncompatible, syscall.ENOEXEC, "not made for this kernel"},
		{"busy", func(k *kmodtest.Kernel) { k.Fail("base", syscall.EBUSY) }, kmod.ErrInit, syscall.EBUSY, "init function failed"},
		{"init says EEXIST", func(k *kmodtest.Kernel) { k.Fail("base", syscall.EEXIST) }, kmod.ErrInit, syscall.EEXIST, "init function"},
		{"init fails", func(k *kmodtest.Kernel) { k.Fail("base", syscall.ENODEV) }, kmod.ErrInit, syscall.ENODEV, "ENODEV"},
		{"init refuses", func(k *kmodtest.Kernel) { k.Fail("base", syscall.EINVAL) }, kmod.ErrInvalid, syscall.EINVAL, "invalid"},
		{"no capability", func(k *kmodtest.Kernel) { k.NoCapability = true }, kmod.ErrCapability, fs.ErrPermission, "CAP_SYS_MODULE"},
		{"disabled", func(k *kmodtest.Kernel) { k.ModulesDisabled = true }, kmod.ErrModulesDisabled, fs.ErrPermission, "modules_disabled"},
		{"kept out", func(k *kmodtest.Kernel) {
			k.Cmdline = "module_blacklist=base"
		}, fs.ErrPermission, syscall.EPERM, "(module_blacklist=)"},
		{"kept out by another name", func(k *kmodtest.Kernel) {
			k.Cmdline = "module_blacklist=x"
			k.OnCall = func(kmodtest.Call) error { return syscall.EPERM }
		}, fs.ErrPermission, syscall.EPERM, "does not permit it"},
		{"lockdown", func(k *kmodtest.Kernel) { k.Lockdown = "integrity" }, kmod.ErrLockdown, fs.ErrPermission, "locked down"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			loader, k := dbtest.Loader(t, chainTree(), true)
			test.setup(k)
			result, err := loader.Load(context.Background(), "top")
			var insert *kmod.Error
			if !errors.Is(err, test.want) || !errors.Is(err, test.also) || !failedTo(err, "insert", &insert) {
				t.Fatalf("error is %v", err)
			}
			if errors.Is(err, fs.ErrNotExist) || strings.Contains(err.Error(), "no such file") {
				t.Errorf("the error reads as a missing file: %v", err)
			}
			for _, part := range []string{test.text, "base", "needed by top", filepath.Join("kernel", "base.ko")} {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q is not in the error: %v", part, err)
				}
			}
			if len(k.Modules()) != 0 {
				t.Errorf("the kernel has %v", k.Modules())
			}
			if result.Steps[0].Outcome != kmod.OutcomeFailed || result.Steps[1].Outcome != kmod.OutcomeNotReached {
				t.Errorf("outcomes are %v, %v", result.Steps[0].Outcome, result.Steps[1].Outcome)
			}
			others := []error{kmod.ErrUnknownSymbol, kmod.ErrIncompatible, kmod.ErrInit, kmod.ErrInvalid, kmod.ErrCapability,
				kmod.ErrModulesDisabled, kmod.ErrLockdown, kmod.ErrSignature, kmod.ErrExists}
			for _, other := range others {
				if errors.Is(err, other) && !errors.Is(test.want, other) {
					t.Errorf("the error is %v too: %v", other, err)
				}
			}
		})
	}
}

// TestVermagic: the error says that the vermagic differs if that is known: from another
// module of the same kernel, or by the release if that counts.
func TestVermagic(t *testing.T) {
	foreign := func(vermagic string) []byte {
		m := modtest.Named("a", nil, nil)
		m.Modinfo[2] = "vermagic=" + vermagic
		return m.Build()
	}
	versioned := modtest.Named("a", nil, []string{"printk"})
	versioned.Modinfo[2] = "vermagic=5.0.0 SMP modversions "
	peer := modtest.TreeModule{Path: "kernel/b.ko", File: modtest.Named("b", nil, nil).Build()}
	other := modtest.Named("a", nil, nil)
	other.Machine = modtest.I386
	tests := []struct {
		name string
		file []byte
		peer modtest.TreeModule
		want error
		not  error
		in   string
	}{
		{"flags differ", foreign("6.1.0-test SMP modversions "), peer, kmod.ErrVermagic, nil, `the kernel wants "6.1.0-test SMP preempt mod_unload modversions"`},
		{"release differs", foreign("5.0.0 SMP "), modtest.TreeModule{Path: "x.ko"}, kmod.ErrVermagic, nil, `the kernel wants "6.1.0-test"`},
		{"release differs, with modversions", versioned.Build(), modtest.TreeModule{Path: "x.ko"}, kmod.ErrIncompatible, kmod.ErrVermagic, ""},
		{"release differs, modversions said only", foreign("5.0.0 SMP modversions "), modtest.TreeModule{Path: "x.ko"}, kmod.ErrVermagic, nil, `the kernel wants "6.1.0-test"`},
		{"the same", foreign(modtest.Vermagic), peer, kmod.ErrIncompatible, kmod.ErrVermagic, ""},
		{"other machine", other.Build(), peer, kmod.ErrIncompatible, kmod.ErrVermagic, "built for i386 (64-bit, little-endian), the kernel's own modules for x86_64"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			loader, k := dbtest.Loader(t, modtest.Tree(nil, modtest.TreeModule{Path: "kernel/a.ko", File: test.file}, test.peer), true)
			k.Vermagic = "nothing fits"
			_, err := loader.Load(context.Background(), "a")
			if !errors.Is(err, test.want) || test.not != nil && errors.Is(err, test.not) || !strings.Contains(err.Error(), test.in) {
				t.Errorf("error is %v", err)
			}
		})
	}
}

// TestENOENT: a missing symbol is named; an init function may return ENOENT too.
func TestENOENT(t *testing.T) {
	tree := func(license string) fstest.MapFS {
		m := modtest.Named("a", nil, []string{"printk", "elsewhere", "module_layout"})
		m.Needed = append(m.Needed, modtest.Needed{Name: "weak", Weak: true})
		m.Modinfo[0] = "license=" + license
		return modtest.Tree(nil, modtest.TreeModule{Path: "a.ko", File: m.Build()})
	}
	const printk, elsewhere = "0000000000000000 r __ksymtab_printk\n0000000000000000 T elsewhere\n", "0000000000000000 t elsewhere\t[b]\n"
	tests := []struct {
		name, license, kallsyms string
		want                    error
		in                      string
	}{
		{"missing", "GPL", printk, kmod.ErrUnknownSymbol, "missing: elsewhere"},
		{"all there", "GPL", printk + elsewhere, kmod.ErrInit, "init function"},
		{"no table", "GPL v2", "0 T printk\n0 T elsewhere\n", kmod.ErrInit, "init function"},
		{"proprietary", "Proprietary", printk + elsewhere, kmod.ErrUnknownSymbol, ""},
		{"no list", "GPL", "", kmod.ErrUnknownSymbol, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			k := kmodtest.New(modtest.Release)
			k.Fail("a", syscall.ENOENT)
			db := dbtest.Open(t, &kmod.Config{FS: tree(test.license), Release: modtest.Release})
			kernel := withKallsyms{k, test.kallsyms}
			_, err := kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: kernel}).Load(context.Background(), "a")
			if !errors.Is(err, test.want) || !errors.Is(err, syscall.ENOENT) || !strings.Contains(err.Error(), test.in) {
				t.Errorf("error is %v", err)
			}
		})
	}
}

// withKallsyms is a kernel with a list of symbols.
type withKallsyms struct {
	*kmodtest.Kernel
	kallsyms string
}

func (k withKallsyms) Proc() fs.FS {
	files := fstest.MapFS{}
	if k.kallsyms != "" {
		files["kallsyms"] = &fstest.MapFile{Data: []byte(k.kallsyms)}
	}
	return files
}

// TestNotAsked: a failure before the kernel is asked is not its answer.
func TestNotAsked(t *testing.T) {
	loader, k := dbtest.Loader(t, chainTree(), true)
	broken := brokenFS{modtest.Tree(nil, modtest.TreeModule{Path: "a.ko", File: make([]byte, 5000)})}
	db := dbtest.Open(t, &kmod.Config{FS: broken, Release: modtest.Release})
	var insert *kmod.Error
	_, err := kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: k}).Load(context.Background(), "a")
	if !errors.Is(err, syscall.EIO) || !failedTo(err, "insert", &insert) || insert.Errno != 0 || errors.Is(err, kmod.ErrInit) {
		t.Errorf("an unreadable file: %#v", err)
	}
	if len(k.Calls()) != 0 {
		t.Errorf("calls are %v", k.Calls())
	}
	if _, err := kmod.NewLoader(nil, nil).Run(context.Background(), &kmod.Plan{Steps: make([]kmod.Step, 1)}, nil); err == nil {
		t.Error("a loader without a DB ran a plan")
	}
	if _, err := loader.Run(context.Background(), &kmod.Plan{Steps: make([]kmod.Step, 1)}, nil); err == nil {
		t.Error("an empty step was carried out")
	}
}

// brokenFS gives module files that cannot be read.
type brokenFS struct{ fstest.MapFS }

func (b brokenFS) Open(name string) (fs.File, error) {
	f, err := b.MapFS.Open(name)
	if strings.HasSuffix(name, ".ko") && err == nil {
		return brokenFile{f}, nil
	}
	return f, err
}

type brokenFile struct{ fs.File }

func (brokenFile) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: "x", Err: syscall.EIO}
}

// TestInsertEmpty: the error says that the file is empty, however it gets into the kernel
// and whatever the kernel answers.
func TestInsertEmpty(t *testing.T) {
	empty := map[string][]byte{"a.ko": {}, "b.ko.gz": dbtest.Compress(t, "gz", nil)}
	for _, onDisk := range []bool{true, false} {
		var modules []modtest.TreeModule
		for name, data := range empty {
			modules = append(modules, modtest.TreeModule{Path: name, File: data})
		}
		loader, k := dbtest.Loader(t, modtest.Tree(nil, modules...), onDisk)
		for _, name := range []string{"a", "b"} {
			_, err := loader.Load(context.Background(), name)
			var insert *kmod.Error
			if !failedTo(err, "insert", &insert) || !errors.Is(err, modinfo.ErrEmpty) || !errors.Is(err, modinfo.ErrFormat) ||
				!strings.Contains(err.Error(), ": the file is empty (") || insert.Errno != 0 && !errors.Is(err, insert.Errno) {
				t.Errorf("%s, on disk %v: %v", name, onDisk, err)
			}
			if onEINVAL := errors.Is(err, syscall.EINVAL); onEINVAL != (onDisk && name == "a") ||
				!errors.Is(err, kmod.ErrIncompatible) {
				t.Errorf("%s, on disk %v: %v", name, onDisk, err)
			}
			d, err := diagnose.Module(loader.DB(), &diagnose.Options{Kernel: k}, kmod.Request{Name: name})
			if err != nil || d.Loads() || !strings.Contains(d.String(), "not a valid kernel module: the file is empty.") {
				t.Errorf("%s: %v, %v", name, d, err)
			}
		}
	}
}

// TestInsertEmptyForbidden: a caller that may not insert modules is told so, whatever the
// file is.
func TestInsertEmptyForbidden(t *testing.T) {
	loader, k := dbtest.Loader(t, modtest.Tree(nil, modtest.TreeModule{Path: "a.ko", File: []byte{}}), true)
	k.NoCapability = true
	loader = kmod.NewLoader(loader.DB(), &kmod.LoaderConfig{Kernel: k, KernelLog: true})
	if _, err := loader.Load(t.Context(), "a"); !errors.Is(err, kmod.ErrCapability) || !errors.Is(err, fs.ErrPermission) {
		t.Errorf("error is %v", err)
	}
}

func TestInsertExists(t *testing.T) {
	loader, _ := dbtest.Loader(t, chainTree(), true)
	m, err := loader.DB().Module("base")
	if err != nil {
		t.Fatal(err)
	}
	if err := loader.Insert(t.Context(), m.Path, "", 0); err != nil {
		t.Fatal(err)
	}
	if err := loader.Insert(t.Context(), m.Path, "", 0); !errors.Is(err, kmod.ErrExists) || !errors.Is(err, fs.ErrExist) {
		t.Errorf("the second time: %v", err)
	}
}

// TestBadFiles: nothing that is not a module gets into the kernel.
func TestBadFiles(t *testing.T) {
	good := modtest.Named("a", nil, nil).Build()
	big := modtest.Named("a", nil, nil)
	big.Sections = []modtest.Section{{Name: ".zeros", Data: make([]byte, 1<<20)}}
	files := map[string][]byte{
		"empty.ko": {}, "text.ko": []byte("some text that is not a module"), "cut.ko": good[:100],
		"cut.ko.gz":  dbtest.Compress(t, "gz", good)[:200],
		"cut.ko.xz":  dbtest.Compress(t, "xz", good)[:200],
		"cut.ko.zst": dbtest.Compress(t, "zst", good)[:200],
		"cut.ko.lz4": dbtest.Compress(t, "lz4", good)[:200],
		"bomb.ko.gz": dbtest.Compress(t, "gz", big.Build()),
	}
	for name, data := range files {
		t.Run(name, func(t *testing.T) {
			k := kmodtest.New(modtest.Release)
			tree := modtest.Tree(nil, modtest.TreeModule{Path: "kernel/" + name, File: data})
			onDisk := dbtest.Open(t, &kmod.Config{Root: modtest.Write(t, tree), Release: modtest.Release, MaxModuleSize: 1 << 19})
			inMemory := dbtest.Open(t, &kmod.Config{FS: tree, Release: modtest.Release, MaxModuleSize: 1 << 19})
			module, _, _ := strings.Cut(name, ".")
			for _, db := range []*kmod.DB{onDisk, inMemory} {
				_, err := kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: k}).Load(context.Background(), module)
				var insert *kmod.Error
				want := modinfo.ErrFormat
				switch {
				case name == "bomb.ko.gz":
					want = modinfo.ErrTooLarge
				case strings.HasSuffix(name, ".ko"):
					want = kmod.ErrIncompatible // the kernel was asked
				}
				if !failedTo(err, "insert", &insert) || !errors.Is(err, want) {
					t.Errorf("error is %v, want an error of the insert with %v", err, want)
				}
			}
			if len(k.Modules()) != 0 {
				t.Errorf("the kernel has %v", k.Modules())
			}
		})
	}
}

func TestMissingFile(t *testing.T) {
	files := modtest.Tree(nil, modtest.TreeModule{Path: "kernel/a.ko"})
	loader, _ := dbtest.Loader(t, files, true)
	_, err := loader.Load(context.Background(), "a")
	var insert *kmod.Error
	if !errors.Is(err, fs.ErrNotExist) || !failedTo(err, "insert", &insert) || insert.Errno != 0 {
		t.Errorf("error is %v", err)
	}
}

func TestCanceled(t *testing.T) {
	loader, k := dbtest.Loader(t, chainTree(), true)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	result, err := loader.Load(ctx, "top")
	if !errors.Is(err, context.Canceled) || len(k.Modules()) != 0 || result.Steps[0].Outcome != kmod.OutcomeNotReached {
		t.Errorf("error is %v, the kernel has %v", err, k.Modules())
	}
}

func TestNoDB(t *testing.T) {
	loader := kmod.NewLoader(nil, &kmod.LoaderConfig{Kernel: kmodtest.New("x")})
	if _, err := loader.Load(context.Background(), "a"); err == nil {
		t.Error("a loader without a DB loaded a module by name")
	}
}
