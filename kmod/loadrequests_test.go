package kmod_test

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/kmodtest"
	"github.com/gokmod/gokmod/kmod/live"
)

// requests asks for each of the names.
func requests(names ...string) []kmod.Request {
	list := make([]kmod.Request, len(names))
	for i, name := range names {
		list[i].Name = name
	}
	return list
}

// TestSkipUnknown: what nobody knows does not keep the rest from being loaded, whoever
// else names it.
func TestSkipUnknown(t *testing.T) {
	const config = "alias gone no_module\nsoftdep other pre: soft_gone\n"
	for _, test := range []struct {
		names, insist, want string
		skipped             int // steps without which the call succeeds
		err                 error
	}{
		{"no-such disk", "", "disk: inserted, no_such: skipped", 1, nil},
		{"no-such no_such disk no-such", "", "disk: inserted, no_such: skipped", 1, nil},
		{"a[ disk", "", "disk: inserted, a[: skipped", 1, nil},
		{" disk", "", "disk: inserted, : skipped", 1, nil},
		{"symbol:no disk", "", "disk: inserted, symbol:no: skipped", 1, nil},
		{"gone disk", "", "no_module: skipped, disk: inserted", 1, nil},
		{"gone gone", "gone", "no_module: skipped", 1, kmod.ErrNotFound},
		{"other soft-gone", "", "other: inserted, soft_gone: skipped", 1, nil},
		{"other", "", "other: inserted, soft_gone: skipped", 1, nil},
		{"gone disk", "gone", "no_module: skipped, disk: not reached", 1, kmod.ErrNotFound},
	} {
		tree := dbtest.Wide()
		db, kernel := dbtest.Tree(t, tree, config, nil), tree.Kernel()
		loader := kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: kernel, Parallel: 1})
		ask := requests(strings.Split(test.names, " ")...)
		opts := &kmod.LoadOptions{Plan: kmod.PlanOptions{SkipUnknown: test.insist == ""}}
		for i := range ask {
			ask[i].Optional = test.insist != "" && i > 0
		}
		result, err := loader.LoadRequests(t.Context(), opts, ask...)
		if result == nil || !errors.Is(err, test.err) || (err == nil) != (test.err == nil) {
			t.Errorf("%s: %v, %v, want %v", test.names, result, err, test.err)
			continue
		}
		if outcomes(result) != test.want {
			t.Errorf("%s: %s; want %s", test.names, outcomes(result), test.want)
		}
		skipped := 0
		for _, s := range result.Steps {
			if s.Outcome == kmod.OutcomeSkipped && errors.Is(s.Err, kmod.ErrNotFound) {
				skipped++
			}
		}
		if skipped != test.skipped {
			t.Errorf("%s: %d modules are said to be unknown", test.names, skipped)
		}
	}
}

// TestSkipUnknownPlan: the step says that it was requested, under which name, and that
// nothing depends on it.
func TestSkipUnknownPlan(t *testing.T) {
	db := dbtest.Tree(t, dbtest.Wide(), "alias gone no_module\nalias gone-too no_module\nsoftdep disk pre: gone\n", nil)
	skip := &kmod.PlanOptions{SkipUnknown: true}
	plan, err := db.PlanRequests(skip, kmod.Request{Name: "no-such", For: "site.conf"})
	if err != nil {
		t.Fatal(err)
	}
	s := &plan.Steps[0]
	if s.Action != kmod.ActionSkip || *s.Skip != (kmod.Skip{Kind: kmod.SkipMissing, Optional: true}) || !s.Requested() ||
		s.Reasons[0] != (kmod.Reason{Of: "site.conf"}) {
		t.Errorf("step %+v, skip %+v", s, s.Skip)
	}
	for _, test := range []struct {
		first, second bool // optional
		want          bool
	}{{true, true, true}, {true, false, false}, {false, true, false}, {false, false, false}} {
		plan, err := db.PlanRequests(nil, kmod.Request{Name: "gone", Optional: test.first}, kmod.Request{Name: "gone-too", Optional: test.second})
		if err != nil || len(plan.Steps) != 1 || plan.Steps[0].Skip.Optional != test.want {
			t.Errorf("optional %v, %v: %v, %v", test.first, test.second, plan, err)
		}
	}
	if plan, err := db.Plan("top"); err != nil || plan.Steps[len(plan.Steps)-1].Skip.Optional {
		t.Errorf("a missing soft dependency is not a request: %v", err)
	}
	plan, err = db.PlanRequests(skip, requests("disk", "no-module")...) // which has a step already
	if err != nil || reasoned(plan) != "pre:no_module(missing) disk" || !plan.Steps[0].Requested() || !plan.Steps[0].Skip.Optional {
		t.Errorf("named by a soft dependency, too: %v, %v", plan, err)
	}
	excluded := &kmod.PlanOptions{SkipUnknown: true, Exclude: []string{"mid"}}
	if plan, err := db.PlanRequests(excluded, kmod.Request{Name: "mid"}); err != nil || plan.Steps[1].Action != kmod.ActionInsert {
		t.Errorf("excluded, but asked for: %v, %v", plan, err)
	}
	if _, err := db.PlanRequests(skip, kmod.Request{Path: "/no/such/file.ko"}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that does not exist: %v", err)
	}
}

