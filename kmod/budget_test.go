package kmod_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/kmodtest"
)

// TestBudget: the error of a look-up says which file takes too much work, whether it is
// an index or configuration.
func TestBudget(t *testing.T) {
	inIndex := dbtest.Tree(t, &kmodtest.Tree{Modules: []kmodtest.Module{{Name: "m", Aliases: dbtest.CostlyPatterns()}}}, "", nil)
	inConfig := dbtest.Tree(t, &kmodtest.Tree{Modules: []kmodtest.Module{{Name: "m"}}},
		"alias "+strings.Join(dbtest.CostlyPatterns(), " m\nalias ")+" m\n", nil)
	for _, tt := range []struct {
		name, file string
		db         *kmod.DB
	}{
		{"index", "lib/modules/6.1.0-test/modules.alias.bin: ", inIndex},
		{"configuration", "etc/modprobe.d/kmodtest.conf line ", inConfig},
	} {
		check := func(what string, err error) {
			t.Helper()
			if !errors.Is(err, kmod.ErrBudget) || errors.Is(err, kmod.ErrNotFound) || !strings.Contains(err.Error(), tt.file) {
				t.Errorf("%s in the %s: got %.300v", what, tt.name, err)
			}
		}
		_, err := tt.db.Lookup(dbtest.CostlyName)
		check("Lookup", err)
		_, err = tt.db.Plan(dbtest.CostlyName)
		check("Plan", err)
		_, _, err = tt.db.PlanAliases(nil, dbtest.CostlyName)
		check("PlanAliases", err)
		_, err = matched(tt.db, dbtest.CostlyName)
		check("Matches", err)
		if plan, err := tt.db.Plan("m"); err != nil || len(plan.Steps) != 1 {
			t.Errorf("a module of the %s: %v, %v", tt.name, plan, err)
		}
	}
}

// TestBudgetSoft: neither many names nor what is costly about one of them make a
// plan that takes longer than the budget.
func TestBudgetSoft(t *testing.T) {
	softdeps := func(names string) string { return "softdep m pre: " + names + "\n" }
	// Each takes a few thousand steps, and all together too many.
	var many strings.Builder
	for i := range 20000 {
		fmt.Fprintf(&many, " x:%d%s", i, strings.Repeat("ab", 50))
	}
	for _, tt := range []struct{ name, softdeps string }{
		{"one", softdeps(dbtest.CostlyName)}, {"many", softdeps(many.String())},
	} {
		tree := &kmodtest.Tree{Modules: []kmodtest.Module{{Name: "m", Aliases: dbtest.CostlyPatterns()}}}
		db := dbtest.Tree(t, tree, tt.softdeps, nil)
		plan, err := db.Plan("m")
		if plan != nil || !errors.Is(err, kmod.ErrBudget) ||
			!strings.Contains(err.Error(), "plan the load of module m: look up module x:") ||
			!strings.Contains(err.Error(), "modules.alias.bin: the patterns take too much work") {
			t.Errorf("%s: got %.300v", tt.name, err)
		}
		plan, err = db.PlanRequests(&kmod.PlanOptions{NoSoftdeps: true}, kmod.Request{Name: "m"})
		if err != nil || len(plan.Steps) != 1 {
			t.Errorf("%s: without soft dependencies got %v, %v", tt.name, plan, err)
		}
	}
}
