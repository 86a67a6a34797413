package kmod_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/kmodtest"
)

// setPatterns are patterns of which each byte takes a look at every place of a name
// of the letters a and b: there are no more costly ones.
func setPatterns() []string {
	sets := strings.NewReplacer("0", "[ab]", "1", "[ba]")
	patterns := make([]string, 1024)
	for i := range patterns {
		patterns[i] = "x:*" + sets.Replace(fmt.Sprintf("%010b", i)) + "Z"
	}
	return patterns
}

// costlyName is a name that setPatterns take too much work for.
var costlyName = "x:" + strings.Repeat("ab", 2000)

// TestBudget: whoever looks a name up gets an error that says which file takes too
// much work, be it an index or configuration.
func TestBudget(t *testing.T) {
	inIndex := openTreeWith(t, &kmodtest.Tree{Modules: []kmodtest.Module{{Name: "m", Aliases: setPatterns()}}}, "", nil)
	inConfig := openTreeWith(t, &kmodtest.Tree{Modules: []kmodtest.Module{{Name: "m"}}},
		"alias "+strings.Join(setPatterns(), " m\nalias ")+" m\n", nil)
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
		_, err := tt.db.Lookup(costlyName)
		check("Lookup", err)
		_, err = tt.db.Plan(costlyName)
		check("Plan", err)
		_, _, err = tt.db.PlanAliases(nil, costlyName)
		check("PlanAliases", err)
		_, err = tt.db.Closure(context.Background(), nil, costlyName)
		check("Closure", err)
		devices := slices.Values([]string{costlyName})
		_, err = tt.db.Closure(context.Background(), &kmod.ClosureOptions{Modaliases: devices}, "m")
		check("Closure of devices", err)
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
		{"one", softdeps(costlyName)}, {"many", softdeps(many.String())},
	} {
		tree := &kmodtest.Tree{Modules: []kmodtest.Module{{Name: "m", Aliases: setPatterns()}}}
		db := openTreeWith(t, tree, tt.softdeps, nil)
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

// TestBudgetFirmware: patterns for firmware that are costly to compare.
func TestBudgetFirmware(t *testing.T) {
	files := fstest.MapFS{}
	for i := range 2000 {
		files[fmt.Sprintf("lib/firmware/%04d%s", i, strings.Repeat("ab", 100))] = &fstest.MapFile{}
	}
	pattern := "firmware=" + strings.Repeat("*[ab][ab][ab][ab][ab][ab][ab][ab]", 25) + "Z"
	fields := make([]string, 32)
	for i := range fields {
		fields[i] = pattern + fmt.Sprint(i)
	}
	db := openTreeWith(t, &kmodtest.Tree{Modules: []kmodtest.Module{{Name: "m", Fields: fields}}}, "", files)
	if _, err := db.Closure(context.Background(), nil, "m"); !errors.Is(err, kmod.ErrBudget) {
		t.Errorf("got %.300v", err)
	}
}