// TestSkipUnknownIndexes: where the indexes are missing, nothing is known to be unknown.
func TestSkipUnknownIndexes(t *testing.T) {
	for _, test := range []struct {
		remove string
		name   string
		want   error
	}{
		{"modules.alias.bin", "x", kmod.ErrNoIndexes}, {"modules.dep.bin", "x", kmod.ErrNoIndexes},
		{"modules.symbols.bin", "symbol:x", kmod.ErrNoIndexes}, {"modules.symbols.bin", "x", nil},
		{"modules.alias.bin", "y", nil}, {"modules.builtin.alias.bin", "x", nil},
	} {
		db := dbtest.Open(t, &kmod.Config{FS: without(t, test.remove), Release: release})
		kernel := kmodtest.New(release)
		loader := kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: kernel})
		opts := &kmod.LoadOptions{Plan: kmod.PlanOptions{SkipUnknown: true}}
		if _, err := loader.LoadRequests(t.Context(), opts, kmod.Request{Name: test.name}); !errors.Is(err, test.want) {
			t.Errorf("load %s without %s: %v", test.name, test.remove, err)
		}
		_, err := loader.Unload(t.Context(), &kmod.UnloadOptions{SkipUnknown: true}, test.name)
		if !errors.Is(err, test.want) {
			t.Errorf("unload %s without %s: %v", test.name, test.remove, err)
		}
	}
}

// TestSkipUnknownLive: what the kernel alone knows is loaded, even without indexes.
func TestSkipUnknownLive(t *testing.T) {
	tree := dbtest.Wide()
	for name, db := range map[string]*kmod.DB{
		"indexes": dbtest.Tree(t, tree, "", nil), "none": dbtest.Open(t, &kmod.Config{FS: fstest.MapFS{}, Release: release}),
	} {
		kernel := tree.Kernel()
		kernel.Builtin = append(kernel.Builtin, "part")
		kernel.Symbols = append(kernel.Symbols, "printk")
		if err := kernel.InitModule(modtest.Named("by_hand", nil, nil).Build(), ""); err != nil {
			t.Fatal(err)
		}
		loader := kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: kernel})
		for _, optional := range []bool{false, true} {
			opts := &kmod.LoadOptions{Plan: kmod.PlanOptions{SkipUnknown: optional}}
			result, err := loader.LoadRequests(t.Context(), opts, requests("by-hand", "part")...)
			if err != nil || outcomes(result) != "by_hand: live already, part: built in" {
				t.Errorf("%s, optional %v: %v, %v", name, optional, result, err)
			}
		}
		// A plan that was made without the kernel finds it there nonetheless.
		plan, err := dbtest.Tree(t, tree, "", nil).PlanRequests(&kmod.PlanOptions{SkipUnknown: true}, kmod.Request{Name: "by-hand"})
		if err != nil {
			t.Fatal(err)
		}
		if result, err := loader.Run(t.Context(), plan, nil); err != nil || outcomes(result) != "by_hand: live already" {
			t.Errorf("%s: run %v, %v", name, result, err)
		}
	}
}

