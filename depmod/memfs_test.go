package depmod_test

import (
	"context"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/depmod"
	"github.com/gokmod/gokmod/internal/modtest"
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
