package kmod_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/kmodtest"
)

// readBack is a plan written as JSON and read from it.
func readBack(t testing.TB, plan *kmod.Plan) *kmod.Plan {
	t.Helper()
	text, err := json.Marshal(plan)
	if err != nil {
		t.Fatal(err)
	}
	back := &kmod.Plan{}
	if err := json.Unmarshal(text, back); err != nil {
		t.Fatal(err)
	}
	return back
}

// plannedTree writes a tree of modules below a new root.
func plannedTree(t testing.TB) string {
	t.Helper()
	root := t.TempDir()
	tree := &kmodtest.Tree{
		Modprobe: "options top x=1\ninstall run echo $CMDLINE_OPTS\noptions run y=2\n",
		Modules: []kmodtest.Module{
			{Name: "base"},
			{Name: "top", Depends: []string{"base"}, Aliases: []string{"fs-top"}, Softdeps: []string{"pre: gone"}},
			{Name: "run"}, {Name: "inside", Builtin: true},
		},
	}
	if err := tree.Write(root); err != nil {
		t.Fatal(err)
	}
	return root
}

// planLoader opens a tree, and makes a kernel for it that notes its calls.
func planLoader(t testing.TB, root string) (*kmod.Loader, *kmodtest.Kernel) {
	t.Helper()
	k := kmodtest.New("6.1.0-test")
	return kmod.NewLoader(dbtest.Open(t, &kmod.Config{Root: root, Release: "6.1.0-test"}), &kmod.LoaderConfig{Kernel: k}), k
}

// TestRunReadPlan: a plan that was read from JSON does what the one that was
// written would have done.
func TestRunReadPlan(t *testing.T) {
	root := plannedTree(t)
	file := filepath.Join(t.TempDir(), "own.ko")
	if err := os.WriteFile(file, modtest.Named("own", nil, nil).Build(), 0o644); err != nil {
		t.Fatal(err)
	}
	planner, _ := planLoader(t, root)
	plan, err := planner.DB().PlanRequests(nil, kmod.Request{Name: "fs-top"},
		kmod.Request{Path: file, Params: "a=1"}, kmod.Request{Name: "inside"})
	if err != nil {
		t.Fatal(err)
	}
	back := readBack(t, plan)
	if back.String() != plan.String() || back.DOT() != plan.DOT() || back.Mermaid() != plan.Mermaid() {
		t.Errorf("it shows as\n%s, not as\n%s", back, plan)
	}
	before := readBack(t, back)
	loader, k := planLoader(t, root)
	result, err := loader.Run(t.Context(), back, nil)
	if err != nil || !slices.Equal(result.Inserted(), []string{"base", "top", "own"}) {
		t.Errorf("inserted are %v, %v", result.Inserted(), err)
	}
	if k.Params("top") != "x=1" || k.Params("own") != "a=1" {
		t.Errorf("parameters are %q and %q", k.Params("top"), k.Params("own"))
	}
	if again := readBack(t, back); again.String() != before.String() {
		t.Errorf("running it has changed it to\n%s", again)
	}
}

// TestReadCommand: the command line of a command that was read from JSON.
func TestReadCommand(t *testing.T) {
	loader, _ := planLoader(t, plannedTree(t))
	plan, err := loader.DB().Plan("run")
	if err != nil {
		t.Fatal(err)
	}
	c := readBack(t, plan).Steps[0].Command
	if c == nil || *c != *plan.Steps[0].Command || c.Line() != "echo y=2" {
		t.Errorf("it is %+v", c)
	}
}

