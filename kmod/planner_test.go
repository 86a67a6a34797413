package kmod_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/kmod"
)

// flatTree has the modules a to f without dependencies, of which needy needs a
// and deep needs needy, and the built-in inside.
func flatTree() fstest.MapFS {
	modules := []modtest.TreeModule{
		{Path: "needy.ko", Deps: []string{"a.ko"}},
		{Path: "deep.ko", Deps: []string{"needy.ko", "a.ko"}},
	}
	for _, name := range []string{"a", "b", "c", "d", "e", "f"} {
		modules = append(modules, modtest.TreeModule{Path: name + ".ko", Aliases: []string{"dev:" + name + "*"}})
	}
	return modtest.Tree([]string{"inside"}, modules...)
}

// short returns a plan as words: "name" for an insert, "!name" for a command,
// "=name" for a built-in, "-name" for a step that is skipped.
func short(p *kmod.Plan) string {
	marks := map[kmod.Action]string{kmod.ActionCommand: "!", kmod.ActionBuiltin: "=", kmod.ActionSkip: "-"}
	var words []string
	for _, s := range p.Steps {
		words = append(words, marks[s.Action]+s.Module.Name)
	}
	return strings.Join(words, " ")
}

func TestPlanConfiguration(t *testing.T) {
	blacklist, ignore, plain := &kmod.PlanOptions{UseBlacklist: true}, &kmod.PlanOptions{IgnoreCommands: true}, &kmod.PlanOptions{NoSoftdeps: true}
	tests := []struct {
		name   string
		config string
		opts   *kmod.PlanOptions
		names  string
		want   string
	}{
		{"alias of several", "alias x-* a\nalias x_y c\nalias x-* a\n", nil, "x-y", "a c"},
		{"alias hides a module", "alias a b\n", nil, "a", "b"},
		{"alias of an alias", "alias x y\nalias y a\n", nil, "x", "-y"},
		{"alias in brackets", "alias pci:[a-c]* a\n", nil, "pci:b", "a"},
		{"configuration before the index", "alias dev:a* b\n", nil, "dev:a1 dev:c1", "b c"},
		{"blacklist by name", "blacklist a\n", nil, "a", "a"},
		{"blacklist by alias", "blacklist a\n", nil, "dev:a", "-a"},
		{"blacklist by alias, and asked for", "blacklist a\n", nil, "dev:a a", "a"},
		{"blacklist as a dependency", "blacklist a\n", nil, "dev:a needy", "a needy"},
		{"strong blacklist", "blacklist a\nblacklist needy\n", blacklist, "needy a deep", "a needy deep"},
		{"strong blacklist alone", "blacklist deep\n", blacklist, "deep", "-deep"},
		{"command", "install needy cmd\n", nil, "deep", "a !needy deep"},
		{"command of nothing", "install virtual cmd\n", nil, "virtual", "!virtual"},
		{"remove of nothing", "remove virtual cmd\n", nil, "virtual", "-virtual"},
		{"command of a built-in", "install inside cmd\n", nil, "inside", "!inside"},
		{"command ignored", "install needy cmd\n", ignore, "needy", "a needy"},
		{"command not ignored", "install needy cmd\n", ignore, "deep", "a !needy deep"},
		{"command ignored later", "install needy cmd\n", ignore, "deep needy", "a needy deep"},
		{"command of nothing ignored", "install virtual cmd\n", ignore, "virtual", "-virtual"},
		{"soft", "softdep a pre: b c post: d\n", nil, "a", "b c a d"},
		{"soft left out", "softdep a pre: b c post: d\n", plain, "a", "a"},
		{"soft in several lines", "softdep a pre: b\nsoftdep a post: d pre: c\n", nil, "a", "b c a d"},
		{"soft of a dependency", "softdep a pre: b post: c\nsoftdep needy pre: d\n", nil, "deep", "b a c d needy deep"},
		{"soft with its own", "softdep a pre: deep\n", nil, "a", "a needy deep"},
		{"soft of soft", "softdep b pre: c\nsoftdep c pre: d post: e\nsoftdep a post: b\n", nil, "a", "a d c e b"},
		{"soft by alias", "softdep a pre: dev:bus dev:c\n", nil, "a", "b c a"},
		{"soft by dashes", "alias some-name b\nsoftdep a pre: some-name\n", nil, "a", "b a"},
		{"soft missing", "softdep a pre: nosuch nosuch post: nosuch b\n", nil, "a", "a b -nosuch"},
		{"soft built in", "softdep a pre: inside\n", nil, "a", "=inside a"},
		{"soft blacklisted", "softdep a pre: b\nblacklist b\n", nil, "a", "b a"},
		{"soft with a bad bracket", "softdep a pre: b[ c\n", nil, "a", "c a -b["},
		{"soft that looks like a path", "softdep a pre: /etc/passwd ./b.ko\n", nil, "a", "a -/etc/passwd -./b.ko"},
		{"soft of itself", "softdep a pre: a post: a\n", nil, "a", "a"},
		{"loop", "softdep a pre: b\nsoftdep b pre: c\nsoftdep c pre: a\n", nil, "a", "c b a"},
		{"loop of posts", "softdep a post: b\nsoftdep b post: c\nsoftdep c post: a\n", nil, "b", "b c a"},
		{"soft that needs the module", "softdep a pre: needy\n", nil, "a", "a needy"},
		{"soft that needs what comes later", "softdep a pre: deep\nsoftdep needy pre: b\n", nil, "a", "a b needy deep"},
		{"soft of a dependency that needs the module", "softdep a pre: deep\n", nil, "needy", "a needy deep"},
		{"soft whose own needs the module", "softdep a pre: b\nsoftdep b pre: needy\n", nil, "a", "a needy b"},
		{"soft that needs it before others", "softdep a pre: needy c post: d\n", nil, "a", "c a d needy"},
		{"loop through an alias", "alias x b\nsoftdep a pre: x\nsoftdep b post: b c\n", nil, "a", "b c a"},
		{"soft of a dependency in its turn", "softdep a post: deep d\n", nil, "needy", "a d needy deep"},
		{"soft that is asked for", "softdep a pre: b\n", nil, "b a b", "b a"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			db := dbtest.Configured(t, flatTree(), test.config)
			var requests []kmod.Request
			for _, name := range strings.Fields(test.names) {
				requests = append(requests, kmod.Request{Name: name})
			}
			plan, err := db.PlanRequests(test.opts, requests...)
			if err != nil {
				t.Fatal(err)
			}
			if got := short(plan); got != test.want {
				t.Errorf("plan is %q, want %q", got, test.want)
			}
			checkPlan(t, plan)
		})
	}
}

