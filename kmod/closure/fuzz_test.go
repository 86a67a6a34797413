package closure_test

import (
	"context"
	"reflect"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/closure"
)

// FuzzClosure collects names and patterns with any configuration. The result must
// be a closure or an error, the same every time; the closure must have everything
// that a plan has, and an image of it must lead to the same plan.
func FuzzClosure(f *testing.F) {
	root := modtest.GoldenRoot(f)
	f.Add("", "gm_top gm_soft gm_soft2 gm_dev gm_built_in", "kernel/**", "fs-*")
	f.Add("softdep gm_base pre: gm_mid post: gm_soft\nsoftdep gm_mid pre: gm_base x\nalias x gm_base\nalias x* gm_soft2\n", "gm_base x xy", "", "")
	f.Add("install gm_mid true\ninstall virtual true\nalias v virtual\noptions virtual a=1\n", "gm_top v gm_mid", "**/gm-*", "")
	f.Add("blacklist gm_dev\nalias y gm_mid\nweakdep gm_mid gm_dev y gm_top\n", "gm_dev y fs-gmfs", "", "*")
	f.Add("alias * gm_top\nremove z x\nalias z nosuch\noptions z p\n", "z q", "", "")
	f.Fuzz(func(t *testing.T, config, names, path, alias string) {
		opts := &closure.Options{Select: []closure.Selection{{Path: path, Alias: alias, Optional: true}}}
		collect := func() (*kmod.DB, *closure.Closure, error) {
			db := dbtest.Open(t, &kmod.Config{Root: root, Release: modtest.GoldenRelease, NoConfig: true,
				ConfigFiles: []kmod.ConfigFile{{Name: "a.conf", Text: config}}})
			c, err := closure.Collect(context.Background(), db, opts, strings.Fields(names)...)
			return db, c, err
		}
		db, c, err := collect()
		_, again, errAgain := collect()
		if (err == nil) != (errAgain == nil) || err == nil && (c.String() != again.String() || !reflect.DeepEqual(c.Modules, again.Modules)) {
			t.Fatalf("once\n%v %v\nthen\n%v %v", c, err, again, errAgain)
		}
		if err != nil {
			if c != nil {
				t.Error("an error comes with a closure")
			}
			return
		}
		checkClosureHasPlan(t, db, c, names)
		image, err := c.FS(context.Background(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := closure.Collect(context.Background(), dbtest.Open(t, &kmod.Config{FS: image, Release: modtest.GoldenRelease}), nil); err != nil {
			t.Errorf("the image cannot be read: %v", err)
		}
	})
}

// checkClosureHasPlan: everything that is loaded for the names is there.
func checkClosureHasPlan(t *testing.T, db *kmod.DB, c *closure.Closure, names string) {
	t.Helper()
	plan, err := db.Plan(strings.Fields(names)...)
	if err != nil {
		t.Fatalf("there is a closure but no plan: %v", err)
	}
	for _, s := range plan.Steps {
		if m := c.Module(s.Module.Name); s.Action != kmod.ActionSkip && (m == nil || m.Path != s.Module.Path) {
			t.Errorf("%v is in the plan, %v in the closure", s.Module, m)
		}
	}
	for i := range c.Modules {
		checkClosureModule(t, c, i)
	}
}
