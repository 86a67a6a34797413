package main

import (
	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/modinfo"
)

// kernelImage makes the vmlinux of a release with exports. The kernel has versions if the first one has.
func kernelImage(release string, exports ...modinfo.Export) []byte {
	k := &modtest.KernelImage{
		Release: release, Vermagic: "SMP preempt mod_unload ",
		BuildID: []byte("twenty bytes build i"), Machine: modtest.X86_64,
	}
	if len(exports) > 0 && exports[0].HasCRC {
		k.Vermagic += "modversions "
		k.Versions = modtest.ShortVersions
	}
	for _, x := range exports {
		symbol := modtest.KernelExport{Name: x.Name, CRC: x.CRC, GPLOnly: x.GPLOnly, Namespace: x.Namespace}
		k.Symbols = append(k.Symbols, symbol)
	}
	return k.Build()
}
