package kmod_test

import (
	"bytes"
	"encoding/binary"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/gokmod/gokmod/internal/elfmod"
	"github.com/gokmod/gokmod/internal/symtab"
	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/diagnose"
	"github.com/gokmod/gokmod/kmod/kmodtest/vm"
	"github.com/gokmod/gokmod/kmod/live"
	"github.com/gokmod/gokmod/modinfo"
)

// foreign is the comparison of Diagnose with the kernel.
type foreign struct {
	loader  *kmod.Loader
	symvers []byte
	exports *symtab.Exports
	size    uint64 // of the kernel's struct module

	diagnosers map[live.InsertFlags]*diagnose.Diagnoser
	compared   map[string]int // how many symbols of each kind
}

// TestGuestForeign: the kernel's answers to modules of another kernel are those that
// Diagnose predicts, symbol by symbol.
func TestGuestForeign(t *testing.T) {
	vm.RequireGuest(t)
	quiet(t)
	f := &foreign{loader: kmod.NewLoader(dbtest.Open(t, nil), &kmod.LoaderConfig{KernelLog: true, Explain: diagnose.Explainer()})}
	var err error
	if f.symvers, err = os.ReadFile("/Module.symvers"); err == nil {
		f.exports, err = symtab.ReadExports(bytes.NewReader(f.symvers))
	}
	if err != nil {
		t.Fatal(err)
	}
	dummy := uncompressed(t, f.loader, "dummy")
	f.size = openImage(t, dummy).StructSize()
	files, err := filepath.Glob("/foreign/*.ko")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	counts := map[string]int{}
	f.compared, f.diagnosers = map[string]int{}, map[live.InsertFlags]*diagnose.Diagnoser{}
	for _, path := range files {
		name := strings.TrimSuffix(filepath.Base(path), ".ko")
		image, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		fitted := write(t, name+".ko", f.fit(t, image))
		for _, try := range []struct {
			what, path string
			flags      live.InsertFlags
		}{
			{"as it is", path, 0},
			{"any vermagic", path, live.IgnoreVermagic},
			{"with the kernel's structures", fitted, 0},
			{"with the kernel's structures, by force", fitted, live.ForceInsert},
		} {
			if f.compare(t, name, try.what, try.path, try.flags) {
				counts[try.what]++
			}
		}
	}
	t.Logf("%d modules, tried: %v, symbols: %v", len(files), counts, f.compared)
	if f.compared["disagree"] < 100 || f.compared["unknown"] < 100 {
		t.Errorf("too few symbols were compared: %v", f.compared)
	}
	if counts["as it is"] != len(files) || counts["with the kernel's structures"] < len(files)/2 {
		t.Errorf("too few were tried: %v", counts)
	}
}

// quiet keeps the kernel log off the console, which is slow.
func quiet(t *testing.T) {
	t.Helper()
	const file = "/proc/sys/kernel/printk"
	old, err := os.ReadFile(file)
	if err == nil {
		err = os.WriteFile(file, []byte("1"), 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.WriteFile(file, old, 0) })
}