// checkPlan: each module is there once, after what it waits for.
func checkPlan(t *testing.T, p *kmod.Plan) {
	t.Helper()
	seen := map[string]bool{}
	for i, s := range p.Steps {
		if seen[s.Module.Name] {
			t.Errorf("%s is there twice", s.Module.Name)
		}
		seen[s.Module.Name] = true
		for _, at := range slices.Concat(s.Needs, s.After) {
			if at >= i {
				t.Errorf("step %d waits for step %d", i, at)
			}
		}
		if len(s.Reasons) == 0 {
			t.Errorf("%s has no reason", s.Module.Name)
		}
	}
}

func TestPlanOptions(t *testing.T) {
	const config = "options a x=1\noptions nick y=\"2 3\"\noptions a  z=1\noptions other q=1\nalias nick a\n" +
		"alias wild-* a\noptions wild-* w=1\noptions wild-1 never=1\n" +
		"install virtual cmd $CMDLINE_OPTS end\noptions virtual v=1\n"
	db := dbtest.Configured(t, flatTree(), config)
	tests := []struct {
		name     string
		requests []kmod.Request
		want     string
	}{
		{"by name", []kmod.Request{{Name: "a", Params: "p=9"}}, "x=1  z=1 p=9"},
		{"by alias", []kmod.Request{{Name: "nick", Params: "p=9"}}, `x=1 y="2 3"  z=1 p=9`},
		{"by pattern", []kmod.Request{{Name: "wild-1"}}, "x=1  z=1 w=1"},
		{"as a dependency", []kmod.Request{{Name: "needy", Params: "p=9"}}, "x=1  z=1"},
		{"command", []kmod.Request{{Name: "virtual", Params: "p=9"}}, "v=1 p=9"},
		{"twice", []kmod.Request{{Name: "a", Params: "p=1"}, {Name: "nick", Params: "p=2"}}, `x=1 y="2 3"  z=1 p=1 p=2`},
	}
	for _, test := range tests {
		plan, err := db.PlanRequests(nil, test.requests...)
		if err != nil {
			t.Fatal(err)
		}
		s := plan.Steps[0]
		if s.Params != test.want {
			t.Errorf("%s: parameters are %q, want %q", test.name, s.Params, test.want)
		}
		if test.name == "command" && s.Command.Line() != "cmd v=1 p=9 end" {
			t.Errorf("the command is %q", s.Command.Line())
		}
		if test.name == "by alias" {
			origins := fmt.Sprint(s.ParamSources[0].Origin, s.ParamSources[1].Origin, s.ParamSources[2].Origin, s.ParamSources[3].Origin)
			if origins != "a.conf line 1 a.conf line 2 a.conf line 3 <nil>" {
				t.Errorf("origins are %s", origins)
			}
		}
	}
}