// TestLoadOptions: both kinds of options count.
func TestLoadOptions(t *testing.T) {
	tree := dbtest.Wide()
	kernel := tree.Kernel()
	loader := kmod.NewLoader(dbtest.Tree(t, tree, "", nil), &kmod.LoaderConfig{Kernel: kernel})
	opts := &kmod.LoadOptions{Plan: kmod.PlanOptions{NoSoftdeps: true}, Run: kmod.RunOptions{DryRun: true}}
	result, err := loader.LoadRequests(t.Context(), opts, kmod.Request{Name: "top"})
	if err != nil || outcomes(result) != "base: inserted, mid: inserted, top: inserted" || len(kernel.Modules()) != 0 {
		t.Errorf("%v, %v, the kernel has %v", result, err, kernel.Modules())
	}
}

// TestNoCommands: install lines count for no module, and make no name known.
func TestNoCommands(t *testing.T) {
	const config = "install top /bin/top\ninstall mid /bin/mid\ninstall before /bin/before\ninstall inside /bin/inside\n" +
		"install virtual /bin/true\nremove gone /bin/true\nalias v virtual\nsoftdep disk pre: virtual\n" +
		"install fs-other /bin/true\noptions top a=1\n"
	tree := dbtest.Wide()
	db := dbtest.Tree(t, tree, config, nil)
	none := &kmod.PlanOptions{NoCommands: true}
	plan, err := db.PlanRequests(none, requests("top", "fs-other")...)
	if err != nil {
		t.Fatal(err)
	}
	const want = "insmod lib/modules/6.1.0-test/kernel/lib/base.ko \ninsmod lib/modules/6.1.0-test/kernel/lib/mid.ko \n" +
		"builtin inside\ninsmod lib/modules/6.1.0-test/kernel/before.ko \ninsmod lib/modules/6.1.0-test/kernel/fs/top.ko a=1 \n" +
		"insmod lib/modules/6.1.0-test/kernel/after.ko \ninsmod lib/modules/6.1.0-test/kernel/other.ko \n"
	if got := plan.String(); got != want {
		t.Errorf("plan\n%s\nwant\n%s", got, want)
	}
	kernel := tree.Kernel()
	if _, err := kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: kernel}).Run(t.Context(), plan, nil); err != nil {
		t.Error(err)
	}
	for _, name := range []string{"virtual", "gone"} {
		if _, err := db.PlanRequests(none, kmod.Request{Name: name}); !errors.Is(err, kmod.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := db.Plan(name); err != nil {
			t.Errorf("%s with commands: %v", name, err)
		}
	}
	for name, want := range map[string]string{"v": "virtual(missing)", "disk": "disk pre:virtual(missing)"} {
		if plan, err := db.PlanRequests(none, kmod.Request{Name: name}); err != nil || reasoned(plan) != want {
			t.Errorf("%s: %v, %v, want %s", name, plan, err, want)
		}
	}
	requested := &kmod.PlanOptions{IgnoreCommands: true}
	plan, err = db.PlanRequests(requested, kmod.Request{Name: "top"})
	if err != nil || plan.Steps[1].Action != kmod.ActionCommand {
		t.Errorf("only requested modules: %v, %v", plan, err)
	}
	lines, err := db.ConfigLines(none, "top", "mid", "disk")
	if err != nil || slices.ContainsFunc(lines, func(l kmod.ConfigLine) bool { return l.Command != "" }) ||
		!slices.ContainsFunc(lines, func(l kmod.ConfigLine) bool { return l.Text == "alias v virtual" }) {
		t.Errorf("lines %v, %v", lines, err)
	}
}