func openImage(t *testing.T, image []byte) *modinfo.File {
	t.Helper()
	f, err := modinfo.NewFile(bytes.NewReader(image), int64(len(image)), nil)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// fit makes an unsigned copy of a module that has the kernel's version of
// module_layout and size of struct module, so that the kernel looks further.
func (f *foreign) fit(t *testing.T, image []byte) []byte {
	t.Helper()
	info, err := openImage(t, image).Info()
	if err != nil {
		t.Fatal(err)
	}
	if info.Signature != nil {
		image = image[:info.Signature.SignedSize]
	}
	image = bytes.Clone(image)
	elf, err := elfmod.NewBytes(image)
	if err != nil {
		t.Fatal(err)
	}
	layout, _ := f.exports.Lookup("module_layout")
	versions := elf.Section("__versions")
	for at := versions.Offset; at < versions.Offset+versions.Size; at += 64 {
		if string(bytes.TrimRight(image[at+8:at+64], "\x00")) == "module_layout" {
			binary.LittleEndian.PutUint64(image[at:], uint64(layout.CRC))
		}
	}
	at := slices.IndexFunc(elf.Sections, func(s elfmod.Section) bool { return s.Name == ".gnu.linkonce.this_module" })
	section := &elf.Sections[at]
	data := make([]byte, f.size)
	copy(data, image[section.Offset:section.Offset+section.Size])
	image = append(image, make([]byte, -len(image)&63)...)
	header := binary.LittleEndian.Uint64(image[40:]) + 64*uint64(at)
	binary.LittleEndian.PutUint64(image[header+24:], uint64(len(image)))
	binary.LittleEndian.PutUint64(image[header+32:], f.size)
	return append(image, data...)
}

// diagnoser is the one for inserts with those flags.
func (f *foreign) diagnoser(t *testing.T, flags live.InsertFlags) *diagnose.Diagnoser {
	t.Helper()
	if f.diagnosers[flags] == nil {
		d, err := diagnose.New(f.loader.DB(), &diagnose.Options{Kernel: &live.Host{}, Symvers: bytes.NewReader(f.symvers), Flags: flags})
		if err != nil {
			t.Fatal(err)
		}
		f.diagnosers[flags] = d
	}
	return f.diagnosers[flags]
}

// compare diagnoses a module, inserts it, and compares. It leaves out those that
// would go in: the code of another kernel must not run. It reports whether it
// tried.
func (f *foreign) compare(t *testing.T, name, what, path string, flags live.InsertFlags) bool {
	d, err := f.diagnoser(t, flags).Diagnose(kmod.Request{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	want := f.expected(t, path, d, flags)
	if want.empty() {
		return false
	}
	var insert *kmod.Error
	if err := f.loader.Insert(t.Context(), path, "", flags); !failedTo(err, "insert", &insert) {
		t.Fatalf("%s %s: %v; expected %+v", name, what, err, want)
	}
	if insert.LogErr != nil {
		t.Errorf("%s %s: %v", name, what, insert.LogErr)
	}
	got := readVerdict(t, insert.Log)
	if !want.early {
		f.compared["disagree"] += len(want.disagrees)
		f.compared["unknown"] += len(want.unknown)
		f.compared["refused"] += len(want.refused)
	}
	if diff := want.diff(got); diff != "" {
		t.Errorf("%s %s: %s\n%s", name, what, diff, insert.Log[:min(len(insert.Log), 5)])
	}
	switch {
	case want.early && insert.Errno != syscall.ENOEXEC, !want.early && len(want.unknown)+len(want.refused) > 0 && insert.Errno != got.errno:
		t.Errorf("%s %s: errno %v, log says %v", name, what, insert.Errno, got.errno)
	}
	if len(insert.Log) > 0 && insert.Detail == "" && !strings.Contains(insert.Error(), "the kernel says") {
		t.Errorf("%s %s: the error names no cause: %v", name, what, insert)
	}
	return true
}

// refusal is what a kernel says to a module, or what we expect it to.
type refusal struct {
	early     bool            // before it looks at symbols
	disagrees map[string]bool // symbols of another version
	unknown   map[string]bool // ENOENT
	refused   map[string]bool // EINVAL: of another version, or a namespace
	duplicate map[string]bool
	errno     syscall.Errno
}

func newRefusal() *refusal {
	return &refusal{disagrees: map[string]bool{}, unknown: map[string]bool{}, refused: map[string]bool{}, duplicate: map[string]bool{}}
}

func (r *refusal) empty() bool {
	return !r.early && len(r.disagrees)+len(r.unknown)+len(r.refused)+len(r.duplicate) == 0
}

// diff says where the kernel does not do what was expected. It looks at the symbols only
// when nothing else was wrong, and at exports when no symbols were missing.
func (r *refusal) diff(got *refusal) string {
	if r.early || got.early {
		if r.early != got.early {
			return "refused as a whole: expected " + fmtBool(r.early)
		}
		return ""
	}
	for _, set := range []struct {
		what      string
		want, got map[string]bool
	}{{"disagree", r.disagrees, got.disagrees}, {"unknown", r.unknown, got.unknown}, {"refused", r.refused, got.refused}} {
		if !maps.Equal(set.want, set.got) {
			return set.what + ": " + setDiff(set.want, set.got)
		}
	}
	if len(r.unknown)+len(r.refused) == 0 && len(got.duplicate) != min(1, len(r.duplicate)) {
		return "duplicates: " + setDiff(r.duplicate, got.duplicate)
	}
	return ""
}

func fmtBool(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func setDiff(want, got map[string]bool) string {
	var diff []string
	for name := range want {
		if !got[name] {
			diff = append(diff, "-"+name)
		}
	}
	for name := range got {
		if !want[name] {
			diff = append(diff, "+"+name)
		}
	}
	slices.Sort(diff)
	return strings.Join(diff, " ")
}

// expected is what a diagnosis means for an insert of that file alone, into a
// kernel with no module in it.
func (f *foreign) expected(t *testing.T, path string, d *diagnose.Diagnosis, flags live.InsertFlags) *refusal {
	t.Helper()
	r := newRefusal()
	for _, finding := range d.Findings {
		if finding.Path != path || finding.Severity < diagnose.SeverityWould {
			continue
		}
		switch finding.Kind {
		case diagnose.FindingStructure, diagnose.FindingVermagic, diagnose.FindingArchitecture:
			r.early = r.early || finding.Kind != diagnose.FindingStructure || comparesStructure()
		case diagnose.FindingVersion:
			if finding.Symbol == "module_layout" {
				r.early = true
			} else if finding.Provider == "vmlinux" {
				r.disagrees[finding.Symbol], r.refused[finding.Symbol] = true, true
			}
		case diagnose.FindingNamespace:
			if finding.Provider == "vmlinux" {
				r.refused[finding.Symbol] = true
			}
		case diagnose.FindingSymbol, diagnose.FindingLicense:
			r.unknown[finding.Symbol] = true
		case diagnose.FindingDuplicate:
			r.duplicate[finding.Symbol] = true
		}
	}
	f.addUnloaded(t, path, r)
	return r
}

// addUnloaded adds the symbols of modules: none of them is loaded.
func (f *foreign) addUnloaded(t *testing.T, path string, r *refusal) {
	t.Helper()
	image, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	needed, err := openImage(t, image).Needed()
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range needed {
		if e, ok := f.exports.Lookup(n.Name); ok && !e.Kernel() && !n.Weak {
			r.unknown[n.Name] = true
		}
	}
}

// comparesStructure reports whether the kernel compares the size of struct
// module, as newer ones do.
func comparesStructure() bool {
	release, err := os.ReadFile("/proc/sys/kernel/osrelease")
	return err == nil && !strings.HasPrefix(string(release), "6.1.")
}

// readVerdict reads what the kernel logged.
func readVerdict(t *testing.T, lines []string) *refusal {
	t.Helper()
	r := newRefusal()
	for _, line := range lines {
		_, text, _ := strings.Cut(line, ": ")
		word := func(after string) (string, bool) {
			_, rest, ok := strings.Cut(text, after)
			name, _, _ := strings.Cut(rest, " ")
			return strings.Trim(name, "()"), ok
		}
		if name, ok := word("disagrees about version of symbol "); ok {
			r.early = r.early || name == "module_layout"
			r.disagrees[name] = true
		} else if name, ok := word("Unknown symbol "); ok && strings.HasSuffix(text, "(err -2)") {
			r.unknown[name], r.errno = true, syscall.ENOENT
		} else if ok {
			r.refused[name], r.errno = true, syscall.EINVAL
		} else if name, ok := word("exports duplicate symbol "); ok {
			r.duplicate[name] = true
		} else if strings.Contains(text, "section size must match") || strings.HasPrefix(text, "version magic ") {
			r.early = true
		}
	}
	return r
}
