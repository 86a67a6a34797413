package kmod_test

import (
	"errors"
	"strings"
	"syscall"
	"testing"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/kmodtest"
)

// TestRunMoot: after a failure, exactly those steps are left out that are there only to
// come after the module that was not loaded, however many steps run at a time.
func TestRunMoot(t *testing.T) {
	for _, test := range []struct{ name, config, fail, ask, want string }{
		{"only after it", "softdep a post: b\n", "a", "a", "a: failed, b: not needed"},
		{"with its own",
			"softdep c post: deep\nsoftdep deep pre: d post: e\nsoftdep e pre: f\n", "c", "c",
			"c: failed, a: not needed, needy: not needed, d: not needed, deep: not needed, f: not needed, e: not needed"},
		{"asked for, too",
			"softdep a post: b c\n", "a", "a b", "a: failed, b: inserted, c: not needed"},
		{"after another one, too",
			"softdep a post: c\nsoftdep b post: c\n", "a", "a b", "a: failed, c: inserted, b: inserted"},
		{"after two that fail",
			"softdep a post: c\nsoftdep b post: c\n", "a b", "a b", "a: failed, c: inserted, b: failed"},
		{"after two that have failed",
			"softdep d pre: a b\nsoftdep a post: c\nsoftdep b post: c\nsoftdep c post: e\n", "a b", "d",
			"a: failed, c: inserted, e: inserted, b: failed, d: inserted"},
		{"for one that comes later",
			"softdep a post: d\nsoftdep b post: c\nsoftdep c pre: d\n", "a", "a b",
			"a: failed, d: inserted, b: inserted, c: inserted"},
		{"for one that comes later, and fails",
			"softdep a post: d\nsoftdep b post: c\nsoftdep c pre: d\n", "a b", "a b",
			"a: failed, d: inserted, b: failed, c: not needed"},
		{"after each other",
			"softdep a post: b\nsoftdep b post: c\nsoftdep c post: b\n", "a", "a", "a: failed, b: not needed, c: not needed"},
		{"after itself", "softdep a post: b\nsoftdep b post: b\n", "a", "a", "a: failed, b: not needed"},
		{"before", "softdep a pre: b\n", "a", "a", "b: inserted, a: failed"},
		{"a later one that went well",
			"softdep a pre: b\nsoftdep b post: a c\n", "", "a", "b: inserted, c: inserted, a: inserted"},
		{"after one that could not be reached",
			"softdep needy post: c\n", "a", "needy", "a: failed, needy: not reached, c: not needed"},
	} {
		tree := &kmodtest.Tree{Modprobe: test.config, Modules: []kmodtest.Module{
			{Name: "deep", Depends: []string{"needy"}}, {Name: "needy", Depends: []string{"a"}},
			{Name: "a"}, {Name: "b"}, {Name: "c"}, {Name: "d"}, {Name: "e"}, {Name: "f"}}}
		db, err := tree.Open()
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		for _, parallel := range []int{1, 2, 16} {
			k := tree.Kernel()
			for name := range strings.FieldsSeq(test.fail) {
				k.Fail(name, syscall.ENODEV)
			}
			loader := kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: k, Parallel: parallel})
			plan, err := db.Plan(strings.Fields(test.ask)...)
			if err != nil {
				t.Fatal(err)
			}
			result, _ := loader.Run(t.Context(), plan, &kmod.RunOptions{KeepGoing: true})
			if got := outcomes(result); got != test.want {
				t.Errorf("%s, %d at a time: got\n%s, want\n%s", test.name, parallel, got, test.want)
			}
		}
	}
}

// TestRunWithoutReasons: all steps of a plan without reasons count as requested, even
// after a failure.
func TestRunWithoutReasons(t *testing.T) {
	tree := &kmodtest.Tree{Modules: []kmodtest.Module{{Name: "a"}, {Name: "b"}}}
	db, err := tree.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	plan, err := db.Plan("a", "b")
	if err != nil {
		t.Fatal(err)
	}
	for i := range plan.Steps {
		plan.Steps[i].Reasons = nil
	}
	k := tree.Kernel()
	k.Fail("a", syscall.ENODEV)
	loader := kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: k})
	result, err := loader.Run(t.Context(), plan, &kmod.RunOptions{KeepGoing: true})
	if got := outcomes(result); got != "a: failed, b: inserted" || !errors.Is(err, syscall.ENODEV) {
		t.Errorf("%s: %v", got, err)
	}
}

// TestRunJoinsInOrder: the errors of a run that keeps going come in the order of
// the plan, whatever failed first.
func TestRunJoinsInOrder(t *testing.T) {
	tree := &kmodtest.Tree{Modules: []kmodtest.Module{{Name: "a"}, {Name: "b"}}}
	db, err := tree.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	plan, err := db.Plan("a", "b")
	if err != nil {
		t.Fatal(err)
	}
	k := tree.Kernel()
	k.Fail("a", syscall.ENODEV)
	k.Fail("b", syscall.EIO)
	_, release := k.Block("a")
	_, err = kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: k, Parallel: 2}).Run(t.Context(), plan,
		&kmod.RunOptions{KeepGoing: true, Done: func(r *kmod.StepResult) {
			if r.Step.Module.Name == "b" {
				release()
			}
		}})
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok || !errors.Is(joined.Unwrap()[0], syscall.ENODEV) || !errors.Is(joined.Unwrap()[1], syscall.EIO) {
		t.Errorf("got %v", err)
	}
}
