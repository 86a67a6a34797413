package depmod_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/depmod"
	"github.com/gokmod/gokmod/internal/test/modtest"
)

type modtestFS = fstest.MapFS

const moduleDir = "lib/modules/" + modtest.Release

func text(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s), Mode: 0o644} }

// TestDependencies: each dependency names the first symbol that causes it.
func TestDependencies(t *testing.T) {
	files := needTree("u: nowhere p r s p", "p: r", "r:", "s:")
	m := modtest.Named("u", nil, []string{"_s", ".p", "r", "p"})
	files[moduleDir+"/kernel/u.ko"].Data = m.Build()
	for _, test := range []struct {
		prefix byte
		want   string
	}{
		{0, "u p p 1, u r r 2, p r r 0"},
		{'_', "u s s 0, u p p 1, u r r 2, p r r 0"},
	} {
		index, err := scanFS(t, files, depmod.Config{SymbolPrefix: test.prefix})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for d := range index.Dependencies() {
			got = append(got, fmt.Sprint(d.Module.Name, " ", d.Symbol, " ", d.By.Name, " ", d.At))
		}
		if got := strings.Join(got, ", "); got != test.want {
			t.Errorf("with the prefix %q: %s, want %s", test.prefix, got, test.want)
		}
	}
}

func TestDuplicateAliases(t *testing.T) {
	m := modtest.Named("a", nil, nil)
	m.Modinfo = append(m.Modinfo, "alias=x", "alias=b-c", "alias=b_c", "alias=x", "alias=x", "alias=y")
	other := modtest.Named("b", nil, nil)
	other.Modinfo = append(other.Modinfo, "alias=x", "alias=y")
	files := needTree("a:", "b:")
	files[moduleDir+"/kernel/a.ko"].Data = m.Build()
	files[moduleDir+"/kernel/b.ko"].Data = other.Build()
	index, err := scanFS(t, files, depmod.Config{})
	if err != nil {
		t.Fatal(err)
	}
	got := slices.Collect(index.DuplicateAliases())
	want := []depmod.DuplicateAlias{{Module: "a", Alias: "b_c"}, {Module: "a", Alias: "x"}, {Module: "a", Alias: "x"}}
	if !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
}

// TestMissing: missing files of the kernel's build are not an error.
func TestMissing(t *testing.T) {
	files := needTree("a:")
	for _, name := range []string{"modules.order", "modules.builtin", "modules.builtin.modinfo"} {
		delete(files, moduleDir+"/"+name)
	}
	index, err := scanFS(t, files, depmod.Config{})
	if err != nil {
		t.Fatal(err)
	}
	if r := &index.Report; len(r.Missing) != 3 || len(r.Unreadable) != 0 {
		t.Errorf("missing %v, unreadable %v", r.Missing, r.Unreadable)
	}
}

func TestStrict(t *testing.T) {
	files := needTree("a:", "b:")
	if _, err := scanFS(t, files, depmod.Config{Strict: true}); err != nil {
		t.Fatal(err)
	}
	files[moduleDir+"/kernel/a.ko"] = text("no module")
	delete(files, moduleDir+"/modules.order")
	index, err := scanFS(t, files, depmod.Config{Strict: true})
	var report *depmod.ReportError
	if index != nil || !errors.As(err, &report) || len(report.Report.Unreadable) != 1 {
		t.Fatalf("%v, %v", index, err)
	}
	if want := "the tree of modules has 1 unreadable file, 1 missing file of the kernel's build"; err.Error() != want {
		t.Errorf("the error is %q", err)
	}
}

// TestFilesOnly indexes single files.
func TestFilesOnly(t *testing.T) {
	files := needTree("a: b", "b:", "c:")
	files["else/b.ko"] = files[moduleDir+"/kernel/b.ko"]
	files["else/d.ko"] = &fstest.MapFile{Data: modtest.Named("d", nil, []string{"a"}).Build()}
	cfg := depmod.Config{Files: []string{"/" + moduleDir + "/kernel/a.ko", "/else/b.ko", "/else/d.ko", moduleDir + "/kernel/b.ko"}}
	index, err := scanFS(t, files, cfg)
	if err != nil {
		t.Fatal(err)
	}
	made, err := index.Files()
	if err != nil {
		t.Fatal(err)
	}
	if want := "kernel/a.ko: /else/b.ko\n/else/b.ko:\n/else/d.ko: kernel/a.ko /else/b.ko\n"; string(made[0].Data) != want {
		t.Errorf("modules.dep is\n%s", made[0].Data)
	}
	if want := []depmod.Replaced{{Module: "b", Path: "kernel/b.ko", By: "/else/b.ko"}}; !slices.Equal(index.Report.Replaced, want) {
		t.Errorf("replaced are %v", index.Report.Replaced)
	}
	if _, err := scanFS(t, files, depmod.Config{Files: []string{"/../a.ko"}}); err == nil {
		t.Error("a file outside the root was taken")
	}
}

// TestUnpackLarge: a module that unpacks to many times its size is read, even
// if the memory for all modules only has room for it alone.
func TestUnpackLarge(t *testing.T) {
	const zeros = 1 << 20
	files := needTree()
	var want []string
	for i := range 20 {
		m := modtest.Named("m", []string{fmt.Sprint("s", i)}, nil)
		m.Sections = append(m.Sections, modtest.Section{Name: ".data", Data: make([]byte, zeros)})
		var packed bytes.Buffer
		w := gzip.NewWriter(&packed)
		w.Write(m.Build())
		w.Close()
		if packed.Len() > zeros/100 {
			t.Fatalf("%d bytes are left of %d", packed.Len(), zeros)
		}
		name := fmt.Sprintf("m%02d", i)
		files[moduleDir+"/kernel/"+name+".ko.gz"] = &fstest.MapFile{Data: packed.Bytes(), Mode: 0o644}
		want = append(want, name)
	}
	for _, maxBytes := range []int64{1, 1 << 20, 0} {
		index, err := scanFS(t, files, depmod.Config{MaxBytes: maxBytes, Parallel: 4})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, m := range index.Modules() {
			got = append(got, m.Name)
		}
		if !slices.Equal(got, want) || len(index.Report.Unreadable) > 0 {
			t.Errorf("with %d bytes: modules %q, unreadable %v", maxBytes, got, index.Report.Unreadable)
		}
	}
	files[moduleDir+"/kernel/small.ko"] = &fstest.MapFile{Data: simple("small"), Mode: 0o644}
	index, err := scanFS(t, files, depmod.Config{MaxModuleSize: zeros})
	if err != nil {
		t.Fatal(err)
	}
	if len(index.Report.Unreadable) != len(want) {
		t.Errorf("%d modules are too large, not %d", len(index.Report.Unreadable), len(want))
	}
}
