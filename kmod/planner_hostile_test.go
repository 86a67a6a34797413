package kmod_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/kmodtest"
)

// ladderTree has modules each of which needs the one before, and does not list those
// that that one needs.
func ladderTree(n int) fstest.MapFS {
	modules := []modtest.TreeModule{{Path: "m0.ko"}}
	for i := range n - 1 {
		modules = append(modules, modtest.TreeModule{Path: fmt.Sprintf("m%d.ko", i+1), Deps: []string{fmt.Sprintf("m%d.ko", i)}})
	}
	return modtest.Tree(nil, modules...)
}

// TestPlanHostile: configuration that is harmless only if neither work nor memory grow
// with the square of its size.
func TestPlanHostile(t *testing.T) {
	tests := []struct {
		name   string
		config string
		steps  int    // of the plan, 0 for an error
		err    string // what it says
	}{
		{"missing", "softdep a pre:" + dbtest.Numbered(15000, " n#"), 15001, ""},
		{"too many missing", "softdep a pre:" + dbtest.Numbered(200000, " n#"), 0, "too long"},
		{"waiting", dbtest.Numbered(10000, "install n# x\n") + "softdep a pre:" + strings.Repeat(" needy", 100000) + dbtest.Numbered(10000, " n#"), 10002, ""},
		{"alias of many", dbtest.Numbered(1000, "alias x q#\n") + "softdep a pre:" + strings.Repeat(" x", 200000), 0, "too long"},
		{"patterns", dbtest.Numbered(10000, "alias *q# b\n") + "softdep a pre:" + dbtest.Numbered(20000, " n#"), 20001, ""},
		{"options", strings.Repeat("options a b\n", 200000), 1, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			plan, err := dbtest.Configured(t, flatTree(), test.config).Plan("a")
			switch {
			case test.steps == 0 && (err == nil || plan != nil || !strings.Contains(err.Error(), test.err)):
				t.Errorf("got %v, want an error that says %q", err, test.err)
			case test.steps != 0 && (err != nil || len(plan.Steps) != test.steps):
				t.Errorf("got %v, want %d steps", err, test.steps)
			}
		})
	}
}

// TestPlanLongChain: the error names both ends of a chain of soft dependencies that
// is too long, whichever module of a request it starts at.
func TestPlanLongChain(t *testing.T) {
	tree := &kmodtest.Tree{Modules: []kmodtest.Module{{Name: "first"}, {Name: "user", Depends: []string{"s0"}}}}
	for i := range 102 {
		tree.Modules = append(tree.Modules,
			kmodtest.Module{Name: fmt.Sprint("s", i), Softdeps: []string{fmt.Sprint("post: s", i+1)}})
	}
	const want = "plan the load of module s0: soft dependencies lie too deep within each other: " +
		"100 of them lead to module s100"
	db := dbtest.Tree(t, tree, "", nil)
	if plan, err := db.Plan("first", "user"); plan != nil || err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
	if plan, err := db.Plan("s3"); err != nil || len(plan.Steps) != 100 { // and s102, which is missing
		t.Errorf("got %v, %v", plan, err)
	}
}

// TestPlanDeepWaits: modules that wait for each other, in a chain that could be
// deeper than the stack.
func TestPlanDeepWaits(t *testing.T) {
	var config strings.Builder
	for i := range 20000 {
		fmt.Fprintf(&config, "softdep m%d pre: m%d\n", i, i+1)
	}
	if plan, err := dbtest.Configured(t, ladderTree(20000), config.String()).Plan("m0"); plan != nil || err == nil ||
		!strings.Contains(err.Error(), "too deep") {
		t.Errorf("got %v", err)
	}
	plan, err := dbtest.Configured(t, ladderTree(20), config.String()).Plan("m0")
	if err != nil || len(plan.Steps) != 21 { // and m20, which is missing
		t.Errorf("got %v, %v", plan, err)
	}
}

// TestPlanUnknownHostile: names that nobody knows are bounded in number, as a plan has
// a step for each.
func TestPlanUnknownHostile(t *testing.T) {
	db := dbtest.Configured(t, flatTree(), dbtest.Numbered(50, "alias *q# b\n"))
	for names, steps := range map[int]int{20_000: 20_001, 200_000: 0} {
		asked := append(requests(strings.Fields(dbtest.Numbered(names, " n#"))...), kmod.Request{Name: "a"})
		plan, err := db.PlanRequests(&kmod.PlanOptions{SkipUnknown: true}, asked...)
		switch {
		case steps > 0 && (err != nil || len(plan.Steps) != steps):
			t.Errorf("%d names: %v", names, err)
		case steps == 0 && (err == nil || !strings.Contains(err.Error(), "too long")):
			t.Errorf("%d names: %v", names, err)
		}
	}
}
