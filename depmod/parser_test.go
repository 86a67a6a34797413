package depmod

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/elfmod"
	"github.com/gokmod/gokmod/internal/test/modtest"
)

// parsed is what a parser extracts from a module: "name" or "name=crc" for a symbol,
// with "?" after a weak one.
func parsed(t *testing.T, p *parser, m *modtest.Module) (exports, needs string) {
	t.Helper()
	r, err := p.parse(m.Build())
	if err != nil {
		t.Fatal(err)
	}
	var texts [2][]string
	for i, ids := range [][]uint32{r.exports, r.needs} {
		for _, id := range ids {
			s := p.table.list[id]
			text := p.table.names[s.name]
			if s.hasCRC {
				text += fmt.Sprint("=", s.crc)
			}
			if s.weak {
				text += "?"
			}
			texts[i] = append(texts[i], text)
		}
	}
	return strings.Join(texts[0], " "), strings.Join(texts[1], " ")
}

// TestParsedSymbols: a module's exports and needs, in the order of its symbol table,
// with its versions, which may be in any order.
func TestParsedSymbols(t *testing.T) {
	needed := func(names ...string) (list []modtest.Needed) {
		for _, name := range names {
			list = append(list, modtest.Needed{Name: strings.TrimSuffix(name, "?"), Weak: strings.HasSuffix(name, "?")})
		}
		return list
	}
	versions := func(names string) (list []modtest.Version) {
		for i, name := range strings.Fields(names) {
			list = append(list, modtest.Version{Name: name, CRC: uint32(i + 1)})
		}
		return list
	}
	exports := []modtest.Export{{Name: "e", CRC: 7}, {Name: "f", CRC: 0}, {Name: "g", CRC: 1 << 31, GPL: true}}
	for name, test := range map[string]struct {
		m              modtest.Module
		exports, needs string
	}{
		"nothing":         {modtest.Module{}, "", ""},
		"exports":         {modtest.Module{Exports: exports}, "e=7 f=0 g=2147483648", ""},
		"absolute":        {modtest.Module{Exports: exports, AbsCRC: true}, "e=7 f=0 g=2147483648", ""},
		"without CRC":     {modtest.Module{Exports: exports, NoCRC: true}, "e f g", ""},
		"stripped":        {modtest.Module{Exports: exports, Stripped: true}, "e f g", ""},
		"a label":         {modtest.Module{Exports: exports, Labels: []string{"__crc_", "__crc", "x", "__ksymtab_h"}}, "e=7 f=0 g=2147483648", ""},
		"unversioned":     {modtest.Module{Needed: needed("a", "b?", "a")}, "", "a b? a"},
		"no name":         {modtest.Module{Needed: needed("", "a", "")}, "", "a"},
		"in order":        {modtest.Module{Needed: needed("a", "b?", "c"), Versions: versions("a b c")}, "", "a=1 b=2? c=3"},
		"another order":   {modtest.Module{Needed: needed("a", "b", "c"), Versions: versions("c a b")}, "", "a=2 b=3 c=1"},
		"some":            {modtest.Module{Needed: needed("a", "b", "c", "d"), Versions: versions("b d")}, "", "a b=1 c d=2"},
		"more":            {modtest.Module{Needed: needed("a", "b"), Versions: versions("module_layout a x b")}, "", "a=2 b=4 module_layout=1 x=3"},
		"only versions":   {modtest.Module{Versions: versions("x y x")}, "", "x=3 y=2"},
		"twice":           {modtest.Module{Needed: needed("a", "b"), Versions: versions("a b a")}, "", "a=3 b=2"},
		"both":            {modtest.Module{Exports: exports[:1], Needed: needed("e", "a"), Versions: versions("e a")}, "e=7", "e=1 a=2"},
		"variable":        {modtest.Module{Needed: needed("a", "b"), VarVersions: versions("b a")}, "", "a=2 b=1"},
		"extended":        {modtest.Module{Needed: needed("a", "b"), ExtVersions: versions("b a")}, "", "a=2 b=1"},
		"big-endian":      {modtest.Module{BigEndian: true, Exports: exports, Needed: needed("a"), Versions: versions("a")}, "e=7 f=0 g=2147483648", "a=1"},
		"32 bits":         {modtest.Module{Is32: true, Exports: exports, Needed: needed("a?"), Versions: versions("a")}, "e=7 f=0 g=2147483648", "a=1?"},
		"no symbol table": {modtest.Module{NoSymtab: true, Exports: exports, Versions: versions("a")}, "e f g", "a=1"},
	} {
		p := &parser{table: &symbols{}, purse: purse{tree: newAllowance(treeAllowance)}}
		for range 2 { // the second time all names are known
			if exports, needs := parsed(t, p, &test.m); exports != test.exports || needs != test.needs {
				t.Errorf("%s: exports %q, needs %q", name, exports, needs)
			}
		}
	}
}

