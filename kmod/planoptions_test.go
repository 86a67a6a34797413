package kmod_test

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/kmodtest"
)

// reasoned gives a plan as words: the modules with the kinds of their first reasons,
// and why steps are skipped.
func reasoned(p *kmod.Plan) string {
	kinds := map[kmod.ReasonKind]string{kmod.ReasonDependency: "d:", kmod.ReasonSoftPre: "pre:", kmod.ReasonSoftPost: "post:", kmod.ReasonWeak: "weak:"}
	var words []string
	for i := range p.Steps {
		s := &p.Steps[i]
		word := kinds[s.Reasons[0].Kind] + s.Module.Name
		if s.Skip != nil {
			word += "(" + s.Skip.Kind.String() + ")"
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

// TestPlanRequestOptions: what each option takes in and leaves out.
func TestPlanRequestOptions(t *testing.T) {
	files := fstest.MapFS{"proc/cmdline": {Data: []byte("modprobe.blacklist=x_slow disk.c=1\n")}}
	db := dbtest.Tree(t, dbtest.Wide(), "blacklist x-fast\nblacklist disk\n", files)
	module := func(name, alias string) *kmod.Module {
		m, err := db.Module(name)
		if err != nil {
			t.Fatal(err)
		}
		m.Alias = alias
		return &m
	}
	for _, test := range []struct {
		name    string
		opts    kmod.PlanOptions
		request kmod.Request
		want    string
	}{
		{"none", kmod.PlanOptions{}, kmod.Request{Name: "top"},
			"d:base d:mid pre:inside pre:before top post:after pre:nosuch(missing)"},
		{"weak dependencies", kmod.PlanOptions{Weakdeps: true, NoSoftdeps: true}, kmod.Request{Name: "top"},
			"d:base d:mid top d:helper_base weak:helper weak:x_fast weak:x_slow weak:nosuch2(missing)"},
		{"excluded soft dependency", kmod.PlanOptions{Exclude: []string{"before"}}, kmod.Request{Name: "top"},
			"d:base d:mid top post:after pre:before(excluded) pre:nosuch(missing)"},
		{"excluded below a weak dependency", kmod.PlanOptions{Weakdeps: true, NoSoftdeps: true, Exclude: []string{"helper-base"}},
			kmod.Request{Name: "top"}, "d:base d:mid top weak:x_fast weak:x_slow weak:helper(excluded) weak:nosuch2(missing)"},
		{"excluded, but asked for", kmod.PlanOptions{Exclude: []string{"mid"}}, kmod.Request{Name: "mid"}, "d:base mid"},
		{"excluded, optional", kmod.PlanOptions{Exclude: []string{"mid"}}, kmod.Request{Name: "mid", Optional: true}, "mid(excluded)"},
		{"soft dependency not kept", kmod.PlanOptions{Keep: notKept("before", kmod.ReasonSoftPre)}, kmod.Request{Name: "top"},
			"d:base d:mid top post:after pre:before(excluded) pre:nosuch(missing)"},
		{"not kept for another reason", kmod.PlanOptions{Keep: notKept("before", kmod.ReasonWeak)}, kmod.Request{Name: "top"},
			"d:base d:mid pre:inside pre:before top post:after pre:nosuch(missing)"},
		{"not kept, optional", kmod.PlanOptions{Keep: notKept("mid", kmod.ReasonRequested)}, kmod.Request{Name: "mid", Optional: true}, "mid(excluded)"},
		{"needs what is not kept", kmod.PlanOptions{Keep: notKept("base", kmod.ReasonDependency)}, kmod.Request{Name: "mid", Optional: true},
			"mid(excluded)"},
		{"required and not kept", kmod.PlanOptions{Keep: func(kmod.Module, kmod.Reason) bool { return false }, NoSoftdeps: true},
			kmod.Request{Name: "mid"}, "d:base mid"},
		{"needs what is excluded, optional", kmod.PlanOptions{Exclude: []string{"base"}}, kmod.Request{Name: "mid", Optional: true},
			"mid(excluded)"},
		{"unknown, optional", kmod.PlanOptions{}, kmod.Request{Name: "no-such", Optional: true}, "no_such(missing)"},
		{"no alias, optional", kmod.PlanOptions{}, kmod.Request{Name: "a[", Optional: true}, "a[(missing)"},
		{"blacklisted by its own name", kmod.PlanOptions{}, kmod.Request{Name: "disk"}, "disk"},
		{"blacklist in use", kmod.PlanOptions{UseBlacklist: true}, kmod.Request{Name: "disk"}, "disk(blacklisted)"},
		{"blacklisted by alias", kmod.PlanOptions{}, kmod.Request{Name: "crypto-x"}, "x_fast(blacklisted) x_slow(blacklisted)"},
		{"blacklist without the command line", kmod.PlanOptions{NoCmdline: true}, kmod.Request{Name: "crypto-x"},
			"x_slow x_fast(blacklisted)"},
		{"blacklist that does not count", kmod.PlanOptions{KeepBlacklisted: true, UseBlacklist: true}, kmod.Request{Name: "crypto-x"},
			"x_fast x_slow"},
		{"a module", kmod.PlanOptions{}, kmod.Request{Name: "other", Module: module("disk", "")}, "disk"},
		{"a module by an alias", kmod.PlanOptions{}, kmod.Request{Module: module("disk", "pci:*")}, "disk(blacklisted)"},
	} {
		plan, err := db.PlanRequests(&test.opts, test.request)
		if err != nil || reasoned(plan) != test.want {
			t.Errorf("%s: %s, %v; want %s", test.name, reasoned(plan), err, test.want)
		}
	}
	plan, err := db.PlanRequests(nil, kmod.Request{Module: module("mid", ""), For: "kernel/**"})
	if err != nil || plan.Steps[1].Reasons[0] != (kmod.Reason{Of: "kernel/**"}) || plan.Steps[0].Reasons[0].Of != "mid" {
		t.Errorf("asked for by a pattern: %v, %v", plan, err)
	}
	with, err1 := db.PlanRequests(nil, kmod.Request{Name: "disk"})
	without, err2 := db.PlanRequests(&kmod.PlanOptions{NoCmdline: true}, kmod.Request{Name: "disk"})
	if err := errors.Join(err1, err2); err != nil || with.Steps[0].Params != "c=1" || without.Steps[0].Params != "" {
		t.Errorf("the parameters are %q with the command line, %q without, %v", with.Steps[0].Params, without.Steps[0].Params, err)
	}
}

// TestPlanBuiltinDeps: what built-ins state counts only where that is asked for.
func TestPlanBuiltinDeps(t *testing.T) {
	tree := &kmodtest.Tree{Modules: []kmodtest.Module{
		{Name: "inside", Builtin: true, Softdeps: []string{"pre: soft"}, Weakdeps: []string{"weak"}}, {Name: "soft"}, {Name: "weak"},
	}}
	db := dbtest.Tree(t, tree, "", nil)
	for want, opts := range map[string]*kmod.PlanOptions{
		"inside": {Weakdeps: true}, "pre:soft inside": {BuiltinDeps: true},
		"pre:soft inside weak:weak": {BuiltinDeps: true, Weakdeps: true}, "inside weak:weak": {BuiltinDeps: true, Weakdeps: true, NoSoftdeps: true},
	} {
		plan, err := db.PlanRequests(opts, kmod.Request{Name: "inside"})
		if err != nil || reasoned(plan) != want {
			t.Errorf("%+v: %s, %v; want %s", opts, reasoned(plan), err, want)
		}
	}
}

// TestOptionalIndexes: a name that is not required is not missing where the indexes
// are.
func TestOptionalIndexes(t *testing.T) {
	db := dbtest.Open(t, &kmod.Config{FS: without(t, "modules.alias.bin"), Release: release})
	if _, err := db.PlanRequests(nil, kmod.Request{Name: "x", Optional: true}); !errors.Is(err, kmod.ErrNoIndexes) {
		t.Errorf("got %v", err)
	}
}

// notKept keeps everything but a module that comes for a kind of reason.
func notKept(name string, kind kmod.ReasonKind) func(kmod.Module, kmod.Reason) bool {
	return func(m kmod.Module, why kmod.Reason) bool { return m.Name != name || why.Kind != kind }
}

// TestExcludedStep: a step that is skipped says why when it is run.
func TestExcludedStep(t *testing.T) {
	tree := dbtest.Wide()
	db := dbtest.Tree(t, tree, "", nil)
	plan, err := db.PlanRequests(&kmod.PlanOptions{Exclude: []string{"mid"}}, kmod.Request{Name: "mid", Optional: true}, kmod.Request{Name: "disk"})
	if err != nil {
		t.Fatal(err)
	}
	result, err := kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: tree.Kernel()}).Run(t.Context(), plan, nil)
	if err != nil || len(result.Steps) != 2 {
		t.Fatal(result, err)
	}
	if s := result.Steps[1]; s.Outcome != kmod.OutcomeSkipped || !errors.Is(s.Err, kmod.ErrExcluded) || s.Duration != 0 {
		t.Errorf("excluded: %v, %v", s.Outcome, s.Err)
	}
	if s := result.Steps[0]; s.Outcome != kmod.OutcomeInserted || s.Duration <= 0 {
		t.Errorf("inserted: %v after %v", s.Outcome, s.Duration)
	}
}
