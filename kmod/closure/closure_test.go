package closure_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/closure"
	"github.com/gokmod/gokmod/kmod/kmodtest"
)

// marks are the prefixes for the kinds of first reasons.
var marks = map[kmod.ReasonKind]string{kmod.ReasonRequested: "", kmod.ReasonDependency: "d:", kmod.ReasonSoftPre: "pre:",
	kmod.ReasonSoftPost: "post:", kmod.ReasonWeak: "weak:"}

// words returns the modules of a closure as words, with why they are there.
func words(c *closure.Closure) string {
	var words []string
	for _, m := range c.Modules {
		word := marks[m.Reasons[0].Kind] + m.Name
		if m.Builtin {
			word += "="
		}
		if !m.Required {
			word += "?"
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

// warnings returns the warnings as words.
func warnings(c *closure.Closure) string {
	var words []string
	for _, w := range c.Warnings {
		words = append(words, w.Kind.String()+":"+w.Module)
	}
	return strings.Join(words, " ")
}

func TestClosure(t *testing.T) {
	const all = "d:base d:mid pre:inside=? pre:before? top post:after? d:helper_base? weak:helper? weak:x_fast? weak:x_slow?"
	none := &closure.Options{}
	tests := []struct {
		name     string
		config   string
		opts     *closure.Options
		names    string
		want     string
		warnings string
	}{
		{"everything", "", nil, "top", all, "missing:nosuch missing:nosuch2"},
		{"dashes", "", none, "helper-base", "helper_base", ""},
		{"by alias", "", none, "fs-top", all, "missing:nosuch missing:nosuch2"},
		{"twice", "", none, "base base", "base", ""},
		{"of several names", "", none, "after disk", "after disk", ""},
		{"built in", "", none, "inside", "inside=", ""},
		{"several of one alias", "", none, "crypto-x", "x_fast x_slow", ""},
		{"no soft dependencies", "", &closure.Options{NoSoftdeps: true, NoWeakdeps: true}, "top", "d:base d:mid top", ""},
		{"no weak dependencies", "", &closure.Options{NoWeakdeps: true}, "top", "d:base d:mid pre:inside=? pre:before? top post:after?", "missing:nosuch"},
		{"weak ones without soft ones", "", &closure.Options{NoSoftdeps: true}, "helper",
			"d:helper_base helper d:base? d:mid? weak:top? weak:x_fast? weak:x_slow?", "missing:nosuch2"},
		{"excluded", "", &closure.Options{Exclude: []string{"x-slow", "before", "helper"}}, "top",
			"d:base d:mid top post:after? weak:x_fast?", "missing:nosuch missing:nosuch2 excluded:before excluded:helper excluded:x_slow"},
		{"what needs excluded ones", "softdep disk pre: mid post: helper\nweakdep disk net\n", &closure.Options{Exclude: []string{"base", "helper-base"},
			Select: []closure.Selection{{Alias: "fs-*"}}}, "disk crypto-x fs-top", "disk x_fast x_slow other inside= weak:net?",
			"excluded:mid excluded:helper excluded:top"},
		{"configured", "softdep base pre: disk\nweakdep disk other\nalias x-* net\n", none, "base x-y", "pre:disk? base net weak:other?", ""},
		{"soft becomes required", "softdep base pre: disk\n", none, "base disk", "pre:disk base", ""},
		{"circles", "softdep base pre: disk post: net\nsoftdep disk pre: base\nsoftdep net post: base\nweakdep base base net\n", none, "base",
			"pre:disk? base post:net?", ""},
		{"blacklisted alias", "blacklist x_slow\n", none, "crypto-x", "x_fast", "blacklisted:x_slow"},
		{"blacklisted name", "blacklist x_slow\n", none, "x_slow", "x_slow", ""},
		{"blacklisted weak one", "blacklist x_slow\nweakdep base crypto-x\n", none, "base", "base weak:x_fast? weak:x_slow?", ""},
		{"blacklisted and kept", "blacklist x_slow\n", &closure.Options{KeepBlacklisted: true}, "crypto-x", "x_fast x_slow", ""},
		{"command", "install base modprobe disk\nremove base x\n", none, "mid", "d:base mid", "command:base command:base"},
		{"command alone", "install virtual x\nalias v virtual\n", none, "v", "virtual", "command:virtual"},
		{"modaliases", "", &closure.Options{Modaliases: slices.Values([]string{"pci:v00001AF4d1sv1sd1bc01sc00i00", "acpi:X:", "acpi:X:", "bad]"})},
			"", "disk", ""},
		{"modalias of a blacklisted one", "blacklist disk", &closure.Options{Modaliases: slices.Values([]string{"pci:v00001AF4d1sv1sd1bc01sc00i00"})},
			"", "", "blacklisted:disk"},
		{"nothing", "", nil, "", "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			db := dbtest.Tree(t, dbtest.Wide(), test.config, nil)
			c, err := closure.Collect(context.Background(), db, test.opts, strings.Fields(test.names)...)
			if err != nil {
				t.Fatal(err)
			}
			if got := words(c); got != test.want {
				t.Errorf("modules are\n%s, want\n%s", got, test.want)
			}
			if got := warnings(c); got != test.warnings {
				t.Errorf("warnings are\n%s, want\n%s", got, test.warnings)
			}
			for i := range c.Modules {
				checkClosureModule(t, c, i)
			}
		})
	}
}

// checkClosureModule: what a module needs comes before it.
func checkClosureModule(t *testing.T, c *closure.Closure, i int) {
	t.Helper()
	m := &c.Modules[i]
	for _, name := range m.Needs {
		at := slices.IndexFunc(c.Modules, func(m closure.Module) bool { return m.Name == name })
		if at < 0 || at >= i {
			t.Errorf("%s needs %s, which is at %d", m.Name, name, at)
		}
	}
	chain := c.Why(m.Name)
	if len(chain) == 0 || m.Required && chain[len(chain)-1].Kind != kmod.ReasonRequested {
		t.Errorf("%s is there because of %v", m.Name, chain)
	}
}

// TestClosureOfBuiltin: no index has the soft and weak dependencies of a built-in.
func TestClosureOfBuiltin(t *testing.T) {
	tree := &kmodtest.Tree{Modules: []kmodtest.Module{
		{Name: "crc-all", Builtin: true, Softdeps: []string{"pre: crc-fast", "post: after"},
			Weakdeps: []string{"table nosuch"}},
		{Name: "crc-x86", Aliases: []string{"crc-fast"}, Softdeps: []string{"pre: below"}},
		{Name: "below", Builtin: true, Weakdeps: []string{"deep"}},
		{Name: "table"}, {Name: "deep"}, {Name: "after"}, {Name: "user", Softdeps: []string{"pre: crc-all"}},
	}}
	none := &closure.Options{NoSoftdeps: true, NoWeakdeps: true}
	tests := []struct {
		name, want string
		opts       *closure.Options
	}{
		{"crc_all", "pre:below=? pre:crc_x86? crc_all= post:after? weak:deep? weak:table?", nil},
		{"user", "pre:below=? pre:crc_x86? pre:crc_all=? post:after? user weak:deep? weak:table?", nil},
		{"crc_all", "pre:below=? pre:crc_x86? crc_all= post:after?", &closure.Options{NoWeakdeps: true}},
		{"crc_all", "crc_all=", none},
	}
	for _, test := range tests {
		db := dbtest.Tree(t, tree, "", nil)
		c, err := closure.Collect(t.Context(), db, test.opts, test.name)
		if err != nil {
			t.Fatal(err)
		}
		if got := words(c); got != test.want {
			t.Errorf("modules for %s are\n%s, want\n%s", test.name, got, test.want)
		}
		if m := c.Module("crc_x86"); m != nil &&
			m.Reasons[0].Origin.String() != "lib/modules/6.1.0-test/modules.builtin.modinfo" {
			t.Errorf("the reason stands in %v", m.Reasons[0].Origin)
		}
	}
}

func TestClosureErrors(t *testing.T) {
	selection := func(s closure.Selection) *closure.Options {
		return &closure.Options{Select: []closure.Selection{s}}
	}
	tests := []struct {
		name  string
		opts  *closure.Options
		names string
		is    error
		want  string
	}{
		{"unknown names", nil, "top no1 base no2", kmod.ErrNotFound, "module no1 not found in lib/modules/6.1.0-test (searched modules.dep.bin, " +
			"modules.alias.bin, modules.builtin.bin, modules.builtin.alias.bin)\nmodule no2 not found"},
		{"alias of nothing", nil, "virtual", kmod.ErrNotFound, "module nothing not found"},
		{"unknown path", selection(closure.Selection{Path: "kernel/nosuch/**"}), "", kmod.ErrNotFound,
			"select the modules kernel/nosuch/** in lib/modules/6.1.0-test: module not found"},
		{"unknown alias", selection(closure.Selection{Alias: "fs-no*"}), "", kmod.ErrNotFound, "select the modules fs-no* in"},
		{"bad alias", selection(closure.Selection{Alias: "fs-["}), "", nil, "unmatched bracket"},
		{"bad kind", selection(closure.Selection{Drivers: 99}), "", nil, "kind 99: it is not one of the kinds of drivers"},
		{"excluded need", &closure.Options{Exclude: []string{"base"}}, "top", nil, "collect what module mid needs: module base: it is excluded"},
		{"lost file", nil, "lost", fs.ErrNotExist, "collect module lost, asked for as lost: open module lib/modules/6.1.0-test/kernel/lost.ko"},
		{"lost dependency", nil, "needs-lost", fs.ErrNotExist, "collect module lost, hard dependency of needs_lost: open"},
		{"no firmware read", &closure.Options{NoFirmware: true}, "lost", fs.ErrNotExist, "open module lib/modules/6.1.0-test/kernel/lost.ko"},
	}
	tree := dbtest.Wide()
	tree.Modules = append(tree.Modules, kmodtest.Module{Name: "lost"}, kmodtest.Module{Name: "needs-lost", Depends: []string{"lost"}})
	files, err := tree.FS()
	if err != nil {
		t.Fatal(err)
	}
	delete(files, "lib/modules/6.1.0-test/kernel/lost.ko")
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			db := dbtest.Configured(t, files, "alias virtual nothing\n")
			c, err := closure.Collect(context.Background(), db, test.opts, strings.Fields(test.names)...)
			if err == nil || c != nil || test.is != nil && !errors.Is(err, test.is) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v", err)
			}
		})
	}
	t.Run("lost for soft ones", func(t *testing.T) {
		db := dbtest.Configured(t, files, "softdep base pre: needs-lost\nweakdep mid lost\n")
		c, err := closure.Collect(context.Background(), db, nil, "mid")
		if err != nil {
			t.Fatal(err)
		}
		if got := words(c); got != "d:base mid" || warnings(c) != "missing:lost missing:needs_lost" {
			t.Errorf("got %s, %v", got, c.Warnings)
		}
	})
	t.Run("canceled", func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if _, err := closure.Collect(ctx, dbtest.Configured(t, files, ""), nil, "top"); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
}