// TestPlanReasons: each step says why it is there, with the line that says so.
func TestPlanReasons(t *testing.T) {
	db := dbtest.Configured(t, flatTree(), "softdep needy pre: b post: c\nblacklist d\nweakdep needy e f\n")
	plan, err := db.Plan("deep", "dev:d", "b")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"a":     "hard dependency of deep",
		"b":     "soft pre dependency of needy, asked for as b",
		"needy": "hard dependency of deep",
		"c":     "soft post dependency of needy",
		"deep":  "asked for as deep",
		"d":     "asked for as dev:d",
	}
	for _, s := range plan.Steps {
		var reasons []string
		for _, r := range s.Reasons {
			reasons = append(reasons, r.String())
		}
		if got := strings.Join(reasons, ", "); got != want[s.Module.Name] {
			t.Errorf("%s is there as %q, want %q", s.Module.Name, got, want[s.Module.Name])
		}
		switch s.Module.Name {
		case "b":
			if o := s.Reasons[0].Origin; o == nil || o.Line != 1 {
				t.Errorf("the origin of b is %v", o)
			}
		case "d":
			if s.Action != kmod.ActionSkip || s.Skip.Kind != kmod.SkipBlacklisted || s.Skip.Origin.Line != 2 {
				t.Errorf("d is %+v", s)
			}
		case "needy":
			if !slices.Equal(s.Weak, []string{"e", "f"}) {
				t.Errorf("weak dependencies are %v", s.Weak)
			}
		}
	}
}

// TestPlanReasonsOfLoop: a module that its own soft dependency brings in still has what
// it was wanted for as its first reason.
func TestPlanReasonsOfLoop(t *testing.T) {
	db := dbtest.Configured(t, flatTree(), "softdep a pre: needy d\nsoftdep b pre: nosuch\nsoftdep c pre: b nosuch\n")
	plan, err := db.Plan("a", "c")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"d: [soft pre dependency of a]",
		"a: [asked for as a hard dependency of needy]",
		"needy: [soft pre dependency of a]",
		"b: [soft pre dependency of c]",
		"c: [asked for as c]",
		"nosuch: [soft pre dependency of b soft pre dependency of c]",
	}
	var got []string
	for _, s := range plan.Steps {
		got = append(got, fmt.Sprintf("%s: %v", s.Module.Name, s.Reasons))
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	checkPlan(t, plan)
}

// TestPlanManyMissing: the time taken grows linearly with the file.
func TestPlanManyMissing(t *testing.T) {
	var text strings.Builder
	text.WriteString("softdep a pre:")
	for i := range 100_000 {
		fmt.Fprintf(&text, " no%d", i)
	}
	db := dbtest.Configured(t, flatTree(), text.String())
	plan, err := db.Plan("a")
	if err != nil || len(plan.Steps) != 100_001 {
		t.Errorf("got %d steps, %v", len(plan.Steps), err)
	}
}

