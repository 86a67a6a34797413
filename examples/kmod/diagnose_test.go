package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/kmod/kmodtest"
	"github.com/gokmod/gokmod/modinfo"
)

// troubledWorld has a tree with modules that load and others that do not.
func troubledWorld(t *testing.T) (w *world, root, dir string) {
	t.Helper()
	tree := &kmodtest.Tree{Modules: []kmodtest.Module{
		{Name: "base", Needs: []string{"printk"}},
		{Name: "fine", Depends: []string{"base"}, Needs: []string{"printk"}, Params: []modinfo.Param{{Name: "n", Type: "int"}}},
		{Name: "lonely", Needs: []string{"s1", "s2", "s3", "s4", "s5"}, Aliases: []string{"x:*"}},
		{Name: "user", Depends: []string{"lonely"}},
	}}
	root = t.TempDir()
	if err := tree.Write(root); err != nil {
		t.Fatal(err)
	}
	w = newWorld()
	w.dir = root
	w.kernel = tree.Kernel()
	w.kernel.Symbols = []string{"printk"}
	for name, text := range map[string]string{
		"Module.symvers": "0x00000000\tprintk\tvmlinux\tEXPORT_SYMBOL\t\n",
		"System.map":     "ffffffff81000000 r __ksymtab_printk\n",
	} {
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return w, root, root + "/lib/modules/6.1.0-test/kernel/"
}

func TestDiagnose(t *testing.T) {
	w, root, dir := troubledWorld(t)
	diagnose := "kmod diagnose --symvers ./Module.symvers -S 6.1.0-test -d " + root + " "
	const unsigned = "  not checked: whether the kernel takes unsigned modules; no running kernel was asked\n"
	const advice = "Build the module for this kernel, or install the module that has the symbol and run depmod.\n"
	const s1 = "needs the symbol s1, which neither the kernel nor a module exports"
	const cause = s1 + " (and 4 more like this). " + advice
	const lonely = "  !! lonely " + s1 + ".\n" +
		"  !! lonely needs the symbol s2, which neither the kernel nor a module exports.\n" +
		"  !! lonely needs the symbol s3, which neither the kernel nor a module exports.\n" +
		"  !! And 2 more like these (see --verbose).\n" +
		"      " + advice
	const source = "  according to ./Module.symvers\n"
	runCases(t, w, []toolCase{
		{diagnose + "fine", answer{"fine: nothing is known that would keep it from loading\n" + unsigned, "", 0}},
		{diagnose + "lonely", answer{"lonely: would not load: it " + cause + lonely + source + unsigned, "", 1}},
		{diagnose + "x:1", answer{"x:1: would not load: lonely " + cause + lonely + source + unsigned, "", 1}},
		{diagnose + "user", answer{"user: would not load because of a module that is needed: lonely " + cause + lonely +
			"  !! user needs the module lonely, which would not load.\n" + source + unsigned, "", 1}},
		{diagnose + "-p n=x fine", answer{"fine: would not load: the value \"x\" is not valid for the parameter n of fine, whose type is int.\n" +
			"  !! The value \"x\" is not valid for the parameter n of fine, whose type is int.\n" + unsigned, "", 1}},
		{diagnose + "-p n fine", answer{"fine: would not load: there is no value for the parameter n of fine, whose type is int.\n" +
			"  !! There is no value for the parameter n of fine, whose type is int.\n" + unsigned, "", 1}},
		{diagnose + "-p m=x " + dir + "fine.ko", answer{dir + "fine.ko: nothing is known that would keep it from loading\n" +
			"  -  fine lists no parameter m; the kernel ignores unknown parameters.\n      It has n.\n" + unsigned, "", 0}},
		{diagnose + "--json base", answer{`{"argument":"base","loads":true,"summary":"nothing is known that would keep it from loading","modules":[{"name":"base","path":"` + dir + `base.ko"}],"findings":[],` +
			`"unchecked":[{"kind":"signature","what":"whether the kernel takes unsigned modules","why":"no running kernel was asked"}]}` + "\n", "", 0}},
		{diagnose + "nobody fine", answer{"fine: nothing is known that would keep it from loading\n" + unsigned,
			"diagnose: ERROR: module nobody not found in " + root + "/lib/modules/6.1.0-test (searched modules.dep.bin, modules.alias.bin, modules.builtin.bin, modules.builtin.alias.bin)\n", 1}},
		{diagnose + "--json nobody", answer{`{"argument":"nobody","loads":false,"findings":[],"error":"module nobody not found in ` + root +
			`/lib/modules/6.1.0-test (searched modules.dep.bin, modules.alias.bin, modules.builtin.bin, modules.builtin.alias.bin)"}` + "\n", "", 1}},
		{"kmod diagnose", answer{"", "diagnose: ERROR: missing module or filename.\n", 1}},
		{"kmod diagnose -x", answer{"", "diagnose: invalid option -- 'x'\n", 1}},
		{"kmod diagnose --version", answer{version, "", 0}},
		{diagnose + "--symvers nowhere fine", answer{"", "diagnose: ERROR: open " + root + "/nowhere: no such file or directory\n", 1}},
	})
	if got := w.run("kmod", "diagnose", "-h"); got.status != 0 || !strings.HasPrefix(got.stdout, "Usage:\n\tkmod diagnose [options]") {
		t.Errorf("help: %+v", got)
	}
	if got := w.run(splitQuoted(diagnose + "-v lonely")...); strings.Count(got.stdout, "lonely needs the symbol") != 5 {
		t.Errorf("verbose: %s", got.stdout)
	}
}

// TestDiagnoseRunning: the kernel is asked if it is the right one.
func TestDiagnoseRunning(t *testing.T) {
	w, root, _ := troubledWorld(t)
	w.kernel.ModulesDisabled = true
	for _, test := range []struct {
		release string
		want    bool
	}{{"6.1.0-test", true}, {"6.1.0-tes", false}, {"6.1.0-test2", false}} {
		if got := runs(w.kernel, test.release); got != test.want {
			t.Errorf("%s runs: %v", test.release, got)
		}
	}
	offline := w.run("kmod", "diagnose", "-S", "6.1.0-test", "-d", root, "--system-map", "System.map", "fine")
	if offline.status != 0 || strings.Contains(offline.stdout, "disabled") {
		t.Errorf("the kernel of another tree: %+v", offline)
	}
}

func TestCheck(t *testing.T) {
	w, _, dir := troubledWorld(t)
	check := "kmod check --symvers Module.symvers "
	const unchecked = "not checked: the signature of 4 modules; no running kernel was asked\n" +
		"not checked: the architecture of 4 modules; no module that was built with the kernel is at hand\n"
	lines := func(got string) string { return got[strings.LastIndex(got, "4 modules:"):] }
	got := w.run(splitQuoted(check + dir)...)
	if got.status != 1 || !strings.HasPrefix(lines(got.stdout), "4 modules: 2 would load, 2 would not\n") || !strings.Contains(got.stdout, dir+"lonely.ko: would not load\n  !! lonely needs") ||
		!strings.Contains(got.stdout, dir+"user.ko: would not load\n  !! user needs the module lonely, which would not load.\n") || strings.Contains(got.stdout, "fine.ko") {
		t.Errorf("a directory: %+v", got)
	}
	for _, line := range strings.SplitAfter(unchecked, "\n") {
		if !strings.Contains(got.stdout, line) {
			t.Errorf("it does not say %q:\n%s", line, got.stdout)
		}
	}
	base, fine := dir+"base.ko", dir+"fine.ko"
	got = w.run(splitQuoted(check + "-v " + fine + " " + base)...)
	if got.status != 0 || !strings.HasPrefix(got.stdout, fine+": nothing is known that would keep it from loading\n"+base+": nothing") || !strings.Contains(got.stdout, "2 modules: 2 would load\n") {
		t.Errorf("two files: %+v", got)
	}
	if got = w.run(splitQuoted(check + fine)...); got.status != 1 || !strings.Contains(got.stdout, "fine needs the symbol base_symbol") {
		t.Errorf("without what it needs: %+v", got)
	}
	if got = w.run(splitQuoted("kmod check --system-map System.map --require-signature " + base)...); got.status != 1 || !strings.Contains(got.stdout, "base is not signed") {
		t.Errorf("signatures: %+v", got)
	}
	if got = w.run(splitQuoted(check + "--vermagic '5.0 SMP' " + base)...); got.status != 1 || !strings.Contains(got.stdout, "base is built with preempt, the kernel without it.") {
		t.Errorf("vermagic: %+v", got)
	}
	if got = w.run(splitQuoted(check + "--release 6.1.0-test -d " + w.dir + " " + base)...); got.status != 0 || strings.Contains(got.stdout, "architecture") {
		t.Errorf("release: %+v", got)
	}
	got = w.run(splitQuoted("kmod check --system-map System.map --release 6.1.0-test -d " + w.dir + " " + base + " " + fine)...)
	if want := "versions, licenses and namespaces of symbols of 2 modules;"; !strings.Contains(got.stdout, want) {
		t.Errorf("it does not say %q: %+v", want, got)
	}
	if err := os.WriteFile(filepath.Join(w.dir, "stub"), []byte("ffff B The real System.map is elsewhere\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(dir, filepath.Join(w.dir, "modules")); err != nil {
		t.Fatal(err)
	}
	for _, option := range []string{"--symvers", "--system-map"} {
		got = w.run("kmod", "check", option, "stub", base)
		if got.status != 1 || !strings.HasPrefix(got.stderr, "check: ERROR: stub is not a ") ||
			!strings.HasSuffix(got.stderr, ": it lists no symbols of the kernel.\n") {
			t.Errorf("no symbols: %+v", got)
		}
	}
	for _, name := range []string{".", "./", "lib/.//modules/.", "/./" + w.dir + "//", dir + "../kernel"} {
		got = w.run(splitQuoted(check + name)...)
		first, _, _ := strings.Cut(got.stdout, "\n")
		want := dir + "lonely.ko: would not load"
		if strings.Contains(name, "..") {
			want = dir + "../kernel/lonely.ko: would not load"
		}
		if first != want {
			t.Errorf("%s: %q", name, first)
		}
	}
	if got = w.run(splitQuoted(check + "modules")...); !strings.Contains(got.stdout, "4 modules:") || !strings.Contains(got.stdout, w.dir+"/modules/lonely.ko") {
		t.Errorf("a link to a directory: %+v", got)
	}
	runCases(t, w, []toolCase{
		{"kmod check " + base, answer{"", "check: ERROR: missing --kernel, --symvers or --release.\n", 1}},
		{"kmod check --symvers Module.symvers", answer{"", "check: ERROR: missing filename.\n", 1}},
		{"kmod check --symvers nowhere " + base, answer{"", "check: ERROR: open " + w.dir + "/nowhere: no such file or directory\n", 1}},
		{check + "nowhere", answer{"1 module: 0 would load, 1 could not be checked\n", "check: ERROR: " + w.dir + "/nowhere: no such file or directory\n", 1}},
		{check + "--json nowhere", answer{`{"argument":"` + w.dir + `/nowhere","loads":false,"findings":[],"error":"` + w.dir + `/nowhere: no such file or directory"}` + "\n", "", 1}},
		{"kmod check --foo", answer{"", "check: unrecognized option '--foo'\n", 1}},
		{"kmod check -V", answer{version, "", 0}},
	})
	if got := w.run("kmod", "check", "--help"); got.status != 0 || !strings.HasPrefix(got.stdout, "Usage:\n\tkmod check [options]") {
		t.Errorf("help: %+v", got)
	}
}

// TestCheckDoubt: a module that might not load is listed with the reason, even if
// the reason is a problem of another module.
func TestCheckDoubt(t *testing.T) {
	w := newWorld()
	w.dir = t.TempDir()
	doubt := modtest.Named("doubt", []string{"doubt_fn"}, nil)
	doubt.Modinfo = slices.DeleteFunc(doubt.Modinfo, func(f string) bool { return strings.HasPrefix(f, "vermagic=") })
	for name, data := range map[string][]byte{
		"doubt.ko": doubt.Build(), "user.ko": modtest.Named("user", nil, []string{"doubt_fn"}).Build(),
		"Module.symvers": []byte("0x00000000\tprintk\tvmlinux\tEXPORT_SYMBOL\t\n"),
	} {
		if err := os.WriteFile(filepath.Join(w.dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	const why = "user needs the module doubt, which might not load."
	check := "kmod check --symvers Module.symvers --vermagic '" + modtest.Vermagic + "' "
	if got := w.run(splitQuoted(check + ".")...); got.status != 0 ||
		!strings.Contains(got.stdout, w.dir+"/user.ko: might not load\n  !  "+why+"\n") {
		t.Errorf("%+v", got)
	}
	if got := w.run(splitQuoted(check + "--json .")...); !strings.Contains(got.stdout, `"text":"`+why+`"`) {
		t.Errorf("%+v", got)
	}
}

// TestCheckDirectories: nothing that an argument stands for is skipped silently.
func TestCheckDirectories(t *testing.T) {
	w, _, dir := troubledWorld(t)
	for _, name := range []string{"none", "top/a", "top/z"} {
		if err := os.MkdirAll(filepath.Join(w.dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, to := range map[string]string{"top/a/again": "..", "top/z/base.ko": dir + "base.ko", "top/m": dir} {
		if err := os.Symlink(to, filepath.Join(w.dir, name)); err != nil {
			t.Skip("no symbolic links: ", err)
		}
	}
	check := "kmod check --symvers Module.symvers "
	got := w.run(splitQuoted(check + "none " + dir + "base.ko")...)
	if got.status != 1 || got.stderr != "check: ERROR: "+w.dir+"/none: it has no modules\n" || !strings.HasPrefix(got.stdout, "2 modules: 1 would load, 1 could not be checked\n") {
		t.Errorf("an empty directory: %+v", got)
	}
	got = w.run(splitQuoted(check + "-v top")...)
	if got.status != 1 || got.stderr != "check: ERROR: "+w.dir+"/top/a/again: the directory contains itself\n" ||
		!strings.Contains(got.stdout, w.dir+"/top/m/lonely.ko: would not") || !strings.Contains(got.stdout, w.dir+"/top/z/base.ko: nothing is known") {
		t.Errorf("links: %+v", got)
	}
	for _, args := range [][]string{{"check", "--symvers", "Module.symvers", ""}, {"check", "--symvers", "Module.symvers", dir, ""},
		{"verify", "-c", "certs", ""}, {"verify", "-c", "", dir}, {"verify", "-k", "", dir}} {
		if got := w.run(append([]string{"kmod"}, args...)...); got != (answer{"", args[0] + ": ERROR: the name of a file is empty.\n", 1}) {
			t.Errorf("%q: %+v", args, got)
		}
	}
}

// TestCheckStrange: names of files cannot control a terminal.
func TestCheckStrange(t *testing.T) {
	w, _, _ := troubledWorld(t)
	const name = "a\x1b[2Jb\nc.ko"
	if err := os.WriteFile(filepath.Join(w.dir, name), []byte("text"), 0o644); err != nil {
		t.Skip("no such names: ", err)
	}
	for _, args := range [][]string{{"check", "--symvers", "Module.symvers", name}, {"diagnose", "-d", w.dir, "-S", "6.1.0-test", name}} {
		got := w.run(append([]string{"kmod"}, args...)...)
		if first, _, _ := strings.Cut(got.stdout, "\n"); !strings.Contains(first, `a\x1b[2Jb\nc.ko": would not load`) {
			t.Errorf("%s: %q", args[0], got.stdout)
		}
	}
}

func TestCheckJSON(t *testing.T) {
	w, _, dir := troubledWorld(t)
	text := filepath.Join(dir, "text.ko")
	if err := os.WriteFile(text, []byte("no module"), 0o644); err != nil {
		t.Fatal(err)
	}
	got := w.run("kmod", "check", "--json", "--symvers", "Module.symvers", dir)
	var names []string
	for line := range strings.Lines(got.stdout) {
		var j struct {
			Argument string
			Loads    bool
			Findings []struct{ Kind, Severity, Text, Module string }
		}
		if err := json.Unmarshal([]byte(line), &j); err != nil {
			t.Fatal(err)
		}
		names = append(names, filepath.Base(j.Argument))
		for _, f := range j.Findings {
			names = append(names, f.Severity+":"+f.Kind)
		}
		if j.Loads != (len(j.Findings) == 0) {
			t.Errorf("loads %v: %s", j.Loads, line)
		}
	}
	want := "base.ko fine.ko lonely.ko" + strings.Repeat(" would_fail:symbol", 5) + " text.ko would_fail:file user.ko would_fail:dependency"
	if strings.Join(names, " ") != want || got.status != 1 || got.stderr != "" {
		t.Errorf("got %v, %+v", names, got)
	}
}