func TestClosureWhy(t *testing.T) {
	db := dbtest.Tree(t, dbtest.Wide(), "", nil)
	c, err := closure.Collect(context.Background(), db, nil, "top")
	if err != nil {
		t.Fatal(err)
	}
	var why []string
	for _, reason := range c.Why("helper-base") {
		why = append(why, reason.String())
	}
	if got := strings.Join(why, ", "); got != "hard dependency of helper, weak dependency of top, asked for as top" {
		t.Error(got)
	}
	m := c.Module("helper")
	if m == nil || m.Reasons[0].Origin == nil || m.Reasons[0].Origin.File != "lib/modules/6.1.0-test/modules.weakdep" {
		t.Errorf("got %+v", m)
	}
	if c.Why("nosuch") != nil || c.Module("nosuch") != nil {
		t.Error("there is a reason for what is not there")
	}
}

// TestClosureHostile: configuration that is harmless only if neither work nor memory
// grow with the square of its size.
func TestClosureHostile(t *testing.T) {
	tests := []struct {
		name, config string
		modules      int // 0 for an error
	}{
		{"missing", "weakdep a" + dbtest.Numbered(15000, " n#") + "\n", 1},
		{"too many missing", "weakdep a" + dbtest.Numbered(200000, " n#") + "\n", 0},
		{"lines", dbtest.Numbered(10000, "weakdep a n#\n"), 1},
		{"alias of many", dbtest.Numbered(1000, "alias x q#\n") + "weakdep a" + strings.Repeat(" x", 200000) + "\n", 0},
		{"options", dbtest.Numbered(20000, "options n# p=1\n"), 1},
		{"options and patterns", dbtest.Numbered(10000, "alias *q# b\n") + dbtest.Numbered(20000, "options n# p=1\n"), 1},
		{"commands", dbtest.Numbered(100000, "install n# x\nremove n# x\n"), 1},
		{"aliases to nothing", dbtest.Numbered(50000, "alias n# off\n"), 1},
		{"circle", dbtest.Numbered(5000, "weakdep a a b\nsoftdep b pre: a post: b\n"), 2},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			tree := &kmodtest.Tree{Modules: []kmodtest.Module{{Name: "a"}, {Name: "b"}}}
			c, err := closure.Collect(context.Background(), dbtest.Tree(t, tree, test.config, nil), nil, "a")
			switch {
			case test.modules == 0 && (err == nil || !strings.Contains(err.Error(), "too long")):
				t.Errorf("got %v", err)
			case test.modules != 0 && (err != nil || len(c.Modules) != test.modules):
				t.Errorf("got %v, %v", c, err)
			}
		})
	}
}

