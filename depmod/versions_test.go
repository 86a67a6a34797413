package depmod_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/depmod"
	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/modinfo"
)

// damagedVersions is a module whose __versions is in no known form.
func damagedVersions(name string, needs ...string) []byte {
	m := modtest.Named(name, nil, needs)
	m.Versions = nil
	m.Sections = []modtest.Section{{Name: "__versions", Data: []byte("of no form at all")}}
	return m.Build()
}

// symvers are the exports of a kernel that has k in the version that the
// modules of these tests need, and old in another one.
func symvers(t *testing.T) *depmod.KernelSymbols {
	t.Helper()
	text := fmt.Sprintf("0x%08x\tk\tvmlinux\tEXPORT_SYMBOL\t\n", modtest.CRC("k")) +
		"0x00000001\told\tvmlinux\tEXPORT_SYMBOL\t\n"
	kernel, err := depmod.ReadSymvers(strings.NewReader(text), 0)
	if err != nil {
		t.Fatal(err)
	}
	return kernel
}

// TestVariableVersions: both forms of __versions give the same result.
func TestVariableVersions(t *testing.T) {
	var reports []string
	for _, variable := range []bool{false, true} {
		files := needTree("p: k old")
		m := modtest.Named("u", nil, []string{"k", "old", "nowhere", "p"})
		m.Versions[3].CRC = 7
		m.Versions = append(m.Versions, modtest.Version{Name: "module_layout", CRC: 8})
		if variable {
			m.Versions, m.VarVersions = nil, m.Versions
		}
		files[moduleDir+"/kernel/u.ko"] = &fstest.MapFile{Data: m.Build(), Mode: 0o644}
		index, err := scanFS(t, files, depmod.Config{Kernel: symvers(t)})
		if err != nil {
			t.Fatal(err)
		}
		r := &index.Report
		reports = append(reports, fmt.Sprint(r.Unreadable, r.BadVersions, r.Unresolved, r.Mismatched, depText(t, index)))
	}
	const want = "[] [] [{u kernel/u.ko nowhere 2} {u kernel/u.ko module_layout 4}]"
	const dep = "kernel/u.ko: kernel/p.ko\n"
	if reports[0] != reports[1] || !strings.HasPrefix(reports[0], want) || !strings.Contains(reports[0], dep) {
		t.Errorf("reports are\n%s\n%s", reports[0], reports[1])
	}
}

// depText returns the text of modules.dep.
func depText(t *testing.T, index *depmod.Index) string {
	t.Helper()
	made, err := index.Files()
	if err != nil {
		t.Fatal(err)
	}
	return string(made[0].Data)
}

// TestBadVersions: a module whose versions cannot be read is indexed and
// reported, and causes no version mismatches.
func TestBadVersions(t *testing.T) {
	files := needTree("p:")
	files[moduleDir+"/kernel/u.ko"] = &fstest.MapFile{Data: damagedVersions("u", "old", "p", "nowhere"), Mode: 0o644}
	cfg := depmod.Config{Kernel: symvers(t)}
	index, err := scanFS(t, files, cfg)
	if err != nil {
		t.Fatal(err)
	}
	if got := depText(t, index); got != "kernel/p.ko:\nkernel/u.ko: kernel/p.ko\n" {
		t.Errorf("modules.dep is\n%s", got)
	}
	r := &index.Report
	bad := r.BadVersions
	if len(bad) != 1 || bad[0].Path != moduleDir+"/kernel/u.ko" || !errors.Is(bad[0].Err, modinfo.ErrFormat) {
		t.Errorf("bad versions are %v", r.BadVersions)
	}
	if len(r.Unreadable)+len(r.Mismatched) > 0 || len(r.Unresolved) != 1 {
		t.Errorf("unreadable %v, mismatched %v, unresolved %v", r.Unreadable, r.Mismatched, r.Unresolved)
	}
	cfg.Strict, cfg.Kernel = true, nil
	_, err = scanFS(t, files, cfg)
	if err == nil || !strings.Contains(err.Error(), "has 1 module with unreadable symbol versions") {
		t.Errorf("strict: %v", err)
	}
}
