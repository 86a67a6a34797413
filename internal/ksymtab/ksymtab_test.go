package ksymtab

import (
	"bytes"
	"slices"
	"testing"

	"github.com/gokmod/gokmod/internal/kernelimage"
	"github.com/gokmod/gokmod/internal/symtab"
	"github.com/gokmod/gokmod/internal/test/modtest"
)

// load reads an image.
func load(t testing.TB, image []byte) *kernelimage.Memory {
	t.Helper()
	m, err := kernelimage.Load(bytes.NewReader(image), int64(len(image)), 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// addresses reads a System.map.
func addresses(t testing.TB, text string) *symtab.Addresses {
	t.Helper()
	a, err := symtab.ReadAddresses(bytes.NewReader([]byte(text)))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// wanted are the symbols of a kernel.
func wanted(k *modtest.KernelImage) []Symbol {
	var list []Symbol
	for _, e := range k.Exports() {
		s := Symbol{Name: e.Name, GPLOnly: e.GPLOnly, Namespace: e.Namespace}
		if k.Versions != modtest.NoVersions {
			s.CRC, s.HasCRC = e.CRC, true
		}
		list = append(list, s)
	}
	return list
}

// check compares exports with what a kernel was made of.
func check(t *testing.T, name string, k *modtest.KernelImage, e *Exports, err error) {
	t.Helper()
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	got, want := slices.Collect(e.All()), wanted(k)
	if slices.Equal(got, want) {
		return
	}
	for i, s := range want {
		if i == len(got) || got[i] != s {
			t.Errorf("%s: %d of %d symbols; %d is %+v, want %+v", name, len(got), len(want), i, got[min(i, len(got)-1)], s)
			return
		}
	}
	t.Errorf("%s: %d symbols, want %d", name, len(got), len(want))
}

// TestKinds: what a kernel was made of comes out, for every kind: by its headers or by
// what the tables are, and by its System.map.
func TestKinds(t *testing.T) {
	for name, k := range modtest.KernelKinds() {
		m := load(t, k.Build())
		e, err := Find(m)
		check(t, name, k, e, err)
		e, err = FindWith(m, addresses(t, k.SystemMap()))
		check(t, name+", System.map", k, e, err)
	}
}