func TestClosureString(t *testing.T) {
	tree := &kmodtest.Tree{Modules: []kmodtest.Module{
		{Name: "a", Softdeps: []string{"pre: b"}, Fields: []string{"firmware=a.bin", "firmware=b.bin"}},
		{Name: "inside", Builtin: true},
	}}
	db := dbtest.Tree(t, tree, "options a x=1\ninstall cmd true\n", fstest.MapFS{"lib/firmware/a.bin": {}})
	c, err := closure.Collect(context.Background(), db, nil, "a", "inside", "cmd")
	if err != nil {
		t.Fatal(err)
	}
	want := `module lib/modules/6.1.0-test/kernel/a.ko: asked for as a
module (builtin) inside: asked for as inside
module (command) cmd: asked for as cmd
firmware lib/firmware/a.bin: named by a
missing firmware b.bin: named by a
config install cmd true: etc/modprobe.d/kmodtest.conf line 2
config options a x=1: etc/modprobe.d/kmodtest.conf line 1
config softdep a pre: b: lib/modules/6.1.0-test/modules.softdep line 1
warning: module b: it is not there: soft pre dependency of a (lib/modules/6.1.0-test/modules.softdep line 1)
warning: module cmd: the programs of a command are not in the closure: true (etc/modprobe.d/kmodtest.conf line 2)
`
	if got := c.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := fmt.Sprint(c.Config[1]); got != "etc/modprobe.d/kmodtest.conf line 1: options a x=1" {
		t.Error(got)
	}
}
