package depmod_test

import (
	"context"
	"errors"
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/depmod"
	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/kmod"
)

// TestFS: an index in memory serves kmod without any file.
func TestFS(t *testing.T) {
	modules := modtest.Golden()
	index, err := depmod.Scan(context.Background(), &depmod.Config{FS: modules, ModuleDir: "tree/lib/modules/" + modtest.GoldenRelease})
	if err != nil {
		t.Fatal(err)
	}
	files, err := index.FS()
	if err != nil {
		t.Fatal(err)
	}
	if err := fstest.TestFS(files, "modules.dep", "modules.builtin.alias.bin"); err != nil {
		t.Error(err)
	}
	db, err := kmod.Open(&kmod.Config{FS: modules, ModuleDir: "tree/lib/modules/" + modtest.GoldenRelease, Indexes: files})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	plan, err := db.Plan("gm-dash-alias")
	if err != nil {
		t.Fatal(err)
	}
	const dir = "tree/lib/modules/" + modtest.GoldenRelease
	if want := "insmod " + dir + "/updates/gm_base.ko \ninsmod " + dir + "/kernel/gm/gm-dash-name.ko \n"; plan.String() != want {
		t.Errorf("the plan is %s", plan)
	}
}

// TestAliasWithSpaces: sound cards have aliases of several words. kmod has such
// aliases in the text too, and they are found.
func TestAliasWithSpaces(t *testing.T) {
	const alias = "platform:mt8188 mt6359 soc card"
	m := modtest.Named("m", nil, nil)
	m.Modinfo = append(m.Modinfo, "alias="+alias)
	modules := needTree("m:")
	modules[moduleDir+"/kernel/m.ko"].Data = m.Build()
	index, err := scanFS(t, modules, depmod.Config{})
	if err != nil || len(index.Report.BadFields) > 0 {
		t.Fatal(err, index.Report.BadFields)
	}
	files, err := index.FS()
	if err != nil {
		t.Fatal(err)
	}
	text, err := fs.ReadFile(files, "modules.alias")
	if want := "# Aliases extracted from modules themselves.\nalias " + alias + " m\n"; err != nil || string(text) != want {
		t.Errorf("modules.alias is %q, %v", text, err)
	}
	db, err := kmod.Open(&kmod.Config{FS: modules, ModuleDir: moduleDir, Indexes: files})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if found, err := db.Lookup(alias); err != nil || len(found) != 1 || found[0].Name != "m" {
		t.Errorf("found %v, %v", found, err)
	}
}

// TestIndexFS: the errors are those of Scan and of Index.FS.
func TestIndexFS(t *testing.T) {
	if _, err := depmod.IndexFS(t.Context(), &depmod.Config{FS: fstest.MapFS{}, ModuleDir: "none"}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a directory that is not there: %v", err)
	}
	bad := fstest.MapFS{"built/a.ko": {Data: []byte("cut off")}}
	var none *depmod.NoModulesError
	if fsys, err := depmod.IndexFS(t.Context(), &depmod.Config{FS: bad, ModuleDir: "built"}); fsys != nil || !errors.As(err, &none) {
		t.Errorf("nothing that can be read: %v", err)
	}
}
