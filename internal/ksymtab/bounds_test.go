package ksymtab

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/test/modtest"
)

// TestBoundsMissing: a System.map without bounds is said to have none.
func TestBoundsMissing(t *testing.T) {
	k := &modtest.KernelImage{Symbols: modtest.KernelSymbols(20)}
	m, whole := load(t, k.Build()), k.SystemMap()
	for name, text := range map[string]string{
		"empty":     "",
		"a stub":    "ffffffffffffffff B The real System.map is in the linux-image-6.1.0-1-amd64-dbg package\n",
		"no start":  strings.ReplaceAll(whole, "__start___ksymtab\n", "start\n"),
		"no stop":   strings.ReplaceAll(whole, "__stop___ksymtab\n", "stop\n"),
		"addresses": strings.ReplaceAll(whole, "ffffffff8", "000000000"), // as for users without privileges
	} {
		_, err := FindWith(m, addresses(t, text))
		want := ErrNoBounds
		if name == "addresses" {
			want = ErrForeignMap
		}
		if !errors.Is(err, want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestBoundsForeign: the System.map of another kernel is told from the right one, for
// kernels with and without headers.
func TestBoundsForeign(t *testing.T) {
	for _, form := range []modtest.KernelForm{modtest.KernelSections, modtest.KernelBare} {
		symbols := modtest.KernelSymbols(40)
		make := func(base uint64, symbols []modtest.KernelExport) *modtest.KernelImage {
			return &modtest.KernelImage{Form: form, Symbols: symbols, Base: base, Versions: modtest.ShortVersions}
		}
		k := make(0, symbols)
		m, whole := load(t, k.Build()), k.SystemMap()
		other := modtest.KernelSymbols(40)
		other[3].Name, other[4].Name = "b_"+other[3].Name, "y_"+other[4].Name
		for name, text := range map[string]string{
			"another address":      make(0xffffffff82000000, symbols).SystemMap(),
			"fewer symbols":        make(0, symbols[2:]).SystemMap(),
			"more symbols":         make(0, modtest.KernelSymbols(50)).SystemMap(),
			"other symbols":        make(0, other).SystemMap(),
			"a symbol elsewhere":   strings.Replace(whole, symbols[5].Name+"\n", symbols[6].Name+"\n", 1),
			"the last is missing":  strings.Replace(whole, "__ksymtab_"+k.Exports()[len(symbols)-1].Name, "x", 1),
			"the first is missing": strings.Replace(whole, "__ksymtab_"+k.Exports()[0].Name, "x", 1),
			"bounds cross":         move(whole, "__stop___ksymtab", 4),
			"a table is outside":   move(move(whole, "__start___kcrctab", 1<<24), "__stop___kcrctab", 1<<24),
			"no GPL table":         strings.ReplaceAll(whole, "__start___ksymtab_gpl\n", "x\n"),
		} {
			e, err := FindWith(m, addresses(t, text))
			if name == "another address" && form == modtest.KernelBare {
				check(t, name, k, e, err) // which the image does not state
			} else if name == "no GPL table" { // there are fewer versions then, or fewer records
				if err == nil && e.Len() != 44 {
					t.Errorf("%s: %d symbols", name, e.Len())
				}
			} else if !errors.Is(err, ErrForeignMap) {
				t.Errorf("%s, form %d: %v", name, form, err)
			}
		}
	}
}

// move adds to the address of a symbol.
func move(text, name string, by uint64) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		var addr uint64
		if strings.HasSuffix(line, " "+name+"\n") {
			fmt.Sscanf(line, "%x", &addr)
			line = fmt.Sprintf("%x r %s\n", addr+by, name)
		}
		b.WriteString(line)
	}
	return b.String()
}

// TestBoundsBeginnings: an image without headers begins at one of several symbols.
func TestBoundsBeginnings(t *testing.T) {
	k := &modtest.KernelImage{Form: modtest.KernelBare, Pointers: true, Is32: true, Symbols: modtest.KernelSymbols(3)}
	m, text := load(t, k.Build()), k.SystemMap()
	if e := search(m); e != nil {
		t.Errorf("a search finds %d of few symbols", e.Len())
	}
	for _, name := range []string{"_text", "_stext", "_start", "_head", "stext"} {
		e, err := FindWith(m, addresses(t, strings.Replace(text, " _text\n", " "+name+"\n", 1)))
		check(t, name, k, e, err)
	}
	other := strings.Replace(text, "r _text\n", "r _start\n80000000 r _stext\n", 1)
	e, err := FindWith(m, addresses(t, other))
	check(t, "one of two", k, e, err)
	if _, err := FindWith(m, addresses(t, strings.Replace(text, " _text\n", " other\n", 1))); err != ErrForeignMap {
		t.Errorf("no beginning: %v", err)
	}
}

// TestBoundsWithoutRecords: the bounds are enough.
func TestBoundsWithoutRecords(t *testing.T) {
	k := &modtest.KernelImage{Symbols: modtest.KernelSymbols(20), Form: modtest.KernelSegments}
	e, err := FindWith(load(t, k.Build()), addresses(t, strings.ReplaceAll(k.SystemMap(), " __ksymtab_", " x_")))
	check(t, "bounds", k, e, err)
}