// TestReadCommandOwnName: nor does an install command that was read from JSON run for a
// module that is in the kernel by its own name.
func TestReadCommandOwnName(t *testing.T) {
	ran := false
	w := newWorld(t, discTree(""), kmod.LoaderConfig{}, "disc-current")
	files, err := discTree("install disc-current true\n").FS()
	if err != nil {
		t.Fatal(err)
	}
	loader := kmod.NewLoader(dbtest.Open(t, &kmod.Config{FS: files, Release: "6.1.0-test"}), &kmod.LoaderConfig{
		Kernel: w.kernel, Command: func(context.Context, *kmod.Command) error { ran = true; return nil },
	})
	plan, err := dbtest.Open(t, &kmod.Config{FS: files, Release: "6.1.0-test"}).Plan("disc-current")
	if err != nil {
		t.Fatal(err)
	}
	result, err := loader.Run(t.Context(), readBack(t, plan), nil)
	if err != nil || ran || outcomes(result) != "core: live already, disc_current: live already" {
		t.Errorf("%v, %v, the command ran: %v", result, err, ran)
	}
}

// TestRunForeignPlan: a file that is not the DB's is never inserted.
func TestRunForeignPlan(t *testing.T) {
	root, other := plannedTree(t), plannedTree(t)
	dir := filepath.Join(root, "lib/modules/6.1.0-test")
	evil := filepath.Join(t.TempDir(), "top.ko")
	if err := os.WriteFile(evil, modtest.Named("top", nil, nil).Build(), 0o644); err != nil {
		t.Fatal(err)
	}
	planner, _ := planLoader(t, root)
	plan, err := planner.DB().Plan("top")
	if err != nil {
		t.Fatal(err)
	}
	byPath := kmod.Reason{Kind: kmod.ReasonRequested, Of: evil}
	tests := map[string]func(s *kmod.Step){
		"outside":           func(s *kmod.Step) { s.Module.Path = evil },
		"of another module": func(s *kmod.Step) { s.Module.Path = filepath.Join(dir, "kernel/base.ko") },
		"by another way":    func(s *kmod.Step) { s.Module.Path = dir + "/kernel/../kernel/top.ko" },
		"up":                func(s *kmod.Step) { s.Module.Path = dir + "/../../../../" + evil },
		"relative":          func(s *kmod.Step) { s.Module.Path = "kernel/top.ko" },
		"of another root":   func(s *kmod.Step) { s.Module.Path = strings.Replace(s.Module.Path, root, other, 1) },
		"of no module":      func(s *kmod.Step) { s.Module.Name = "bottom" },
		"of another name": func(s *kmod.Step) {
			s.Module.Name, s.Module.Path, s.Reasons = "bottom", evil, []kmod.Reason{byPath}
		},
		"asked for by name": func(s *kmod.Step) { s.Module.Path, s.Reasons = evil, []kmod.Reason{{Of: "top"}} },
		"for another's sake": func(s *kmod.Step) {
			s.Module.Path, s.Reasons = evil, []kmod.Reason{{Kind: kmod.ReasonDependency, Of: evil}}
		},
	}
	for name, change := range tests {
		for made, bad := range map[string]*kmod.Plan{
			"read": readBack(t, plan), "changed": {Steps: slices.Clone(plan.Steps)},
		} {
			if change(&bad.Steps[1]); made == "changed" && bad.Steps[1].Module.Path == plan.Steps[1].Module.Path {
				continue // it still has the DB's file
			}
			loader, k := planLoader(t, root)
			result, err := loader.Run(t.Context(), bad, nil)
			if typed := (*kmod.Error)(nil); !failedTo(err, "locate", &typed) || !errors.Is(err, kmod.ErrPath) ||
				result != nil || len(k.Calls()) > 0 {
				t.Errorf("%s, %s: %v, %v", name, made, result, err)
			}
		}
	}
	t.Run("moved", func(t *testing.T) {
		old := readBack(t, plan)
		tree := &kmodtest.Tree{Modules: []kmodtest.Module{
			{Name: "base"}, {Name: "top", Path: "updates/top.ko", Depends: []string{"base"}},
		}}
		if err := errors.Join(os.RemoveAll(root), tree.Write(root)); err != nil {
			t.Fatal(err)
		}
		loader, _ := planLoader(t, root)
		_, err := loader.Run(t.Context(), old, nil)
		want := `module top: the path "` + dir + `/kernel/top.ko" of the plan is not that of its file, ` +
			dir + `/updates/top.ko`
		if err == nil || err.Error() != want {
			t.Errorf("got %v", err)
		}
	})
}