// TestOpenLoader: Close closes the DB that OpenLoader opened, and no other.
func TestOpenLoader(t *testing.T) {
	root := modtest.Write(t, chainTree())
	cfg := &kmod.Config{Root: root, Release: modtest.Release}
	kernel := kmodtest.New(modtest.Release)
	kernel.Symbols = []string{"printk"}
	for _, used := range []bool{true, false} {
		l, err := kmod.OpenLoader(cfg, &kmod.LoaderConfig{Kernel: kernel})
		if err != nil {
			t.Fatal(err)
		}
		if l.Kernel() != live.Kernel(kernel) {
			t.Error("the options of the Loader do not count")
		}
		if used {
			if _, err := l.Load(t.Context(), "top"); err != nil {
				t.Error(err)
			}
		}
		if err := errors.Join(l.Close(), l.Close()); err != nil {
			t.Error(err)
		}
		ctx := context.Background()
		_, loadErr := l.Load(ctx, "mid")
		_, aliasErr := l.LoadAliases(ctx, nil, "x:1")
		_, planErr := l.DB().PlanRequests(&kmod.PlanOptions{SkipUnknown: true}, kmod.Request{Name: "nosuch"})
		for what, err := range map[string]error{"load": loadErr, "load aliases": aliasErr, "plan": planErr} {
			if !errors.Is(err, fs.ErrClosed) {
				t.Errorf("%s after Close: %v", what, err)
			}
		}
	}
	db := dbtest.Open(t, cfg)
	l := kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: kernel})
	if err := errors.Join(l.Close(), kmod.NewLoader(nil, nil).Close()); err != nil {
		t.Error(err)
	}
	if _, err := db.Lookup("top"); err != nil {
		t.Errorf("the caller's DB after Close: %v", err)
	}
	if l, err := kmod.OpenLoader(&kmod.Config{Root: root + "/no"}, nil); l != nil || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a root that does not exist: %v", err)
	}
}

// TestLoadRunning: Load is for the running kernel, in which no module of that name can
// be found, or nothing can be opened at all.
func TestLoadRunning(t *testing.T) {
	result, err := kmod.Load(t.Context(), "gokmod-has-no-such-module")
	if result != nil || !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("result %v, error %v", result, err)
	}
}

// TestUnloadSkipUnknown: the rest is removed.
func TestUnloadSkipUnknown(t *testing.T) {
	skip := &kmod.UnloadOptions{SkipUnknown: true}
	loader, k := loadedSoft(t, "")
	done := 0
	opts := &kmod.UnloadOptions{SkipUnknown: true, Start: func(*kmod.Removal) { done-- }, Done: func(*kmod.RemovalResult) { done++ }}
	result, err := loader.Unload(t.Context(), opts, "no-such", "post", "a[")
	want := []string{"no_such skipped (requested of no-such)", "a[ skipped (requested of a[)", "post removed (requested of post)"}
	if got := history(result); err != nil || !slices.Equal(got, want) || done != 2 {
		t.Errorf("removals %q, %v, %d more ended than began", got, err, done)
	}
	if !errors.Is(result.Removals[0].Err, kmod.ErrNotFound) || !slices.Equal(result.Removed(), []string{"post"}) {
		t.Errorf("error %v, removed %v", result.Removals[0].Err, result.Removed())
	}
	lookup := (*kmod.LookupError)(nil)
	if err := result.Removals[1].Err; !errors.As(err, &lookup) || lookup.Name != "a[" {
		t.Errorf("invalid name: %v", err)
	}
	if _, err := loader.Unload(t.Context(), skip, "nosuch", "inside"); !errors.Is(err, kmod.ErrBuiltin) {
		t.Errorf("a built-in is known: %v", err)
	}
	k.Hold("top", 1)
	result, err = loader.Unload(t.Context(), &kmod.UnloadOptions{SkipUnknown: true, KeepGoing: true}, "nosuch", "top")
	if !errors.Is(err, kmod.ErrInUse) || errors.Is(err, kmod.ErrNotFound) || len(result.Removals) != 2 {
		t.Errorf("in use: %q, %v", history(result), err)
	}
	if _, err := loader.Unload(t.Context(), nil, "nosuch"); !errors.Is(err, kmod.ErrNotFound) {
		t.Errorf("without the option: %v", err)
	}
}
