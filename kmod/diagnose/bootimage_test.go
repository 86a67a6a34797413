package diagnose_test

import (
	"bytes"
	"errors"
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
	"github.com/gokmod/gokmod/modinfo"
)

const moduleDir = "lib/modules/" + modtest.Release

const bootName = "boot/vmlinuz-" + modtest.Release

// bootKernel is the image of the kernel that the modules of goodModules are for.
func bootKernel() *modtest.KernelImage {
	k := &modtest.KernelImage{Machine: modtest.X86_64, Vermagic: "SMP preempt mod_unload modversions ",
		BuildID: bytes.Repeat([]byte{7}, 20), Versions: modtest.ShortVersions}
	for _, e := range []modtest.KernelExport{{Name: "printk"}, {Name: "module_layout"},
		{Name: "gpl_only", GPLOnly: true}, {Name: "spaced", Namespace: "SPACE"}} {
		e.CRC = modtest.CRC(e.Name)
		k.Symbols = append(k.Symbols, e)
	}
	return k
}

// bootTree is the tree of a case with an image.
func bootTree(t *testing.T, test *diagnosed, name string, image []byte) fstest.MapFS {
	t.Helper()
	files := test.tree(t)
	files[name] = &fstest.MapFile{Data: image, Mode: 0o600}
	return files
}

func bootDB(t *testing.T, files fs.FS) *kmod.DB {
	t.Helper()
	return dbtest.Open(t, &kmod.Config{FS: files, Release: modtest.Release})
}

// need adds a symbol that a module needs.
func need(m *modtest.Module, name string, crc uint32) {
	m.Needed = append(m.Needed, modtest.Needed{Name: name})
	m.Versions = append(m.Versions, modtest.Version{Name: name, CRC: crc})
}

// unfree makes a module one of another license than the GPL.
func unfree(m *modtest.Module) {
	m.Modinfo[slices.Index(m.Modinfo, "license=GPL")] = "license=Proprietary"
}

