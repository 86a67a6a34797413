package depmod

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/internal/elfmod"
	"github.com/gokmod/gokmod/internal/moddir"
	"github.com/gokmod/gokmod/internal/test/modtest"
)

// stating is a module with the given .modinfo section.
func stating(info string) []byte {
	return (&modtest.Module{Sections: []modtest.Section{{Name: ".modinfo", Data: []byte(info)}}}).Build()
}

// treeOf has modules by name, and other files of the module directory.
func treeOf(files map[string][]byte) fstest.MapFS {
	fsys := fstest.MapFS{}
	for name, data := range files {
		fsys["lib/modules/"+modtest.Release+"/"+name] = &fstest.MapFile{Data: data, Mode: 0o644}
	}
	return fsys
}

// scanTree scans a tree, with empty files in place of missing files of the kernel's
// build.
func scanTree(t testing.TB, files map[string][]byte) (*Index, error) {
	t.Helper()
	for _, name := range moddir.BuildFiles() {
		if files[name] == nil {
			files[name] = []byte{}
		}
	}
	return Scan(context.Background(), &Config{FS: treeOf(files), Release: modtest.Release, Parallel: 2})
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

// newParser returns a parser that has read a module.
func newParser(t *testing.T) *parser {
	t.Helper()
	p := &parser{table: &symbols{}, purse: purse{tree: newAllowance(treeAllowance)}}
	if _, err := p.parse(modtest.Named("good", []string{"a", "b"}, []string{"c"}).Build()); err != nil {
		t.Fatal(err)
	}
	return p
}

// TestModuleAllowance: a module that states too much of anything is refused.
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
			elf, err := elfmod.NewBytes(image)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := p.parts(elf); (err == nil) != (room == need) || err != nil && !errors.Is(err, errStates) {
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

// TestModuleCosts: everything costs what the documentation of the costs says.
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

// TestRefusedLeavesNothing: a refused module leaves no names and costs nothing.
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
		t.Errorf("a failed take leaves %d", tree.left.Load())
	}
	p.refund()
	if p.left != draw || p.module != moduleAllowance {
		t.Errorf("%d are returned, %d may be spent", p.left, p.module)
	}
	if err := p.spend(moduleAllowance + 1); err != errStates || p.module != moduleAllowance {
		t.Errorf("more than a module may: %v, %d", err, p.module)
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

// TestDraw: a purse takes what it lacks, and no less than a draw.
func TestDraw(t *testing.T) {
	for _, test := range []struct{ left, spend, taken int }{
		{10, 10, 0}, {10, 11, draw}, {10, draw + 10, draw}, {10, draw + 11, draw + 1},
		{0, 3 * draw, 3 * draw}, {draw, 3 * draw, 2 * draw},
	} {
		tree := newAllowance(4 * draw)
		p := purse{tree: tree, left: test.left}
		p.open()
		err := p.spend(test.spend)
		if err != nil || tree.left.Load() != int64(4*draw-test.taken) || p.left != test.left+test.taken-test.spend {
			t.Errorf("%+v: %v, %d of %d are left, %d in the purse", test, err, tree.left.Load(), 4*draw, p.left)
		}
	}
}

// TestCostsAgain: what a module costs does not depend on the modules before it, but for
// names and symbols that are known.
func TestCostsAgain(t *testing.T) {
	p := newParser(t)
	image := stating("alias=abc\x00alias=abc\x00softdep=d\x00")
	for range 3 {
		if _, err := p.parse(image); err != nil || moduleAllowance-p.module != 3*valueCost+2*distinctCost+4 {
			t.Errorf("it costs %d, %v", moduleAllowance-p.module, err)
		}
	}
}

// TestBounds: the bounds are those that the documentation of the package, of its errors
// and of the cache states.
func TestBounds(t *testing.T) {
	for what, is := range map[string][2]int{
		"memory for a tree":      {treeAllowance, 134217728},
		"memory for a module":    {moduleAllowance, 104857600},
		"an alias":               {valueCost, 96},
		"a new alias":            {distinctCost, 32},
		"a name":                 {nameCost, 200},
		"a symbol":               {symbolCost, 100},
		"a reference":            {referCost, 24},
		"all index files":        {MaxFilesSize, 134217728},
		"findings":               {MaxFindings, 1000},
		"a value in a report":    {maxValue, 256},
		"a symbol in a report":   {maxSymbol, 512},
		"directories in another": {maxDepth, 64},
		"names behind links":     {maxLinked, 131072},
		"workers":                {maxWorkers, 16},
		"names in cycles":        {maxCycleNames, 65536},
		"contents at a time":     {defaultMaxBytes, 67108864},
		"a cache":                {maxCache, 16777216},
		"strings in a cache":     {maxStrings, 1048576},
		"numbers in a cache":     {maxNumbers, 4194304},
	} {
		if is[0] != is[1] {
			t.Errorf("%s: %d, not %d", what, is[0], is[1])
		}
	}
}
