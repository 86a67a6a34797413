package depmod_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/depmod"
	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/modinfo"
)

// openImage opens a kernel that exports these symbols besides others.
func openImage(t *testing.T, versions modtest.KernelVersions, symbols ...modtest.KernelExport) *modinfo.Kernel {
	t.Helper()
	made := modtest.KernelImage{Symbols: append(modtest.KernelSymbols(20), symbols...), Versions: versions}
	image := made.Build()
	k, err := modinfo.NewKernel(bytes.NewReader(image), int64(len(image)), nil)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// TestKernelSymbolsOf: the exports of an image have the same effect as those of a
// Module.symvers, with versions and without, and with a prefix.
func TestKernelSymbolsOf(t *testing.T) {
	for _, versions := range []modtest.KernelVersions{modtest.ShortVersions, modtest.NoVersions} {
		for _, prefix := range []byte{0, '_'} {
			k := openImage(t, versions, modtest.KernelExport{Name: "k", CRC: modtest.CRC("k")},
				modtest.KernelExport{Name: "old", CRC: 1, GPLOnly: true}, modtest.KernelExport{Name: "_under", CRC: 2})
			var text strings.Builder
			for e, err := range k.Exports() {
				if err != nil {
					t.Fatal(err)
				}
				fmt.Fprintf(&text, "0x%08x\t%s\tvmlinux\tEXPORT_SYMBOL\t%s\n", e.CRC, e.Name, e.Namespace)
			}
			listed, err := depmod.ReadSymvers(strings.NewReader(text.String()), prefix)
			if err != nil {
				t.Fatal(err)
			}
			symbols, err := depmod.KernelSymbolsOf(k, prefix)
			if err := errors.Join(err, k.Close()); err != nil {
				t.Fatal(err)
			}
			var reports []string
			for _, kernel := range []*depmod.KernelSymbols{listed, symbols} {
				index, err := scanFS(t, needTree("u: k old nowhere under _under"), depmod.Config{Kernel: kernel})
				if err != nil {
					t.Fatal(err)
				}
				reports = append(reports, fmt.Sprint(index.Report.Unresolved, index.Report.Mismatched))
			}
			if reports[0] != reports[1] || !strings.Contains(reports[0], "nowhere") || !strings.Contains(reports[0], "old") {
				t.Errorf("versions %d, prefix %q: reports are\n%s\n%s", versions, prefix, reports[0], reports[1])
			}
		}
	}
}

// TestKernelSymbolsOfNone: a kernel whose exports cannot be found is an error, not one
// without exports.
func TestKernelSymbolsOfNone(t *testing.T) {
	image := modtest.Kernel("6.1", nil)
	k, err := modinfo.NewKernel(bytes.NewReader(image), int64(len(image)), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := depmod.KernelSymbolsOf(k, 0); got != nil || !errors.Is(err, modinfo.ErrNoExports) {
		t.Errorf("%v, %v", got, err)
	}
}
