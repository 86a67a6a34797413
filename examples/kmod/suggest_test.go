package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/kmodtest"
)

// TestSuggestSubcommand: kmod's words come first.
func TestSuggestSubcommand(t *testing.T) {
	for name, want := range map[string]string{
		"diagnos": "Did you mean 'diagnose'?\n", "static_nodes": "Did you mean 'static-nodes'?\n", "Graph": "Did you mean 'graph'?\n",
		"lsmodd": "Did you mean 'lsmod'?\n", "xsmod": "Did you mean 'lsmod'?\n", "rnsmod": "Did you mean 'insmod'?\n",
		"smod": "Did you mean 'lsmod'?\n", "insert": "", "remove": "", "complet": "", "": "",
	} {
		got := newWorld().run("kmod", name)
		if got.stderr != "invalid command '"+name+"'\n"+want || got.status != 1 {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// TestAlternatives: names are joined as in a sentence.
func TestAlternatives(t *testing.T) {
	for want, names := range map[string][]string{"'a'": {"a"}, "'a' or 'b'": {"a", "b"}, "'a', 'b' or 'c'": {"a", "b", "c"}} {
		if got := alternatives(names); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// suggestRoot is a root with modules and files that are called alike.
func suggestRoot(t *testing.T) string {
	t.Helper()
	tree := &kmodtest.Tree{Release: nodesRelease, Modules: []kmodtest.Module{
		{Name: "xfs", Aliases: []string{"fs-xfs", "pci:v1d2", "wild-card*", "evil\x1bname"}}, {Name: "nvme-core"}, {Name: "nvme_cora"},
		{Name: "loop", Builtin: true},
	}}
	files, err := tree.FS()
	if err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	if err := os.CopyFS(root, files); err != nil {
		t.Fatal(err)
	}
	return root
}

// TestSuggestModules: a name that no module has may be that of one, or an alias.
func TestSuggestModules(t *testing.T) {
	w, root := newWorld(), suggestRoot(t)
	w.dir = root
	dir := root + "/lib/modules/" + nodesRelease
	for name, want := range map[string]string{
		"xfss": "'xfs'", "XFS": "'xfs'", "xsf": "'xfs'", "xfs.ko": "'xfs'", "xfss.ko.zst": "'xfs'", "nvme_corf": "'nvme_cora' or 'nvme_core'",
		"fs-xsf": "'fs_xfs'", "lopp": "'loop'", "other": "", "pci:v1d3": "", "wild-car": "", "evil_name": "", "evil\x1bnama": "",
	} {
		suggestion := ""
		if want != "" {
			suggestion = "Did you mean " + want + "?\n"
		}
		args := []string{"-d", root, "-S", nodesRelease, name}
		got := w.run(append([]string{"kmod", "graph"}, args...)...)
		got.check(t, answer{"", "graph: WARNING: Module " + name + " not found in directory " + dir + "\n" + suggestion, 1})
		got = w.run(append([]string{"kmod", "diagnose"}, args...)...)
		if first, rest, _ := strings.Cut(got.stderr, "\n"); rest != suggestion || got.status != 1 || !strings.Contains(first, " not found in ") {
			t.Errorf("diagnose %s: %+v", name, got)
		}
		got = w.run("modprobe", "-n", "-d", root, "-S", nodesRelease, name)
		got.check(t, answer{"", "modprobe: FATAL: Module " + name + " not found in directory " + dir + "\n", 1})
		w.run("modprobe", "-D", "--json", "-d", root, "-S", nodesRelease, name).check(t, got)
	}
	got := w.run("kmod", "diagnose", "--json", "-d", root, "-S", nodesRelease, "nvme_corf", "other")
	if strings.Count(got.stdout, `"suggestions"`) != 1 || !strings.Contains(got.stdout, `,"suggestions":["nvme_cora","nvme_core"]}`) || got.stderr != "" {
		t.Errorf("%+v", got)
	}
	w.run("kmod", "graph", "-d", root, "-S", "6.8", "xfss").check(t,
		answer{"", "graph: WARNING: Module xfss not found in directory " + root + "/lib/modules/6.8\n", 1})
}

// TestSuggestFiles: the name of a file that does not exist may be that of one beside it,
// however that is compressed.
func TestSuggestFiles(t *testing.T) {
	w, root := newWorld(), suggestRoot(t)
	w.dir = t.TempDir()
	for _, name := range []string{"sub/one.ko.xz", "sub/two.ko", "sub/tow.txt", "sub/dir/x.ko", "top.ko", "sub/evil\x1bone.ko"} {
		writeText(t, filepath.Join(w.dir, name), "")
	}
	writeText(t, filepath.Join(w.dir, "Module.symvers"), "0x00000000\ta\tvmlinux\tEXPORT_SYMBOL\t\n")
	check := []string{"kmod", "check", "--symvers", "Module.symvers", "-r", nodesRelease, "-d", root}
	for name, want := range map[string]string{
		"./sub/one.ko": "./sub/one.ko.xz", "./sub/tow.ko": "./sub/two.ko", "./sub/oen.ko.zst": "./sub/one.ko.xz", "./sub/dor": "./sub/dir",
		"./sup": "./sub", "./nothing/one.ko": "", "./sub/tow.txu": "", "./sub/zzzz.ko": "", "./top.ko/x.ko": "", "./sub/evil\x1bona.ko": "",
	} {
		suggestion := func(names ...string) (text string) {
			if want != "" {
				text = "Did you mean '" + strings.Join(names, "") + "'?\n"
			}
			return text
		}
		got := w.run("kmod", "graph", "-d", root, "-S", nodesRelease, "xfs", name)
		if _, rest, _ := strings.Cut(got.stderr, "\n"); rest != suggestion(want) || !strings.HasPrefix(got.stderr, "graph: WARNING: Failed to get module from path "+name) {
			t.Errorf("graph %s: %+v", name, got)
		}
		got = w.run("kmod", "diagnose", "-d", root, "-S", nodesRelease, name)
		if _, rest, _ := strings.Cut(got.stderr, "\n"); rest != suggestion(want) {
			t.Errorf("diagnose %s: %+v", name, got)
		}
		got = w.run(append(check, name)...)
		if _, rest, _ := strings.Cut(got.stderr, "\n"); rest != suggestion(w.dir, strings.TrimPrefix(want, ".")) || got.status != 1 {
			t.Errorf("check %s: %+v", name, got)
		}
	}
	// What is checked are files, not names of modules.
	for name, want := range map[string]string{"xfs": "xfs.ko", "nvme-corf": "nvme-core.ko", "loop": "", "other": "", "x/xfs.ko": "xfs.ko"} {
		got := w.run(append(check, name)...)
		_, rest, _ := strings.Cut(got.stderr, "\n")
		if named := strings.Contains(rest, "/"+want+"'"); named != (want != "") || named != strings.HasPrefix(rest, "Did you mean '"+root+"/lib/modules/") {
			t.Errorf("check %s: %+v", name, got)
		}
	}
	got := w.run("kmod", "check", "--json", "--symvers", "Module.symvers", "tpo.ko")
	if !strings.Contains(got.stdout, `"suggestions":["`+w.dir+`/top.ko"]`) {
		t.Errorf("%+v", got)
	}
	w.run("kmod", "check", "--symvers", "Module.symvers", "xfs").check(t, answer{"1 module: 0 would load, 1 could not be checked\n",
		"check: ERROR: " + w.dir + "/xfs: no such file or directory\n", 1})
}

// TestSuggestOtherErrors: where something else is wrong than the name, nothing is suggested.
func TestSuggestOtherErrors(t *testing.T) {
	w, _, dir := goldenWorld(t)
	writeText(t, filepath.Join(w.dir, "gm_bad.ko"), "not a module")
	writeText(t, filepath.Join(w.dir, "gm_bas.ko"), "not a module")
	got := w.run("kmod", "diagnose", "-d", w.dir, "-S", modtest.GoldenRelease, "gm_bad.ko")
	if strings.Contains(got.stderr, "mean") {
		t.Errorf("%+v", got)
	}
	if err := os.WriteFile(dir+"modules.dep.bin", []byte("damaged"), 0o644); err != nil {
		t.Fatal(err)
	}
	got = w.run("kmod", "graph", "-d", w.dir, "-S", modtest.GoldenRelease, "gm_bax")
	if got.status != 1 || strings.Contains(got.stderr, "mean") {
		t.Errorf("%+v", got)
	}
}

// TestConsiderBounds: a search ends, whatever a file claims to have, and at an error.
func TestConsiderBounds(t *testing.T) {
	names := 0
	endless := func(yield func(string, error) bool) {
		for yield("x", nil) {
			names++
		}
	}
	left := 5
	consider(newSimilar("abc"), &left, endless, func(name string) string { return name })
	if names != 5 {
		t.Errorf("%d names are considered", names)
	}
	s := newSimilar("abc")
	left = 5
	consider(s, &left, func(yield func(string, error) bool) {
		if yield("abd", nil) && yield("abe", fs.ErrInvalid) {
			yield("abf", errors.New("other"))
		}
	}, func(name string) string { return name })
	if len(s.found) != 1 || s.found[0] != "abd" {
		t.Errorf("found %q", s.found)
	}
	if db, err := kmod.Open(&kmod.Config{Root: suggestRoot(t), Release: nodesRelease}); err != nil {
		t.Fatal(err)
	} else if got := similarModules(db, strings.Repeat("x", 1<<20)); got != nil {
		t.Errorf("a name of a megabyte is like %q", got)
	}
}