// TestRegisterSymbols: registers that SPARC declares as symbols are not needed.
func TestRegisterSymbols(t *testing.T) {
	const register = 13 // STT_SPARC_REGISTER
	m := modtest.Module{Machine: modtest.SPARCV9, BigEndian: true, Needed: []modtest.Needed{{Name: "g2", Type: register}, {Name: "a"}}}
	p := &parser{table: &symbols{}, purse: purse{tree: newAllowance(treeAllowance)}}
	if _, needs := parsed(t, p, &m); needs != "a" {
		t.Errorf("on SPARC %q are needed", needs)
	}
	m.Machine = modtest.X86_64
	if _, needs := parsed(t, p, &m); needs != "g2 a" {
		t.Errorf("elsewhere %q are needed", needs)
	}
}

// TestParsedFields: values of the three relevant fields, in order.
func TestParsedFields(t *testing.T) {
	p := &parser{table: &symbols{}, purse: purse{tree: newAllowance(treeAllowance)}}
	for _, test := range []struct{ info, want string }{
		{"", "[] [] []"},
		{"alias=a\x00softdep=pre: b\x00weakdep=c\x00alias=d\x00", "[a d] [pre: b] [c]"},
		{"alias=a=b\x00alias==\x00", "[a=b =] [] []"},
		{"alias\x00softdep\x00Alias=x\x00xalias=y\x00alias =z", "[] [] []"},
		{"\x00\x00alias=a\x00\x00alias=b", "[a b] [] []"},
		{"weakdep=\x00", "[] [] []"},
	} {
		r, err := p.parse(stating(test.info))
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(r.aliases, r.softdeps, r.weakdeps); got != test.want {
			t.Errorf("%q: %s", test.info, got)
		}
	}
	if r, err := p.parse(stating("weakdep=\x00")); err != nil || len(r.weakdeps) != 1 {
		t.Errorf("an empty value: %v, %v", r, err)
	}
}

// TestNamesRoom: names may take four times the string table and 64 KiB more.
func TestNamesRoom(t *testing.T) {
	p := newParser(t)
	p.room = 10
	for _, test := range []struct {
		name string
		ok   bool
	}{{"abcd", true}, {"abcd", true}, {"abc", false}} {
		if _, err := p.name([]byte(test.name)); (err == nil) != test.ok || err != nil && !errors.Is(err, elfmod.ErrFormat) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
	p.room = 3
	if _, err := p.name([]byte("abc")); err != nil {
		t.Errorf("just enough room: %v", err)
	}
	// One name of 1,000 bytes that symbols share: 70 of them fit.
	long := "__crc_" + strings.Repeat("x", 1000)
	for n, good := range map[int]bool{60: true, 69: true, 71: false, 1000: false} {
		labels := make([]string, n)
		for i := range labels {
			labels[i] = long
		}
		_, err := newParser(t).parse((&modtest.Module{Labels: labels}).Build())
		if (err == nil) != good {
			t.Errorf("%d times: %v", n, err)
		}
	}
}
