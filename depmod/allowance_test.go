package depmod

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/internal/elfmod"
	"github.com/gokmod/gokmod/internal/test/modtest"
)

// stating is a module with that .modinfo section.
func stating(info string) []byte {
	return (&modtest.Module{Sections: []modtest.Section{{Name: ".modinfo", Data: []byte(info)}}}).Build()
}

// treeOf has modules by their names, and other files of the module directory.
func treeOf(files map[string][]byte) fstest.MapFS {
	fsys := fstest.MapFS{}
	for name, data := range files {
		fsys["lib/modules/"+modtest.Release+"/"+name] = &fstest.MapFile{Data: data, Mode: 0o644}
	}
	return fsys
}

// scanTree scans with the files of the kernel's build that are not there left empty.
func scanTree(t testing.TB, files map[string][]byte) (*Index, error) {
	t.Helper()
	for _, name := range inputs {
		if files[name] == nil {
			files[name] = []byte{}
		}
	}
	return Scan(context.Background(), &Config{FS: treeOf(files), Release: modtest.Release, Parallel: 2})
}

// TestModinfoLimits: the limits of package modinfo hold, and what is just within
// them counts.
func TestModinfoLimits(t *testing.T) {
	good := stating("alias=good\x00")
	for _, test := range []struct {
		name, info string
		kept       int
	}{
		{"most entries", "alias=a\x00" + strings.Repeat("x\x00", elfmod.MaxFields-1), 1},
		{"one too many", "alias=a\x00" + strings.Repeat("x\x00", elfmod.MaxFields), -1},
		{"padding is not an entry", "alias=a" + strings.Repeat("\x00", 2*elfmod.MaxFields) + "alias=b", 2},
		{"most bytes", "alias=a\x00" + strings.Repeat("\x00", elfmod.MaxModinfo-8), 1},
		{"a byte too many", "alias=a\x00" + strings.Repeat("\x00", elfmod.MaxModinfo-7), -1},
		{"all kinds", "alias=a\x00softdep=pre: b\x00weakdep=c\x00alias\x00aliases=d\x00=e\x00depends=f", 1},
	} {
		x, err := scanTree(t, map[string][]byte{"k/m.ko": stating(test.info), "k/good.ko": good})
		if err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		if left := len(x.Report.Unreadable); left != 0 && test.kept >= 0 || left != 1 && test.kept < 0 {
			t.Errorf("%s: unreadable are %v", test.name, x.Report.Unreadable)
		}
		for _, e := range x.Report.Unreadable {
			if !errors.Is(e.Err, elfmod.ErrFormat) {
				t.Errorf("%s: %v", test.name, e.Err)
			}
		}
		if got := x.aliases() - 1; got != max(test.kept, 0) {
			t.Errorf("%s: %d aliases", test.name, got)
		}
	}
}

// TestBuiltinLimits: the files of the kernel's build have the same limits, beyond
// which they are left out and reported.
func TestBuiltinLimits(t *testing.T) {
	const list, fields, order = "modules.builtin", "modules.builtin.modinfo", "modules.order"
	most := elfmod.MaxFields
	for _, test := range []struct {
		name, file, text string
		names, aliases   int
		why              error // nil: it counts
	}{
		{"most names", list, strings.Repeat("a.ko\n", most), most, 0, nil},
		{"one too many", list, strings.Repeat("a.ko\n", most+1), 0, 0, errEntries},
		{"most fields", fields, "a.alias=x\x00" + strings.Repeat("b.x\x00", most-1), 0, 1, nil},
		{"a field too many", fields, "a.alias=x\x00" + strings.Repeat("b.x\x00", most), 0, 0, errEntries},
		{"most bytes", order, strings.Repeat("\n", maxInput), 0, 0, nil},
		{"a byte too many", order, strings.Repeat("\n", maxInput+1), 0, 0, nil},
	} {
		x, err := scanTree(t, map[string][]byte{"k/m.ko": stating("x"), test.file: []byte(test.text)})
		if err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		if len(x.builtinNames) != test.names || len(x.builtinAliases) != test.aliases {
			t.Errorf("%s: %d names, %d aliases", test.name, len(x.builtinNames), len(x.builtinAliases))
		}
		bad := x.Report.Unreadable
		wantBad := test.why != nil || len(test.text) > maxInput
		if wantBad != (len(bad) == 1) || wantBad && (!strings.HasSuffix(bad[0].Path, test.file) ||
			test.why != nil && bad[0].Err != test.why) {
			t.Errorf("%s: unreadable are %v", test.name, bad)
		}
	}
}

