package ksymtab

import (
	"fmt"
	"slices"
	"testing"

	"github.com/gokmod/gokmod/internal/kernelimage"
	"github.com/gokmod/gokmod/internal/test/modtest"
)

// TestSearchNothing: a kernel without tables has none.
func TestSearchNothing(t *testing.T) {
	for name, k := range map[string]*modtest.KernelImage{
		"bare": {Form: modtest.KernelBare}, "segments": {Form: modtest.KernelSegments}, "sections": {},
		"too few symbols": {Form: modtest.KernelBare, Symbols: modtest.KernelSymbols(5)},
		"no licenses":     {Form: modtest.KernelBare, Symbols: licensed(modtest.KernelSymbols(40), false)},
		"one license":     {Form: modtest.KernelSegments, Symbols: licensed(modtest.KernelSymbols(40), true)},
	} {
		if e, err := Find(load(t, k.Build())); err != ErrNoTables {
			t.Errorf("%s: %v, %v", name, e != nil, err)
		}
	}
}

// licensed are those of the symbols that are for the GPL only, or those that are not.
func licensed(all []modtest.KernelExport, gpl bool) []modtest.KernelExport {
	return slices.DeleteFunc(all, func(e modtest.KernelExport) bool { return e.GPLOnly != gpl })
}

// TestMachines: all byte orders and sizes of pointers are tried where the machine is not
// known, and that of the machine alone where it is.
func TestMachines(t *testing.T) {
	unknown := memoryOf(8, 0, nil)
	known := memoryOf(4, 0, nil)
	known.Machine.Number = 40
	for _, test := range []struct {
		m    *kernelimage.Memory
		form form
		want string
	}{
		{unknown, form{false, 3}, "[8 LittleEndian 8 BigEndian 4 LittleEndian 4 BigEndian]"},
		{unknown, form{true, 3}, "[8 LittleEndian 8 BigEndian]"},
		{known, form{false, 3}, "[4 LittleEndian]"},
		{known, form{true, 2}, "[4 LittleEndian]"},
	} {
		var got []any
		for _, m := range machines(test.m, test.form) {
			got = append(got, m.Word, m.Order)
		}
		if fmt.Sprint(got) != test.want {
			t.Errorf("%+v: %v, want %s", test.form, got, test.want)
		}
	}
}

// TestSearchKnown: where the machine is known, the tables of another are not found.
func TestSearchKnown(t *testing.T) {
	for name, test := range map[string]struct {
		k  modtest.KernelImage
		ok bool
	}{
		"arm64":                 {modtest.KernelImage{Machine: 183}, true},
		"riscv":                 {modtest.KernelImage{Machine: 243, Pointers: true}, true},
		"arm64 with big-endian": {modtest.KernelImage{Machine: 183, BigEndian: true}, false},
		"riscv with 32 bits":    {modtest.KernelImage{Machine: 243, Pointers: true, Is32: true}, false},
	} {
		k := test.k
		k.Form, k.Symbols = modtest.KernelBare, modtest.KernelSymbols(40)
		e, err := Find(load(t, k.Build()))
		if test.ok {
			check(t, name, &k, e, err)
		} else if err != ErrNoTables {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSearchParts: the tables are in any part of an ELF kernel, not in several.
func TestSearchParts(t *testing.T) {
	k := &modtest.KernelImage{Form: modtest.KernelSegments, Symbols: modtest.KernelSymbols(40)}
	m := load(t, k.Build())
	m.Parts = append([]kernelimage.Part{{Addr: 0, Data: make([]byte, 1<<16)}}, m.Parts...)
	e, err := Find(m)
	check(t, "two parts", k, e, err)
}
