package kmod_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/kmod"
)

// describe returns a plan in a form that is easy to compare.
func describe(p *kmod.Plan) []string {
	var lines []string
	for _, s := range p.Steps {
		lines = append(lines, fmt.Sprintf("%v %s %q needs %v after %v: %v", s.Action, s.Module.Name, s.Params, s.Needs, s.After, s.Reasons))
	}
	return lines
}

func TestPlan(t *testing.T) {
	db := dbtest.Golden(t)
	tests := []struct {
		name     string
		requests []kmod.Request
		want     []string
	}{
		{"chain", []kmod.Request{{Name: "gm-top", Params: "extra=1"}}, []string{
			`insert gm_base "" needs [] after []: [hard dependency of gm_top]`,
			`insert gm_mid "" needs [0] after []: [hard dependency of gm_top]`,
			`insert gm_param "count=3         who=\"a b\"" needs [] after []: [soft pre dependency of gm_top]`,
			`insert gm_top "extra=1" needs [0 1] after [2]: [asked for as gm-top]`,
		}},
		{"several", []kmod.Request{{Name: "gm_mid"}, {Name: "gm_base", Params: "a=1"}, {Name: "gm-dash-alias"}, {Name: "gm_base", Params: "b=2"}}, []string{
			`insert gm_base "a=1 b=2" needs [] after []: [hard dependency of gm_mid asked for as gm_base hard dependency of gm_dash_name asked for as gm_base]`,
			`insert gm_mid "" needs [0] after []: [asked for as gm_mid]`,
			`insert gm_dash_name "" needs [0] after []: [asked for as gm-dash-alias]`,
		}},
		{"built in", []kmod.Request{{Name: "gm_built_in", Params: "x=1"}}, []string{
			`builtin gm_built_in "x=1" needs [] after []: [asked for as gm_built_in]`,
		}},
		{"nothing", nil, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			plan, err := db.PlanRequests(nil, test.requests...)
			if err != nil {
				t.Fatal(err)
			}
			if got := describe(plan); !slices.Equal(got, test.want) {
				t.Errorf("plan is\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(test.want, "\n"))
			}
		})
	}
}

func TestPlanString(t *testing.T) {
	db := dbtest.Golden(t)
	plan, err := db.PlanRequests(nil, kmod.Request{Name: "gm_mid", Params: "p=1"}, kmod.Request{Name: "gm_built_in"})
	if err != nil {
		t.Fatal(err)
	}
	want := "insmod " + filepath.Join(db.Dir(), "updates/gm_base.ko") + " \n" +
		"insmod " + filepath.Join(db.Dir(), "kernel/gm/gm_mid.ko.xz") + " p=1\nbuiltin gm_built_in\n"
	if plan.String() != want {
		t.Errorf("plan is %q, want %q", plan, want)
	}
}

func TestPlanUnknown(t *testing.T) {
	db := dbtest.Golden(t)
	if plan, err := db.Plan("gm_mid", "nosuch"); plan != nil || !errors.Is(err, kmod.ErrNotFound) {
		t.Errorf("got %v, %v", plan, err)
	}
}

// TestPlanStaleAlias: an alias of a module that is gone.
func TestPlanStaleAlias(t *testing.T) {
	files := modtest.Tree(nil, modtest.TreeModule{Path: "kernel/a.ko", Aliases: []string{"x:1"}})
	files["lib/modules/"+modtest.Release+"/modules.dep.bin"].Data = modtest.Index()
	db := dbtest.Open(t, &kmod.Config{FS: files, Release: modtest.Release})
	plan, err := db.Plan("x:1")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{`skip a "" needs [] after []: [asked for as x:1]`}
	if got := describe(plan); !slices.Equal(got, want) || plan.Steps[0].Skip.Kind != kmod.SkipMissing {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestPlanBound: lists of dependencies that grow with the square of the file.
func TestPlanBound(t *testing.T) {
	var paths []string
	for i := range 2000 {
		paths = append(paths, fmt.Sprintf("m%d.ko", i))
	}
	var modules []modtest.TreeModule
	for _, path := range paths {
		modules = append(modules, modtest.TreeModule{Path: path, Deps: paths})
	}
	db := dbtest.Open(t, &kmod.Config{FS: modtest.Tree(nil, modules...), Release: modtest.Release})
	if plan, err := db.Plan("m0"); plan != nil || err == nil || !strings.Contains(err.Error(), "dependencies are too long") {
		t.Errorf("got %v, %v", plan, err)
	}
}

// TestPlanLoop: a damaged modules.dep in which modules need each other.
func TestPlanLoop(t *testing.T) {
	db := dbtest.Open(t, &kmod.Config{Release: modtest.Release, FS: modtest.Tree(nil,
		modtest.TreeModule{Path: "a.ko", Deps: []string{"b.ko"}},
		modtest.TreeModule{Path: "b.ko", Deps: []string{"a.ko"}},
		modtest.TreeModule{Path: "self.ko", Deps: []string{"self.ko"}})})
	for name, want := range map[string][]string{"a": {"b", "a"}, "b": {"a", "b"}, "self": {"self"}} {
		plan, err := db.Plan(name)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for i, s := range plan.Steps {
			got = append(got, s.Module.Name)
			for _, before := range slices.Concat(s.Needs, s.After) {
				if before >= i {
					t.Errorf("%s: step %d comes after step %d", name, i, before)
				}
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("plan of %s is %v, want %v", name, got, want)
		}
	}
}