// TestEqualValues: equal values of a module are kept once, and indexed as often as
// they are stated.
func TestEqualValues(t *testing.T) {
	value := strings.Repeat("v", 1000)
	x, err := scanTree(t, map[string][]byte{"k/m.ko": stating(strings.Repeat("alias="+value+"\x00alias=b\x00", 3))})
	if err != nil {
		t.Fatal(err)
	}
	got := x.modules[0].Aliases
	if len(got) != 6 || got[0] != value || got[4] != value || got[5] != "b" {
		t.Fatalf("aliases are %q", got)
	}
	p := newParser(t)
	if err := p.fields([]byte("alias=" + value)); err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(10, func() { p.value([]byte(value)) }); n > 0 {
		t.Errorf("an equal value takes memory, %v times", n)
	}
}

// newParser is one that has read a module.
func newParser(t *testing.T) *parser {
	t.Helper()
	p := &parser{table: &symbols{}, purse: purse{tree: newAllowance(treeAllowance)}}
	if _, err := p.parse(modtest.Named("good", []string{"a", "b"}, []string{"c"}).Build()); err != nil {
		t.Fatal(err)
	}
	return p
}

// TestModuleAllowance: a module that states too much is refused, whatever it is that
// it states.
func TestModuleAllowance(t *testing.T) {
	for what, m := range map[string]*modtest.Module{
		"aliases":  {Modinfo: []string{"alias=a", "alias=b", "alias=a"}},
		"softdeps": {Modinfo: []string{"softdep=a"}},
		"weakdeps": {Modinfo: []string{"weakdep=a"}},
		"needs":    {Needed: []modtest.Needed{{Name: "new"}}},
		"exports":  {Exports: []modtest.Export{{Name: "new", CRC: 1}}},
		"plain":    {Exports: []modtest.Export{{Name: "new"}}, NoCRC: true},
		"versions": {Versions: []modtest.Version{{Name: "new", CRC: 1}}, Needed: []modtest.Needed{{Name: "c"}}},
	} {
		image := m.Build()
		p := newParser(t)
		if _, err := p.parse(image); err != nil {
			t.Fatal(err)
		}
		need := moduleAllowance - p.module
		for _, room := range []int{need - 1, need} {
			p := newParser(t)
			p.module = room
			if _, err := p.parseImage(image); (err == nil) != (room == need) || err != nil && !errors.Is(err, errStates) {
				t.Errorf("%s with %d of %d: %v", what, room, need, err)
			}
			p = newParser(t)
			p.left, p.tree = room, newAllowance(0)
			if _, err := p.parse(image); (err == nil) != (room == need) || err != nil && !errors.Is(err, ErrBudget) {
				t.Errorf("%s with %d of %d for the tree: %v", what, room, need, err)
			}
		}
	}
}

// TestModuleCosts: what each thing costs is what the documentation of the costs says.
func TestModuleCosts(t *testing.T) {
	for _, test := range []struct {
		m    modtest.Module
		want int
	}{
		{modtest.Module{Modinfo: []string{"alias=abc"}}, valueCost + distinctCost + 3},
		{modtest.Module{Modinfo: []string{"alias=abc", "softdep=abc"}}, 2*valueCost + distinctCost + 3},
		{modtest.Module{Modinfo: []string{"license=GPL"}}, 0},
		{modtest.Module{Needed: []modtest.Needed{{Name: "new"}}}, nameCost + 3 + referCost + symbolCost},
		{modtest.Module{Needed: []modtest.Needed{{Name: "new"}, {Name: "new"}}}, nameCost + 3 + 2*referCost + symbolCost},
		{modtest.Module{Needed: []modtest.Needed{{Name: "c"}}}, referCost + symbolCost}, // without its version
		{modtest.Module{Labels: []string{"label"}}, 0},
	} {
		p := newParser(t)
		left := p.left
		_, err := p.parse(test.m.Build())
		if cost := moduleAllowance - p.module; err != nil || left-p.left != cost || cost != test.want {
			t.Errorf("%+v costs %d, not %d, %v", test.m, cost, test.want, err)
		}
	}
}

// TestRefusedLeavesNothing: a module that is refused leaves no names, and costs
// nothing.
func TestRefusedLeavesNothing(t *testing.T) {
	bad := modtest.Named("bad", []string{"x", "y"}, []string{"z"})
	bad.Exports = append(bad.Exports, modtest.Export{Name: "crc", CRC: 1})
	image := bad.Build()
	p := newParser(t)
	names, left := len(p.table.names), p.left
	p.room = 0
	for cut := range len(image) {
		if _, err := p.parse(image[:cut]); err == nil {
			continue
		}
		if len(p.table.names) != names || len(p.table.ids) != names || p.left != left {
			t.Fatalf("the first %d bytes leave %q and cost %d", cut, p.table.names[names:], left-p.left)
		}
	}
}

