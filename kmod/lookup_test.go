package kmod_test

import (
	"errors"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/kmodtest"
)

// TestUnlistedBuiltin: drivers that cannot be modules have aliases and fields,
// but are not listed among the built-ins. By their own names nothing finds them.
func TestUnlistedBuiltin(t *testing.T) {
	const dir = "lib/modules/6.1.0-test/"
	db := dbtest.Tree(t, dbtest.Wide(), "", fstest.MapFS{
		dir + "modules.builtin.alias.bin": &fstest.MapFile{Data: modtest.Index(modtest.Entry{Key: "acpi*:AMDI0033:*", Value: "pinctrl_amd"})},
		dir + "modules.builtin.modinfo":   &fstest.MapFile{Data: []byte("pinctrl_amd.description=pins\x00inside.license=GPL\x00pinctrl_amd.alias=acpi*:AMDI0033:*\x00")},
	})
	found, err := db.Lookup("acpi:AMDI0033:")
	if err != nil || !slices.Equal(names(found), []string{"pinctrl_amd"}) || !found[0].Builtin || found[0].Path != "" {
		t.Errorf("found %+v, %v", found, err)
	}
	if _, err := db.Lookup("pinctrl_amd"); !errors.Is(err, kmod.ErrNotFound) {
		t.Errorf("by name: %v", err)
	}
	plan, err := db.Plan("acpi:AMDI0033:")
	if err != nil || len(plan.Steps) != 1 || plan.Steps[0].Action != kmod.ActionBuiltin {
		t.Errorf("planned is %v, %v", plan, err)
	}
	info, err := db.Info("pinctrl-amd")
	if err != nil || info.Description() != "pins" || len(info.Fields) != 2 {
		t.Errorf("info is %+v, %v", info, err)
	}
	if _, err := db.Info("nosuch"); !errors.Is(err, kmod.ErrNotFound) {
		t.Errorf("info of nothing: %v", err)
	}
	loader := kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: kmodtest.New("6.1.0-test")})
	if _, err := loader.Load(t.Context(), "acpi:AMDI0033:"); err != nil {
		t.Errorf("loading it: %v", err)
	}
}

// TestLookupAll: each name has its own answer.
func TestLookupAll(t *testing.T) {
	db := dbtest.Tree(t, dbtest.Wide(), "", nil)
	var got []string
	for found, err := range db.LookupAll("fs-top", "nosuch", "helper-base", "crypto-x", "not reached") {
		text := ""
		for _, m := range found {
			text += m.Name + " "
		}
		if errors.Is(err, kmod.ErrNotFound) {
			text = "not found"
		} else if err != nil {
			t.Error(err)
		}
		if got = append(got, text); len(got) == 4 {
			break
		}
	}
	if want := []string{"top ", "not found", "helper_base ", "x_fast x_slow "}; !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}
