package modtest

import (
	"bytes"
	"fmt"
	"iter"
)

// KernelSymbols are symbols to export: some more than n for all modules and n for those
// under the GPL, some of them in namespaces, and some whose names end like others.
func KernelSymbols(n int) []KernelExport {
	var list []KernelExport
	for i := range n {
		crc := uint32(i+1) * 0x9e3779b1
		first, last := 'a'+rune(i*7%26), 'z'-rune(i*11%26)
		plain := KernelExport{Name: fmt.Sprintf("%c_symbol_%d", first, i), CRC: crc}
		if i%5 == 0 {
			list = append(list, KernelExport{Name: "X" + plain.Name, CRC: crc + 1, Namespace: "OTHER_NS"})
		}
		namespace := []string{"", "", "TEST_NS", "module:kvm-intel,kvm*"}[i%4]
		gpl := KernelExport{Name: fmt.Sprintf("%c_free_%d", last, i), CRC: ^crc, GPLOnly: true, Namespace: namespace}
		list = append(list, plain, gpl)
	}
	return list
}

// KernelKinds yields kernels of every kind with the same symbols, each with its name.
func KernelKinds() iter.Seq2[string, *KernelImage] {
	return func(yield func(string, *KernelImage) bool) {
		for i := range 3 * 4 << 6 {
			bit := func(n int) bool { return i>>n&1 == 1 }
			k := &KernelImage{Form: KernelForm(i >> 6 % 3), Versions: KernelVersions(i >> 6 / 3)}
			k.Is32, k.BigEndian, k.Pointers, k.NoNamespaces, k.Flags = bit(0), bit(1), bit(2), bit(3), bit(4)
			k.Twice, k.Merged = bit(5), bit(5)
			k.Release, k.Vermagic, k.BuildID = "6.1.0-1-test", "SMP mod_unload ", bytes.Repeat([]byte{byte(i)}, 20)
			if k.Versions != NoVersions {
				k.Vermagic = "SMP mod_unload modversions "
			}
			if k.Flags && (k.NoNamespaces || k.Versions > ShortVersions) {
				continue // there are no such kernels
			}
			k.Symbols = KernelSymbols(40)
			if k.NoNamespaces {
				for i := range k.Symbols {
					k.Symbols[i].Namespace = ""
				}
			}
			if !yield(k.String(), k) {
				return
			}
		}
	}
}

// String names what is not usual.
func (k *KernelImage) String() string {
	bits, order := 64, "little-endian"
	if k.Is32 {
		bits = 32
	}
	if k.BigEndian {
		order = "big-endian"
	}
	text := fmt.Sprintf("%d bits, %s, %s, %s", bits, order, [...]string{"sections", "segments", "bare"}[k.Form],
		[...]string{"no versions", "short versions", "long versions", "offsets to versions"}[k.Versions])
	for _, s := range []struct {
		is   bool
		name string
	}{{k.Pointers, "pointers"}, {k.NoNamespaces, "no namespaces"}, {k.Flags, "flags"}, {k.Twice, "twice"}} {
		if s.is {
			text += ", " + s.name
		}
	}
	return text
}