// writeFile writes a file of this machine.
func writeFile(t *testing.T, dir, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestBootImage: what the kernel exports is taken from its image, and each finding says
// so.
func TestBootImage(t *testing.T) {
	for _, test := range []diagnosed{
		{name: "fine", module: func(m *modtest.Module) { need(m, "gpl_only", modtest.CRC("gpl_only")) }},
		{name: "license", module: func(m *modtest.Module) { need(m, "gpl_only", modtest.CRC("gpl_only")); unfree(m) },
			want: []string{"would_fail license m gpl_only vmlinux GPL/Proprietary"}},
		{name: "version", module: func(m *modtest.Module) { need(m, "gpl_only", 5) },
			want: []string{"would_fail version m gpl_only vmlinux 0xeac81f91/0x00000005"}},
		{name: "namespace", module: func(m *modtest.Module) { need(m, "spaced", modtest.CRC("spaced")) },
			want: []string{"would_fail namespace m spaced vmlinux SPACE/"}},
		{name: "missing", module: func(m *modtest.Module) { need(m, "nowhere", 5) },
			want: []string{"would_fail symbol m nowhere"}},
		{name: "duplicate", module: func(m *modtest.Module) {
			m.Exports = append(m.Exports, modtest.Export{Name: "printk"})
		}, want: []string{"would_fail duplicate m printk vmlinux"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, name := range []string{bootName, "boot/vmlinux-" + modtest.Release, "boot/Image-" + modtest.Release,
				"boot/kernel-" + modtest.Release, moduleDir + "/vmlinuz", moduleDir + "/vmlinux", moduleDir + "/Image"} {
				db := bootDB(t, bootTree(t, &test, name, bootKernel().Build()))
				found, err := diagnose.Module(db, nil, kmod.Request{Name: "m"})
				if err != nil {
					t.Fatal(err)
				}
				var got []string
				for _, f := range found.Findings {
					got = append(got, summary(f))
					if f.Source != name {
						t.Errorf("%s is taken from %q", summary(f), f.Source)
					}
				}
				if !slices.Equal(got, test.want) {
					t.Errorf("%s: got %q, want %q", name, got, test.want)
				}
				for _, u := range found.Unchecked {
					if u.Kind != diagnose.FindingSignature {
						t.Errorf("%s: %s", name, u)
					}
				}
			}
		})
	}
}

// TestBootImageUnfit: an image that is not that of the kernel does not count, nor does one
// that cannot be read, and what is not checked says why.
func TestBootImageUnfit(t *testing.T) {
	other := bootKernel()
	other.Release = "6.1.0-other"
	bare := bootKernel()
	bare.Symbols = nil
	running := &kmodtest.Kernel{Release: modtest.Release}
	for _, test := range []struct {
		name  string
		image []byte
		opts  diagnose.Options
		why   string
	}{
		{"another release", other.Build(), diagnose.Options{}, "the kernel image " + bootName + " is of release 6.1.0-other"},
		{"no exports", bare.Build(), diagnose.Options{},
			"the kernel image " + bootName + " does not show what it exports: its tables of exported symbols cannot be found"},
		{"text", []byte("not a kernel"), diagnose.Options{}, "no Module.symvers or System.map, the kernel image " + bootName +
			" cannot be read: it is neither a kernel nor an image that contains one in a supported format, " +
			"and there is no running kernel to ask"},
		{"text, and a stub", []byte("not a kernel"), diagnose.Options{SystemMap: strings.NewReader("0 T other\n")},
			"lists no symbols of the kernel, the kernel image " + bootName + " cannot be read: "},
		{"another build", bootKernel().Build(), diagnose.Options{Kernel: noted{running, bytes.Repeat([]byte{8}, 20)}},
			"the kernel image " + bootName + " is another build than the kernel that runs"},
	} {
		db := bootDB(t, bootTree(t, &diagnosed{}, bootName, test.image))
		found, err := diagnose.Module(db, &test.opts, kmod.Request{Name: "m"})
		if err != nil {
			t.Fatal(err)
		}
		says := func(u diagnose.Unchecked) bool { return strings.Contains(u.Why, test.why) }
		if !slices.ContainsFunc(found.Unchecked, says) || len(found.Findings) > 0 {
			t.Errorf("%s: %v\n%s", test.name, found.Unchecked, found)
		}
	}
	// The image of the running build counts, and so does one where the build is not known.
	for name, k := range map[string]noted{"its build": {running, bytes.Repeat([]byte{7}, 20)}, "unknown": {running, nil}} {
		db := bootDB(t, bootTree(t, &diagnosed{}, bootName, bootKernel().Build()))
		found, err := diagnose.Module(db, &diagnose.Options{Kernel: k}, kmod.Request{Name: "m"})
		if err != nil || len(found.Findings) > 0 || len(found.Unchecked) > 0 {
			t.Errorf("%s: %v, %v\n%s", name, err, found.Unchecked, found)
		}
	}
}

// noted is a running kernel with notes of its build, nil for none.
type noted struct {
	*kmodtest.Kernel
	id []byte
}

func (k noted) Sys() fs.FS {
	if k.id == nil {
		return k.Kernel.Sys()
	}
	note := append([]byte("\x04\x00\x00\x00\x14\x00\x00\x00\x03\x00\x00\x00GNU\x00"), k.id...)
	return fstest.MapFS{"kernel/notes": {Data: note}, "module/dummy/initstate": {Data: []byte("live\n")}}
}

// TestBootImageOnce: an image is unpacked once for all modules of a Diagnoser, and of a
// Loader that explains; loads that succeed do not read it.
func TestBootImageOnce(t *testing.T) {
	test := diagnosed{module: func(m *modtest.Module) { need(m, "nowhere", 5) }}
	o := &dbtest.Opens{FS: bootTree(t, &test, bootName, bootKernel().Build()), Count: map[string]int{}}
	image := "vmlinuz-" + modtest.Release
	db := bootDB(t, o)
	d, err := diagnose.New(db, nil)
	if n := o.Of(image); err != nil || n != 0 {
		t.Fatalf("New reads the image %d times, %v", n, err)
	}
	for range 3 {
		for _, name := range []string{"m", "base", "aaa"} {
			if _, err := d.Diagnose(kmod.Request{Name: name}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if n := o.Of(image); n != 1 {
		t.Errorf("the image is read %d times for a Diagnoser", n)
	}
	k := &kmodtest.Kernel{Release: modtest.Release}
	k.Fail("m", syscall.ENOEXEC)
	loader := kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: k, Explain: diagnose.Explainer()})
	if _, err := loader.Load(t.Context(), "base"); err != nil || o.Of(image) != 0 {
		t.Fatalf("a load that succeeds reads the image, or fails: %v", err)
	}
	for range 3 {
		if _, err := loader.Load(t.Context(), "m"); err == nil {
			t.Fatal("m is loaded")
		}
	}
	if n := o.Of(image); n > 1 {
		t.Errorf("the image is read %d times for a Loader", n)
	}
}

// TestOptionsImage: an image tells of a kernel that is not here, without its modules.
func TestOptionsImage(t *testing.T) {
	dir := t.TempDir()
	_, m, _ := goodModules()
	m.Needed, m.Versions = nil, nil
	need(m, "printk", modtest.CRC("printk"))
	need(m, "nowhere", 5)
	k := bootKernel()
	k.Vermagic = "SMP mod_unload modversions "
	kernel, err := modinfo.NewKernel(bytes.NewReader(k.Build()), int64(len(k.Build())), nil)
	if err != nil {
		t.Fatal(err)
	}
	d, err := diagnose.New(nil, &diagnose.Options{Image: kernel})
	if err != nil {
		t.Fatal(err)
	}
	kernel.Close()
	path := writeFile(t, dir, "m.ko", m.Build())
	found, err := d.Diagnose(kmod.Request{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	const from = "the kernel image"
	want := map[string]string{
		"m is built with preempt, the kernel without it.":                                             from,
		"m needs the symbol nowhere, which neither the kernel nor a module at hand exports.":          from,
		"m is built for i386 (32-bit, little-endian), the kernel for x86_64 (64-bit, little-endian).": from,
	}
	m.Machine, m.Is32 = modtest.I386, true
	other, err := d.Diagnose(kmod.Request{Path: writeFile(t, dir, "m386.ko", m.Build())})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range append(found.Findings, other.Findings...) {
		text := strings.ReplaceAll(f.Text, "m386", "m")
		if source, ok := want[text]; ok && source == f.Source {
			delete(want, text)
		} else if f.Kind != diagnose.FindingName {
			t.Errorf("%s (%s)", f.Text, f.Source)
		}
	}
	for text := range want {
		t.Errorf("not found: %s", text)
	}
}

// TestOptionsImageAbsent: without the kernel's modules, a symbol may be one of those that a
// module depends on.
func TestOptionsImageAbsent(t *testing.T) {
	dir := t.TempDir()
	user := modtest.Named("user", nil, []string{"printk", "other_fn"})
	user.Modinfo = append(user.Modinfo, "depends=other-one")
	path := writeFile(t, dir, "user.ko", user.Build())
	other := writeFile(t, dir, "other-one.ko", modtest.Named("other_one", nil, []string{"printk"}).Build())
	nowhere := dbtest.Open(t, &kmod.Config{Root: dir, Release: modtest.Release})
	for _, test := range []struct {
		db       *kmod.DB
		together []string
		want     string
	}{
		{nil, nil, "might_fail user needs the symbol other_fn, which the kernel does not export; " +
			"modules that it depends on are not at hand: other_one."},
		{nowhere, nil, "might_fail user needs the symbol other_fn, which the kernel does not export; " +
			"modules that it depends on are not at hand: other_one."},
		{nil, []string{other},
			"would_fail user needs the symbol other_fn, which neither the kernel nor a module at hand exports."},
		{bootDB(t, (&diagnosed{}).tree(t)), nil,
			"would_fail user needs the symbol other_fn, which neither the kernel nor a module exports."},
	} {
		image := bootKernel().Build()
		kernel, err := modinfo.NewKernel(bytes.NewReader(image), int64(len(image)), nil)
		if err != nil {
			t.Fatal(err)
		}
		d, err := diagnose.New(test.db, &diagnose.Options{Image: kernel, Together: test.together})
		if err != nil {
			t.Fatal(err)
		}
		found, err := d.Diagnose(kmod.Request{Path: path})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range found.Findings {
			if f.Kind == diagnose.FindingSymbol {
				got = append(got, f.Severity.String()+" "+f.Text)
			}
		}
		if len(got) != 1 || got[0] != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
}

// TestOptionsImageBare: an image whose exports are not known is an error, unless a
// Module.symvers lists them.
func TestOptionsImageBare(t *testing.T) {
	k := bootKernel()
	k.Symbols = nil
	open := func() *modinfo.Kernel {
		kernel, err := modinfo.NewKernel(bytes.NewReader(k.Build()), int64(len(k.Build())), nil)
		if err != nil {
			t.Fatal(err)
		}
		return kernel
	}
	if _, err := diagnose.New(nil, &diagnose.Options{Image: open()}); !errors.Is(err, modinfo.ErrNoExports) {
		t.Errorf("without Module.symvers: %v", err)
	}
	opts := &diagnose.Options{Image: open(), Symvers: strings.NewReader(symversText())}
	if _, err := diagnose.New(nil, opts); err != nil {
		t.Errorf("with it: %v", err)
	}
}