func TestPlanPath(t *testing.T) {
	db := dbtest.Configured(t, flatTree(), "options needy x=1\n")
	dir := t.TempDir()
	path := filepath.Join(dir, "needy.ko")
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	plan, err := db.PlanRequests(nil, kmod.Request{Path: path, Params: "y=1"})
	if err != nil || short(plan) != "a needy" || plan.Steps[1].Module.Path != path || plan.Steps[1].Params != "x=1 y=1" {
		t.Errorf("got %v, %v", plan, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "odd.ko"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if plan, err := db.PlanRequests(nil, kmod.Request{Path: filepath.Join(dir, "odd.ko")}); err != nil || short(plan) != "odd" {
		t.Errorf("a file that no index knows gives %v, %v", plan, err)
	}
	if _, err := db.PlanRequests(nil, kmod.Request{Path: filepath.Join(dir, "nosuch.ko")}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an absent file gives %v", err)
	}
	if _, err := db.Plan(path); !errors.Is(err, kmod.ErrNotFound) {
		t.Errorf("a name was taken for a path: %v", err)
	}
}

// TestPlanDeepSoftdeps: a very long chain of soft dependencies.
func TestPlanDeepSoftdeps(t *testing.T) {
	var config strings.Builder
	for i := range 100000 {
		fmt.Fprintf(&config, "install m%d x\nsoftdep m%d pre: m%d\n", i, i, i+1)
	}
	if plan, err := dbtest.Configured(t, flatTree(), config.String()).Plan("m0"); plan != nil || err == nil ||
		!strings.Contains(err.Error(), "too deep") {
		t.Errorf("got %v", err)
	}
	var wide strings.Builder
	wide.WriteString("softdep a pre:" + strings.Repeat(" b", 2<<20) + "\n")
	if plan, err := dbtest.Configured(t, flatTree(), wide.String()).Plan("a"); plan != nil || err == nil || !strings.Contains(err.Error(), "too long") {
		t.Errorf("got %v", err)
	}
}

// TestIncompleteIndexes: what can be answered is answered without some of the
// files.
func TestIncompleteIndexes(t *testing.T) {
	const dir = "lib/modules/" + modtest.Release + "/"
	for _, name := range []string{"modules.alias.bin", "modules.symbols.bin", "modules.builtin.bin", "modules.builtin.alias.bin"} {
		files := flatTree()
		delete(files, dir+name)
		db := dbtest.Configured(t, files, "softdep a pre: inside dev:b\n")
		plan, err := db.Plan("needy")
		if err != nil || !strings.Contains(short(plan), "needy") {
			t.Errorf("without %s: %v, %v", name, plan, err)
		}
		if _, err := db.Plan("dev:zzz"); !errors.Is(err, kmod.ErrNotFound) {
			t.Errorf("without %s: %v", name, err)
		}
	}
	files := flatTree()
	files[dir+"modules.builtin.bin"] = &fstest.MapFile{}
	files[dir+"modules.builtin.alias.bin"] = &fstest.MapFile{}
	db := dbtest.Configured(t, files, "softdep a pre: inside\n")
	if plan, err := db.Plan("needy"); err != nil || short(plan) != "a needy -inside" {
		t.Errorf("with empty indexes of built-ins: %v, %v", plan, err)
	}
	if _, err := db.Plan("inside"); !errors.Is(err, kmod.ErrNotFound) {
		t.Errorf("with empty indexes of built-ins: %v", err)
	}
	files = flatTree()
	files[dir+"modules.alias.bin"] = &fstest.MapFile{}
	if _, err := dbtest.Configured(t, files, "").Plan("dev:a"); !errors.Is(err, kmod.ErrCorrupt) {
		t.Errorf("an empty modules.alias.bin gives %v", err)
	}
}

// TestConfigChoices: which configuration counts.
func TestConfigChoices(t *testing.T) {
	files := flatTree()
	put := func(name, text string) { files[name] = &fstest.MapFile{Data: []byte(text)} }
	put("etc/modprobe.d/x.conf", "options a from=etc\nbogus\n")
	put("usr/lib/modprobe.d/x.conf", "options a from=usr\n")
	put("run/modprobe.d/y.conf", "options a from=run\n")
	put("other/z.conf", "options a from=other\n")
	put("proc/cmdline", "quiet a.from=cmdline modprobe.blacklist=b\n")
	memory := []kmod.ConfigFile{{Name: "y.conf", Text: "options a from=memory\n"}}
	tests := []struct {
		name     string
		cfg      kmod.Config
		want     string
		warnings int
	}{
		{"standard", kmod.Config{}, "from=etc from=run from=cmdline", 1},
		{"no command line", kmod.Config{NoCmdline: true}, "from=etc from=run", 1},
		{"own command line", kmod.Config{Cmdline: "a.from=caller"}, "from=etc from=run from=caller", 1},
		{"none", kmod.Config{NoConfig: true}, "", 0},
		{"other directory", kmod.Config{ConfigDirs: []string{"/other", "run/modprobe.d/"}}, "from=run from=other from=cmdline", 0},
		{"a file", kmod.Config{ConfigDirs: []string{"other/z.conf"}, NoCmdline: true}, "from=other", 0},
		{"no directory", kmod.Config{ConfigDirs: []string{}, NoCmdline: true}, "", 0},
		{"in memory", kmod.Config{ConfigFiles: memory}, "from=etc from=memory from=cmdline", 1},
		{"only in memory", kmod.Config{ConfigFiles: memory, NoConfig: true}, "from=memory", 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.cfg.FS, test.cfg.Release = files, modtest.Release
			db := dbtest.Open(t, &test.cfg)
			plan, err := db.Plan("a")
			if err != nil || plan.Steps[0].Params != test.want {
				t.Errorf("got %v, %v, want %s", plan, err, test.want)
			}
			warnings := db.Warnings()
			if len(warnings) != test.warnings {
				t.Errorf("warnings are %v", warnings)
			}
			if test.warnings == 1 && warnings[0].String() != "etc/modprobe.d/x.conf line 2: ignoring bad line starting with 'bogus'" {
				t.Errorf("the warning is %s", warnings[0])
			}
		})
	}
}