// TestTreeAllowance: modules that are each within their allowance, and together
// beyond that of the tree, are an error of the scan.
func TestTreeAllowance(t *testing.T) {
	files := map[string][]byte{}
	bomb := stating(strings.Repeat("softdep=a\x00", elfmod.MaxFields))
	files["k/m.ko"] = bomb
	if x, err := scanTree(t, files); err != nil || len(x.modules) != 1 {
		t.Fatalf("one module: %v", err)
	}
	files["k/n.ko"] = bomb
	x, err := scanTree(t, files)
	file := (*FileError)(nil)
	if x != nil || !errors.Is(err, ErrBudget) || !errors.As(err, &file) || !strings.HasSuffix(file.Path, modtest.Release) {
		t.Errorf("two modules: %v", err)
	}
}

// TestPurse: what is taken of the tree is spent or given back.
func TestPurse(t *testing.T) {
	tree := newAllowance(3 * draw)
	p, q := purse{tree: tree}, purse{tree: tree}
	p.open()
	q.open()
	for n := range draw / 16 {
		if err := p.spend(16); err != nil || p.left != draw-16*(n+1) || tree.left.Load() != 2*draw {
			t.Fatalf("after %d: %v, %d left of %d", n, err, p.left, tree.left.Load())
		}
	}
	if err := q.spend(2*draw + 1); err != ErrBudget {
		t.Errorf("more than there is: %v", err)
	}
	if tree.left.Load() != 2*draw {
		t.Errorf("what was not given is taken: %d are left", tree.left.Load())
	}
	p.refund()
	if p.left != draw || p.module != moduleAllowance {
		t.Errorf("%d are given back, %d may be spent", p.left, p.module)
	}
	if err := p.spend(moduleAllowance + 1); err != errStates || p.module != moduleAllowance {
		t.Errorf("more than a module may: %v, %d", err, p.module)
	}
}

// TestFilesSize: index files that would be too large are not made.
func TestFilesSize(t *testing.T) {
	long := "a" + strings.Repeat("x", 240)
	var info strings.Builder
	for info.Len() < MaxFilesSize*8/len(long)+1000 {
		info.WriteString("alias=a\x00")
	}
	files := map[string][]byte{"k/" + long + ".ko": stating(info.String())}
	x, err := scanTree(t, files)
	if err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	made, err := x.Files()
	runtime.ReadMemStats(&after)
	if made != nil || !errors.Is(err, ErrBudget) || strings.Count(err.Error(), "make modules.") != 2 ||
		strings.Count(err.Error(), "modules.alias") != 2 {
		t.Errorf("%d files, %v", len(made), err)
	}
	// Either file alone would have half of the bound.
	if taken := after.TotalAlloc - before.TotalAlloc; taken > 2*MaxFilesSize {
		t.Errorf("%d bytes were taken", taken)
	}
}

// TestText: a text is written in the memory that it needs.
func TestText(t *testing.T) {
	m := maker{name: "x", text: func(t *text) {
		t.line("a", "", "bc")
		t.line("\n")
	}}
	f, err := m.make(newAllowance(4))
	if err != nil || f.Name != "x" || string(f.Data) != "abc\n" || cap(f.Data) > 8 {
		t.Errorf("%q with room for %d, %v", f.Data, cap(f.Data), err)
	}
	if _, err := m.make(newAllowance(3)); !errors.Is(err, ErrBudget) || !strings.Contains(err.Error(), "make x") {
		t.Errorf("with less room: %v", err)
	}
	if f, err := (&maker{name: "y", text: func(*text) {}}).make(newAllowance(0)); err != nil || len(f.Data) != 0 {
		t.Errorf("empty: %q, %v", f.Data, err)
	}
}

// TestManyTogether: files made one after another are those made together.
func TestManyTogether(t *testing.T) {
	var info strings.Builder
	for i := range maxTogether + 1 {
		fmt.Fprintf(&info, "alias=%x\x00", i%100)
	}
	x, err := scanTree(t, map[string][]byte{"k/m.ko": stating(info.String()), "modules.builtin": []byte("a/b.ko\n")})
	if err != nil {
		t.Fatal(err)
	}
	files, err := x.Files()
	if err != nil || len(files) != len(fileNames) {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for i, f := range files {
		if f.Name != fileNames[i] || len(f.Data) == 0 && f.Name != "modules.devname" {
			t.Errorf("%s has %d bytes", f.Name, len(f.Data))
		}
	}
}