// TestRunHostilePlan: a plan that makes no sense is refused, and can be shown.
func TestRunHostilePlan(t *testing.T) {
	loader, k := planLoader(t, plannedTree(t))
	for _, text := range []string{
		`null`,
		`{"steps":[{"action":"insert","module":{"name":"top"},"needs":[1]},` +
			`{"action":"insert","module":{"name":"base"},"needs":[0]}]}`,
		`{"steps":[{"action":"insert","module":{"name":"top"},"needs":[-1],"after":[9000000000000]}]}`,
		`{"steps":[{"action":"insert","module":{"name":"top"}},{"action":"insert","module":{"name":"top"}}]}`,
		`{"steps":[{"action":"skip","module":{"name":"top"}},{"action":"install","module":{"name":"base"},"needs":[0,0]}]}`,
		`{"steps":[{"action":"insert","module":{"name":"inside","builtin":true}}]}`,
	} {
		var plan *kmod.Plan
		if err := json.Unmarshal([]byte(text), &plan); err != nil {
			t.Fatal(err)
		}
		_, _, _ = plan.String(), plan.DOT(), plan.Mermaid()
		if result, err := loader.Run(t.Context(), plan, nil); result != nil || !errors.Is(err, kmod.ErrPlan) ||
			len(k.Calls()) > 0 {
			t.Errorf("%s: %v, %v", text, result, err)
		}
	}
	if err := json.Unmarshal([]byte(`{"steps":[{"action":"remove"}]}`), &kmod.Plan{}); err == nil {
		t.Error("an unknown action is read")
	}
	odd := &kmod.Plan{Steps: []kmod.Step{{
		Action: 77, Skip: &kmod.Skip{Kind: 99}, Reasons: []kmod.Reason{{Kind: 88}}, Needs: []int{5},
	}}}
	if _, err := loader.Run(t.Context(), odd, nil); odd.String()+odd.DOT()+odd.Mermaid() == "" ||
		!errors.Is(err, kmod.ErrPlan) {
		t.Errorf("got %v", err)
	}
}

// FuzzReadPlan reads plans, shows and runs them: nothing panics, and nothing gets into
// the kernel but the files of the tree, and those that the plan says were asked
// for by their paths.
func FuzzReadPlan(f *testing.F) {
	root := plannedTree(f)
	planner, _ := planLoader(f, root)
	for _, name := range []string{"top", "run", "inside", "fs-top"} {
		plan, err := planner.DB().Plan(name)
		if err != nil {
			f.Fatal(err)
		}
		text, err := json.Marshal(plan)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(strings.ReplaceAll(string(text), root, "@"))
	}
	f.Add(`{"steps":[{"action":"insert","module":{"name":"a","path":"/a.ko"},` +
		`"reasons":[{"kind":"requested","of":"/a.ko"}]}]}`)
	f.Add(`{"steps":[{"action":"skip","module":{"name":"a"}},` +
		`{"action":"install","module":{"name":"b"},"needs":[7,-1],"after":[0]}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		var plan *kmod.Plan
		if json.Unmarshal([]byte(strings.ReplaceAll(text, "@", root)), &plan) != nil {
			return
		}
		_, _, _ = plan.String(), plan.DOT(), plan.Mermaid()
		loader, _ := planLoader(t, root)
		result, err := loader.Run(t.Context(), plan, &kmod.RunOptions{KeepGoing: true})
		if err != nil && err.Error() == "" {
			t.Error("an error without words")
		}
		for _, name := range result.Inserted() {
			m, err := loader.DB().Module(name)
			at := slices.IndexFunc(plan.Steps, func(s kmod.Step) bool { return s.Module.Name == name })
			s := &plan.Steps[at]
			byPath := slices.ContainsFunc(s.Reasons, func(r kmod.Reason) bool {
				return r.Kind == kmod.ReasonRequested && r.Of == s.Module.Path
			})
			if !byPath && (err != nil || m.Path != s.Module.Path) {
				t.Errorf("%s is inserted from %s", name, s.Module.Path)
			}
		}
	})
}
