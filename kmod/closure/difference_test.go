package closure_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/closure"
	"github.com/gokmod/gokmod/kmod/kmodtest"
)

// versions are the closures of the module top in two releases of a kernel.
func versions(t *testing.T) (old, new *closure.Closure) {
	t.Helper()
	collect := func(release, prefix string, modules []kmodtest.Module, config string, firmware ...string) *closure.Closure {
		tree := &kmodtest.Tree{Release: release, Modules: modules, Modprobe: config}
		files, err := tree.FS()
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range firmware {
			files[prefix+"lib/firmware/"+name] = &fstest.MapFile{Data: []byte(name)}
		}
		c, err := closure.Collect(t.Context(), dbtest.Open(t, &kmod.Config{FS: files, Release: release}), nil, "top")
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	old = collect("6.1", "", []kmodtest.Module{
		{Name: "top", Depends: []string{"mid", "gone"}, Fields: []string{"firmware=a", "firmware=b", "firmware=c", "firmware=d"}},
		{Name: "mid", Depends: []string{"deep"}}, {Name: "deep"}, {Name: "gone"}, {Name: "same", Builtin: true},
		{Name: "moves"}, {Name: "becomes"},
	}, "softdep top pre: same moves becomes\noptions mid a=1\noptions top a=1\n", "a", "b", "d")
	new = collect("6.2", "usr/", []kmodtest.Module{
		{Name: "top", Depends: []string{"mid"}, Fields: []string{"firmware=a", "firmware=b", "firmware=c", "firmware=d"}},
		{Name: "mid", Depends: []string{"deep"}}, {Name: "deep", Weakdeps: []string{"more"}}, {Name: "more"}, {Name: "same", Builtin: true},
		{Name: "moves", Path: "kernel/lib/moves.ko"}, {Name: "becomes", Builtin: true},
	}, "\nsoftdep top pre: same moves becomes\noptions mid a=2\noptions top a=1\n", "a", "b.xz", "c")
	for _, c := range []*closure.Closure{old, new} {
		for i := range c.Modules {
			c.Modules[i].Size = min(c.Modules[i].Size, 1) // whatever the tree makes them
		}
	}
	new.Module("mid").Size = 2
	return old, new
}

const wantDiff = `--- 6.1
+++ 6.2
-module becomes (kernel/becomes.ko) 1 bytes: soft pre dependency of top, asked for as top
+module becomes (builtin): soft pre dependency of top, asked for as top
-module gone (kernel/gone.ko) 1 bytes: hard dependency of top, asked for as top
-module mid (kernel/mid.ko) 1 bytes: hard dependency of top, asked for as top
+module mid (kernel/mid.ko) 2 bytes: hard dependency of top, asked for as top
+module more (kernel/more.ko) 1 bytes: weak dependency of deep, hard dependency of top, asked for as top
-module moves (kernel/moves.ko) 1 bytes: soft pre dependency of top, asked for as top
+module moves (kernel/lib/moves.ko) 1 bytes: soft pre dependency of top, asked for as top
-firmware b (b) 1 bytes: named by top
+firmware b (b.xz) 4 bytes: named by top
+firmware c (c) 1 bytes: named by top
-firmware d (d) 1 bytes: named by top
-missing c: named by top
+missing d: named by top
-config options mid a=1: etc/modprobe.d/kmodtest.conf line 2
+config options mid a=2: etc/modprobe.d/kmodtest.conf line 3
+config weakdep deep more: lib/modules/6.2/modules.weakdep line 1
`

func TestDiff(t *testing.T) {
	old, new := versions(t)
	d := closure.Diff(old, new)
	if got := d.String(); got != wantDiff {
		t.Errorf("got\n%s", got)
	}
	dbtest.CheckJSON(t, d)
	dbtest.CheckNames(t, closure.ChangedModule, closure.ChangedConfig)
	for _, same := range []*closure.Closure{old, new, nil} {
		if d := closure.Diff(same, same); len(d.Changes) != 0 || d.String() != "" {
			t.Errorf("with itself: %s", d)
		}
	}
	back := closure.Diff(new, old)
	if len(back.Changes) != len(d.Changes) || back.OldRelease != "6.2" || back.NewRelease != "6.1" {
		t.Errorf("backwards: %s", back)
	}
	for i, c := range back.Changes {
		if fmt.Sprint(c.Old, c.New) != fmt.Sprint(d.Changes[i].New, d.Changes[i].Old) || c.Name != d.Changes[i].Name {
			t.Errorf("backwards: %v", c)
		}
	}
	if all := closure.Diff(nil, new); len(all.Changes) != len(new.Modules)+len(new.Firmware)+len(new.MissingFirmware)+len(new.Config) ||
		strings.Contains(all.String(), "\n-") {
		t.Errorf("from nothing: %s", all)
	}
}

// TestDiffOfJSON: a closure that was read is compared like the original.
func TestDiffOfJSON(t *testing.T) {
	old, new := versions(t)
	text, err := json.Marshal(old)
	var read closure.Closure
	if err := errors.Join(err, json.Unmarshal(text, &read)); err != nil {
		t.Fatal(err)
	}
	if got := closure.Diff(&read, new).String(); got != wantDiff {
		t.Errorf("got\n%s", got)
	}
	if d := closure.Diff(&read, old); len(d.Changes) > 0 {
		t.Errorf("with itself: %s", d)
	}
}

// TestDiffHostile: what was read may be anything, and is shown on one line.
func TestDiffHostile(t *testing.T) {
	n := 5000
	c := &closure.Closure{Release: "6.1\n", Firmware: []closure.Firmware{{Name: "", Path: "x"}, {Name: "long", Path: "y"}},
		Config: []kmod.ConfigLine{{Text: "a\x1b[m\nb", Origin: kmod.Origin{Line: 1}}, {Text: "a\x1b[m\nb"}}}
	for i := range n {
		name := fmt.Sprint("m", i)
		c.Modules = append(c.Modules, closure.Module{Module: kmod.Module{Name: name, Path: "p\n" + name},
			Reasons: []kmod.Reason{{Kind: kmod.ReasonWeak, Of: fmt.Sprint("m", (i+1)%n)}}})
	}
	d := closure.Diff(c, nil)
	text := d.String()
	if lines := strings.Count(text, "\n"); len(d.Changes) != n+3 || lines != n+5 || strings.Contains(text, "\x1b") {
		t.Errorf("%d changes, %d lines", len(d.Changes), lines)
	}
	for _, change := range d.Changes {
		if change.Kind == closure.ChangedConfig && change.Old.Origin.Line != 1 {
			t.Errorf("of equal lines, that at %v counts", change.Old.Origin)
		}
		if len(change.Old.Why) > 64 {
			t.Fatalf("%s has %d reasons", change.Name, len(change.Old.Why))
		}
	}
}
