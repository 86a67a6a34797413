package diagnose_test

import (
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/diagnose"
	"github.com/gokmod/gokmod/kmod/kmodtest"
)

// FuzzDiagnose: the diagnosis of any file consists of plain sentences, and is the
// same the second time.
func FuzzDiagnose(f *testing.F) {
	_, m, _ := goodModules()
	f.Add(m.Build(), "n=1", symversText())
	m.Versions[0].CRC++
	m.Exports = append(m.Exports, modtest.Export{Name: "printk"})
	m.Signature = pkcs7Signature(f, "me", 1)
	f.Add(m.Build(), `n="a b" flag=2 --`, "0x1\tprintk\tvmlinux\tEXPORT_SYMBOL\tNS\n")
	f.Add([]byte("no module"), "", "")
	f.Fuzz(func(t *testing.T, image []byte, params, symvers string) {
		files := modtest.Tree(nil, modtest.TreeModule{Path: "m.ko", File: image, Deps: []string{"base.ko"}}, modtest.TreeModule{Path: "base.ko", File: image})
		db, err := kmod.Open(&kmod.Config{FS: files, Release: modtest.Release, NoConfig: true, MaxModuleSize: 1 << 20})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		diagnose := func() string {
			k := kmodtest.New(modtest.Release)
			k.SigEnforce = true
			d, err := diagnose.Module(db, &diagnose.Options{Kernel: k, Symvers: strings.NewReader(symvers)}, kmod.Request{Name: "m", Params: params})
			if err != nil {
				t.Skip(err)
			}
			for _, found := range d.Findings {
				if found.Text == "" || strings.ContainsAny(found.Text, "\n\x00") || found.Module == "" {
					t.Errorf("no sentence: %+v", found)
				}
			}
			return d.String()
		}
		if first, second := diagnose(), diagnose(); first != second {
			t.Errorf("first\n%s\nthen\n%s", first, second)
		}
	})
}
