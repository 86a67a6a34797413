package main

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/live"
)

// checkJSON compares a value's line with what package encoding/json makes of it.
func checkJSON(t *testing.T, value any) {
	t.Helper()
	var want, got bytes.Buffer
	encoder := json.NewEncoder(&want)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		t.Fatal(err)
	}
	line := jsonLine(value)
	if bytes.Count(line, []byte("\n")) != 1 {
		t.Errorf("%q is not a line", line)
	}
	if !json.Valid(line) {
		t.Fatalf("%q is not JSON", line)
	}
	// Both ways to write a character are right.
	var a, b any
	if json.Unmarshal(line, &a) != nil || json.Unmarshal(want.Bytes(), &b) != nil {
		t.Fatal("cannot be read")
	}
	if err := json.NewEncoder(&got).Encode(a); err != nil {
		t.Fatal(err)
	}
	want.Reset()
	if err := json.NewEncoder(&want).Encode(b); err != nil {
		t.Fatal(err)
	}
	if got.String() != want.String() {
		t.Errorf("got %s, want %s", got.String(), want.String())
	}
}

func TestJSONLine(t *testing.T) {
	origin := &kmod.Origin{File: "/etc/modprobe.d/\"a\\b\".conf", Line: 3}
	for name, value := range map[string]any{
		"plan": &kmod.Plan{Steps: []kmod.Step{
			{Module: kmod.Module{Name: "a", Path: "/a.ko"}, Params: "x=<1>\n\t\x01\x7f\u2028\xff€", Reasons: []kmod.Reason{{Of: "b", Origin: origin}}},
			{Action: kmod.ActionSkip, Module: kmod.Module{Name: "b", Builtin: true}, Skip: &kmod.Skip{Origin: origin}, Needs: []int{0}, After: []int{}, Weak: []string{"c", "d"}},
			{Action: kmod.ActionCommand, Command: &kmod.Command{Module: "x", Text: "t"}, Options: []kmod.Option{{Params: "p"}, {Params: "q", Origin: origin}}},
		}},
		"empty plan": &kmod.Plan{},
		"loaded":     newLoadedJSON(&live.LoadedModule{Name: "a", Size: 1 << 40, Refcount: -1, State: live.StateLive}),
		"info":       &infoJSON{Name: "a", Fields: map[string][]string{"b": {"1", "2"}, "a": nil}, Builtin: true},
	} {
		t.Run(name, func(t *testing.T) { checkJSON(t, value) })
	}
}

func FuzzJSONString(f *testing.F) {
	f.Add("a\"b\\c\x00\u2028\xff")
	f.Fuzz(func(t *testing.T, s string) { checkJSON(t, &paramJSON{Name: s}) })
}

// TestModprobeJSON: who asks for JSON where there is none gets an error, and nothing
// is loaded, removed or printed.
func TestModprobeJSON(t *testing.T) {
	w, modprobe, _ := goldenWorld(t, "gm_top")
	before := w.kernel.Modules()
	for _, options := range []string{
		"gm_soft", "-a gm_soft gm_base", "-n -v gm_soft", "-r gm_top", "-r -D gm_top", "-R gm_soft", "-c",
		"--show-exports gm_base", "--show-modversions gm_base",
	} {
		w.run(splitQuoted(modprobe+"--json "+options)...).check(t, answer{"",
			"modprobe: ERROR: --json goes together with --show-depends only.\n", 1})
	}
	if got := w.kernel.Modules(); !slices.Equal(got, before) {
		t.Errorf("the kernel has %v, and had %v", got, before)
	}
}

func TestToolsPrintJSON(t *testing.T) {
	w, modprobe, dir := goldenWorld(t, "gm_top")
	root := strings.TrimSuffix(dir, "/lib/modules/6.1.0-56-amd64/")
	w.run("lsmod", "--json").check(t, answer{`{"name":"gm_top","size":6472,"refcount":0,"holders":[],"state":"live","taint":"OE"}
{"name":"gm_mid","size":5960,"refcount":1,"holders":["gm_top"],"state":"live","taint":"OE"}
{"name":"gm_base","size":6752,"refcount":2,"holders":["gm_mid","gm_top"],"state":"live","taint":"OE"}
`, "", 0})
	runCases(t, w, []toolCase{
		{modprobe + "-D --json gm_built_in", answer{`{"steps":[{"action":"builtin","module":{"name":"gm_built_in","builtin":true},` +
			`"reasons":[{"kind":"requested","of":"gm_built_in"}]}]}` + "\n", "", 0}},
		{modprobe + "-D --json -a gm_built_in nosuch", answer{"",
			"modprobe: WARNING: Module nosuch not found in directory " + strings.TrimSuffix(dir, "/") + "\n", 1}},
		{modprobe + "-D --json gm_base x=1", answer{`{"steps":[{"action":"insert","module":{"name":"gm_base","path":"` + dir + `updates/gm_base.ko"},` +
			`"params":"x=1","options":[{"params":"x=1"}],"reasons":[{"kind":"requested","of":"gm_base"}]}]}` + "\n", "", 0}},
		{"modinfo --json -k 6.1.0-56-amd64 -b " + root + " nosuch gm_built_in", answer{`{"name":"gm_built_in","builtin":true,` +
			`"fields":{"alias":["pci:v00001AF4d00001100sv*sd*bc*sc*i*"],"description":["a built-in"],"file":["kernel/gm/gm_built_in"],"license":["GPL"]},` +
			`"parameters":[{"name":"x","type":"int","description":"how much"}]}` + "\n", "modinfo: ERROR: Module nosuch not found.\n", 1}},
	})
}
