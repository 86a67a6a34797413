package index

import (
	"path/filepath"
	"testing"
)

// benchmarkDir returns a real module directory, or the small one in testdata.
func benchmarkDir(b *testing.B) string {
	dirs := moduleDirs()
	if len(dirs) == 0 {
		b.Log("no real module tree: using testdata")
		return "testdata"
	}
	return dirs[0]
}

func BenchmarkGet(b *testing.B) {
	r := open(b, filepath.Join(benchmarkDir(b), "modules.dep.bin"))
	for _, key := range []string{"e1000e", "snd_hda_intel", "gm_top", "no_such_module"} {
		b.Run(key, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, _, _, err := r.Get(key); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkMatch(b *testing.B) {
	r := open(b, filepath.Join(benchmarkDir(b), "modules.alias.bin"))
	for name, query := range map[string]string{
		"pci":  "pci:v00008086d0000100Esv00001AF4sd00001100bc02sc00i00",
		"usb":  "usb:v046DpC52Bd1211dc00dsc00dp00ic03isc01ip01in00",
		"dmi":  "dmi:bvnLENOVO:bvrN2IET95W(1.73):bd08/05/2021:br1.73:efr1.16:svnLENOVO:pn20QDS3DG00:pvrThinkPadX1Carbon7th:rvnLENOVO:rn20QDS3DG00:rvrSDK0J40697WIN:cvnLENOVO:ct10:cvrNone:sku",
		"of":   "of:NserialT(null)Cti,da830-uartCns16550a",
		"none": "no_such_module",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			dst := make([]Entry, 0, 16)
			for b.Loop() {
				if _, err := r.Match(dst, query); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkAll(b *testing.B) {
	r := open(b, filepath.Join(benchmarkDir(b), "modules.alias.bin"))
	b.ReportAllocs()
	for b.Loop() {
		for _, err := range r.All() {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}
