package ksymtab

import (
	"bytes"
	"slices"
	"testing"

	"github.com/gokmod/gokmod/internal/elfmod"
	"github.com/gokmod/gokmod/internal/test/modtest"
)

// linked stands for the headers of an ELF file, with which addresses are known.
var linked = &elfmod.Linked{File: &elfmod.File{}}

// TestBase: the address of an image is found wherever it is, at a page.
func TestBase(t *testing.T) {
	for _, test := range []struct {
		is32 bool
		base uint64
		ok   bool
	}{
		{true, 0xc0208000, true}, {true, 0x80001000, true}, {true, 0xfff00000, true}, {true, 0x1000000, true},
		{false, 0xffffffff80000000, true}, {false, 0x100000, false}, {false, 0x1000000, true},
		{false, 0x9000000000200000, true}, {false, 0xffffffff80000100, false},
	} {
		k := &modtest.KernelImage{Form: modtest.KernelBare, Pointers: true, Symbols: modtest.KernelSymbols(40),
			Base: test.base, Is32: test.is32}
		e, err := Find(load(t, k.Build()))
		if !test.ok {
			if err != ErrNoTables {
				t.Errorf("%#x: %v", test.base, err)
			}
			continue
		}
		if check(t, "", k, e, err); err == nil && e.mem.Parts[0].Addr != test.base {
			t.Errorf("%#x: it is taken for %#x", test.base, e.mem.Parts[0].Addr)
		}
	}
}

// TestBaseStrays: what lies before the records and looks like pointers changes nothing.
func TestBaseStrays(t *testing.T) {
	for _, id := range []byte{0xbf, 0xc0} {
		k := &modtest.KernelImage{Form: modtest.KernelBare, Is32: true, Pointers: true, NoNamespaces: true,
			Symbols: modtest.KernelSymbols(40), BuildID: bytes.Repeat([]byte{id}, 20), Base: 0xc0000000}
		for i := range k.Symbols {
			k.Symbols[i].Namespace = ""
		}
		e, err := Find(load(t, k.Build()))
		check(t, "strays", k, e, err)
	}
}

// TestSample: records all over a sequence, at most some more than samples.
func TestSample(t *testing.T) {
	for _, test := range []struct{ n, want, last int }{
		{1, 1, 0}, {samples, samples, samples - 1}, {2*samples - 1, 2*samples - 1, 2*samples - 2},
		{2 * samples, samples, 126},
		{10 * samples, samples, 630}, {10*samples + 63, samples + 7, 700},
	} {
		m, table := recordsOf(numbered("n", test.n)...)
		s := newFinder(m, m.Parts[0], table.form, newWork(m))
		got := s.sample(stretch{from: 0, to: len(table.data)})
		record, addr := table.record(m, test.last)
		if len(got) != test.want || got[len(got)-1] != table.form.name(m, record, addr) {
			t.Errorf("%d of %d records", len(got), test.n)
		}
	}
}

// TestLeadToNames: half of the names may be something else.
func TestLeadToNames(t *testing.T) {
	m := memoryOf(4, 0, []byte("\x00one\x00two\x00three\x000\x00"))
	const base = 0x1000000
	for _, test := range []struct {
		offsets []uint64
		want    bool
	}{
		{[]uint64{1, 5, 9}, true},
		{[]uint64{1, 2, 3}, false},
		{[]uint64{1, 5, 3}, true},
		{[]uint64{1, 5, 3, 7}, true},
		{[]uint64{1, 3, 7}, false},
		{[]uint64{0, 0, 1}, false},          // at the beginning nothing tells that it is one
		{[]uint64{15, 15, 1}, false},        // not a name
		{[]uint64{17, 18, 1}, false},        // at the end and beyond
		{[]uint64{1 << 40, 1 << 63}, false}, // far away
	} {
		names := slices.Clone(test.offsets)
		for i := range names {
			names[i] += base
		}
		s := newFinder(m, m.Parts[0], form{false, 2}, newWork(m))
		if got := s.leadToNames(names, base); got != test.want {
			t.Errorf("%v: %v", test.offsets, got)
		}
		s.work.left = 0
		if s.leadToNames(names, base) {
			t.Errorf("%v: with no work left", test.offsets)
		}
	}
}
