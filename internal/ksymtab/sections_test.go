package ksymtab

import (
	"slices"
	"testing"

	"github.com/gokmod/gokmod/internal/kernelimage"
	"github.com/gokmod/gokmod/internal/test/modtest"
)

// sectioned is a kernel with sections, and its memory.
func sectioned(t testing.TB, change func(k *modtest.KernelImage)) (*modtest.KernelImage, *kernelimage.Memory) {
	k := &modtest.KernelImage{Versions: modtest.ShortVersions, Symbols: modtest.KernelSymbols(20)}
	if change != nil {
		change(k)
	}
	return k, load(t, k.Build())
}

// TestSectionsAlone: what sections say counts, even where a search finds nothing: a
// symbol only, no symbols for the GPL, no symbols for others.
func TestSectionsAlone(t *testing.T) {
	symbols := modtest.KernelSymbols(30)
	gpl := slices.DeleteFunc(slices.Clone(symbols), func(e modtest.KernelExport) bool { return !e.GPLOnly })
	plain := slices.DeleteFunc(slices.Clone(symbols), func(e modtest.KernelExport) bool { return e.GPLOnly })
	for name, symbols := range map[string][]modtest.KernelExport{
		"one": symbols[:1], "one for the GPL": gpl[:1], "all for the GPL": gpl, "none for the GPL": plain,
	} {
		k, m := sectioned(t, func(k *modtest.KernelImage) { k.Symbols = symbols })
		e, err := Find(m)
		check(t, name, k, e, err)
		if e := search(m); e != nil {
			t.Errorf("%s: a search finds %d", name, e.Len())
		}
	}
}

// TestSectionsBad: sections of other sizes than they must have, or outside of memory,
// are no tables. No table is left out for that.
func TestSectionsBad(t *testing.T) {
	for _, test := range []struct {
		name, section string
		flags         bool
		addr, size    int // what is added
		ok            bool
	}{
		{"as it is", "__ksymtab", false, 0, 0, true},
		{"as it is, with flags", "__ksymtab", true, 0, 0, true},
		{"records: a byte more", "__ksymtab_gpl", false, 0, 1, false},
		{"records: a byte less", "__ksymtab", false, 0, -1, false},
		{"records elsewhere", "__ksymtab", false, 4, 0, false},
		{"records: outside", "__ksymtab_gpl", false, 1 << 30, 0, false},
		{"records: beyond the end", "__ksymtab_gpl", false, 0, 12 << 20, false},
		{"records: one less, with flags", "__ksymtab", true, 0, -12, true},
		{"versions: one less", "__kcrctab_gpl", false, 0, -4, false},
		{"versions: one more", "__kcrctab", false, 0, 4, false},
		{"versions: outside", "__kcrctab", false, 1 << 30, 0, false},
		{"flags: one less", "__kflagstab", true, 0, -1, false},
		{"flags: one more", "__kflagstab", true, 0, 1, true},
		{"flags: outside", "__kflagstab", true, 1 << 30, 0, false},
	} {
		_, m := sectioned(t, func(k *modtest.KernelImage) {
			k.Flags = test.flags
			if test.flags {
				k.Versions = modtest.NoVersions
			}
		})
		s := m.Linked.Section(test.section)
		s.Addr += uint64(test.addr)
		s.Size += uint64(test.size)
		if e := fromSections(m); (e != nil) != test.ok {
			t.Errorf("%s: %v", test.name, e != nil)
		}
	}
}

// TestSectionsFlagsBeside: flags belong to the only table.
func TestSectionsFlagsBeside(t *testing.T) {
	_, m := sectioned(t, func(k *modtest.KernelImage) { k.Versions = modtest.NoVersions })
	for i := range m.Linked.Sections {
		if s := &m.Linked.Sections[i]; s.Name == "__ksymtab_strings" {
			s.Name = "__kflagstab"
		}
	}
	if e := fromSections(m); e != nil {
		t.Errorf("%d symbols", e.Len())
	}
}

// TestSectionsUnused: the tables of kernels before Linux 5.12.
func TestSectionsUnused(t *testing.T) {
	for name, gpl := range map[string]bool{"_unused": false, "_unused_gpl": true, "_gpl_future": false, "_other": false} {
		_, m := sectioned(t, nil)
		n := m.Linked.Section("__ksymtab_gpl").Size / 12
		m.Linked.Section("__ksymtab_gpl").Name = "__ksymtab" + name
		m.Linked.Section("__kcrctab_gpl").Name = "__kcrctab" + name
		e := fromSections(m)
		if e == nil {
			t.Errorf("%s: no exports", name)
			continue
		}
		got := uint64(0)
		for s := range e.All() {
			if s.GPLOnly {
				got++
			}
		}
		if gpl && got != n || !gpl && got != 0 || (len(e.tables) == 2) != (name != "_other") {
			t.Errorf("%s: %d for the GPL, %d tables", name, got, len(e.tables))
		}
	}
}
