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

// TestJSONLine: whatever is printed is one line, and reads as it would without JSON.
func TestJSONLine(t *testing.T) {
	origin := &kmod.Origin{File: "/etc/modprobe.d/\"a\\b\".conf", Line: 3}
	for name, test := range map[string]struct {
		value any
		want  string
	}{
		"plan": {&kmod.Plan{Steps: []kmod.Step{
			{Module: kmod.Module{Name: "a", Path: "/a.ko"}, Params: "x=<1>\n\t\x01\u2028€", Reasons: []kmod.Reason{{Of: "b", Origin: origin}}},
			{Action: kmod.ActionSkip, Module: kmod.Module{Name: "b", Builtin: true}, Needs: []int{0}, After: []int{}, Weak: []string{"c", "d"}},
		}}, `{"steps":[{"action":"insert","module":{"name":"a","path":"/a.ko"},"params":"x=<1>\n\t\u0001\u2028€",` +
			`"reasons":[{"kind":"requested","of":"b","origin":{"file":"/etc/modprobe.d/\"a\\b\".conf","line":3}}]},` +
			`{"action":"skip","module":{"name":"b","builtin":true},"reasons":null,"needs":[0],"weak":["c","d"]}]}`},
		"empty plan": {&kmod.Plan{}, `{"steps":null}`},
		"loaded": {newLoadedJSON(&live.LoadedModule{Name: "a", Size: 1 << 40, Refcount: -1, State: live.StateLive}),
			`{"name":"a","size":1099511627776,"refcount":-1,"holders":[],"state":"live"}`},
		"info": {&infoJSON{Name: "a", Fields: map[string][]string{"b": {"1", "2"}, "a": nil}, Builtin: true},
			`{"name":"a","builtin":true,"fields":{"a":null,"b":["1","2"]}}`},
	} {
		if got := string(jsonLine(test.value)); got != test.want+"\n" {
			t.Errorf("%s: got %s, want %s", name, got, test.want)
		}
	}
}

func FuzzJSONString(f *testing.F) {
	f.Add("a\"b\\c\x00\u2028\xff")
	f.Fuzz(func(t *testing.T, s string) {
		line := jsonLine(&paramJSON{Name: s})
		var read paramJSON
		if err := json.Unmarshal(line, &read); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		want := string([]rune(s)) // what is not UTF-8 becomes U+FFFD
		if bytes.Count(line, []byte("\n")) != 1 || read.Name != want {
			t.Errorf("%q is read as %q", s, read.Name)
		}
	})
}

// TestModprobeJSON: a request for JSON where there is none is an error, and nothing
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
