package kmod_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/kmod"
)

// pictured plans top and the built-in of softTree with configuration that shows
// every kind of step.
func pictured(t *testing.T) *kmod.Plan {
	t.Helper()
	files := softTree()
	files["lib/modules/"+modtest.Release+"/modules.weakdep"] = &fstest.MapFile{Data: []byte("weakdep mid far \"<%x>\n")}
	db := dbtest.Open(t, &kmod.Config{FS: files, Release: modtest.Release, ConfigFiles: []kmod.ConfigFile{{Name: "a.conf",
		Text: "install low /bin/low\nblacklist post\nalias gone post\noptions top a=1\n"}}})
	plan, err := db.PlanRequests(nil, kmod.Request{Name: "top", Params: "b=2"}, kmod.Request{Name: "inside"})
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

func TestDOT(t *testing.T) {
	const want = `digraph modules {
	rankdir=LR
	node [shape=box]
	"base"
	"mid"
	"low" [shape=hexagon]
	"pre"
	"top" [penwidth=2]
	"post"
	"inside" [shape=ellipse, penwidth=2]
	"mid" -> "base"
	"mid" -> "far" [style=dotted, label=weak]
	"mid" -> "\"<%x>" [style=dotted, label=weak]
	"pre" -> "low"
	"top" -> "pre" [style=dashed, label=pre]
	"top" -> "mid"
	"top" -> "post" [style=dashed, label=post]
}
`
	if got := pictured(t).DOT(); !sameLines(got, want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestMermaid(t *testing.T) {
	const want = `graph LR
	m0["base"]
	m1["mid"]
	m2{{"low"}}
	m3["pre"]
	m4["top"]
	style m4 stroke-width:3px
	m5["post"]
	m6(["inside"])
	style m6 stroke-width:3px
	m1 --> m0
	m7["far"]
	m1 -.->|weak| m7
	m8["#34;#60;#37;x#62;"]
	m1 -.->|weak| m8
	m3 --> m2
	m4 -.->|pre| m3
	m4 --> m1
	m4 -.->|post| m5
`
	if got := pictured(t).Mermaid(); !sameLines(got, want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// sameLines compares the lines in any order.
func sameLines(a, b string) bool {
	count := map[string]int{}
	for line := range strings.Lines(a) {
		count[line]++
	}
	for line := range strings.Lines(b) {
		count[line]--
	}
	for _, n := range count {
		if n != 0 {
			return false
		}
	}
	return true
}

func TestPlanJSON(t *testing.T) {
	data, err := json.Marshal(pictured(t))
	if err != nil {
		t.Fatal(err)
	}
	var plan struct {
		Steps []map[string]any
	}
	if err := json.Unmarshal(data, &plan); err != nil {
		t.Fatal(err)
	}
	steps := map[string]map[string]any{}
	for _, s := range plan.Steps {
		steps[s["module"].(map[string]any)["name"].(string)] = s
	}
	const dir = "lib/modules/" + modtest.Release + "/kernel/"
	want := map[string]map[string]any{
		"low": {"action": "install", "module": map[string]any{"name": "low", "path": dir + "low.ko"},
			"command": map[string]any{"module": "low", "text": "/bin/low",
				"origin": map[string]any{"file": "a.conf", "line": 1.0}},
			"reasons": []any{map[string]any{"kind": "dependency", "of": "pre"}}},
		"top": {"action": "insert", "module": map[string]any{"name": "top", "path": dir + "top.ko"}, "params": "a=1 b=2",
			"options": []any{map[string]any{"params": "a=1", "origin": map[string]any{"file": "a.conf", "line": 4.0}}, map[string]any{"params": "b=2"}},
			"needs":   []any{0.0, 1.0}, "after": []any{3.0},
			"reasons": []any{map[string]any{"kind": "requested", "of": "top"}}},
		"inside": {"action": "builtin", "module": map[string]any{"name": "inside", "builtin": true},
			"reasons": []any{map[string]any{"kind": "requested", "of": "inside"}}},
	}
	for name, fields := range want {
		if !reflect.DeepEqual(steps[name], fields) {
			t.Errorf("%s is\n%v\nwant\n%v", name, steps[name], fields)
		}
	}
}
