package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gokmod/gokmod/internal/terminal"
	"github.com/gokmod/gokmod/internal/test/modtest"
)

// TestDepmodQueries asks the questions that the reference was asked. It lists
// symbols in an accidental order.
func TestDepmodQueries(t *testing.T) {
	root := modtest.GoldenRoot(t)
	empty := filepath.Join(t.TempDir(), "empty.map")
	if err := os.WriteFile(empty, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, q := range goldenQueries(t, "depmod") {
		t.Run(q.command, func(t *testing.T) {
			want := q.answer(root)
			q.command = strings.ReplaceAll(q.command, "@E@", empty)
			got := q.ask(root)
			got.stdout, want.stdout = sortSymbols(got.stdout), sortSymbols(want.stdout)
			got.check(t, want)
		})
	}
}

// sortSymbols sorts the lines of modules.symbols, and leaves the others where
// they are.
func sortSymbols(text string) string {
	lines := strings.SplitAfter(text, "\n")
	var symbols []string
	for _, l := range lines {
		if strings.HasPrefix(l, "alias symbol:") {
			symbols = append(symbols, l)
		}
	}
	slices.Sort(symbols)
	for i, l := range lines {
		if strings.HasPrefix(l, "alias symbol:") {
			lines[i], symbols = symbols[0], symbols[1:]
		}
	}
	return strings.Join(lines, "")
}

// depmodTree writes a tree of two modules with all files of a kernel's build.
func depmodTree(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	u := modtest.Named("u", nil, []string{"p1", "nowhere"})
	u.Modinfo = append(u.Modinfo, "alias=foo", "alias=foo", "alias=[", "alias=devname:u")
	writeModule(t, root, "kernel/u.ko", u.Build())
	writeModule(t, root, "kernel/p.ko", modtest.Named("p", []string{"p1"}, nil).Build())
	writeInputs(t, root, nil, "", "")
	return root
}

// TestDepmodMessages: problems of the command line and the tree are reported as
// kmod reports them.
func TestDepmodMessages(t *testing.T) {
	root := depmodTree(t)
	dir := filepath.Join(root, "lib/modules", modtest.Release)
	with := func(args string) string { return "depmod -b " + root + " " + args + " " + modtest.Release }
	const found = "depmod: WARNING: Unmatched bracket in [\n"
	const noNumbers = "depmod: ERROR: Module 'u' has devname (u) but lacks major and minor information. Ignoring.\n"
	runCases(t, newWorld(), []toolCase{
		{"depmod -b " + root + " bogus", answer{"", "depmod: ERROR: Bad version passed bogus\n", 1}},
		{"depmod -b " + root + " ''", answer{"", "depmod: ERROR: Bad version passed \n", 1}},
		{"depmod 6", answer{"", "depmod: ERROR: Bad version passed 6\n", 1}},
		{"depmod x6.1", answer{"", "depmod: ERROR: Bad version passed x6.1\n", 1}},
		{"depmod 6.1/../x", answer{"", "depmod: ERROR: Bad version passed 6.1/../x\n", 1}},
		{"depmod /a.ko", answer{"", "depmod: ERROR: Bad version passed /a.ko\n", 1}},
		{"/sbin/depmod -Z", answer{"", "/sbin/depmod: invalid option -- 'Z'\n", 1}},
		{"depmod --foo", answer{"", "depmod: unrecognized option '--foo'\n", 1}},
		{"depmod -P ab", answer{"", "depmod: FATAL: -P only takes a single char\n", 1}},
		{"depmod -P ''", answer{"", "depmod: FATAL: -P only takes a single char\n", 1}},
		{with("-F /none"), answer{"", "depmod: FATAL: could not load /none: No such file or directory\n", 1}},
		{with("-E /none -F " + root), answer{"", "depmod: FATAL: could not load /none: No such file or directory\n", 1}},
		{with("-o " + root + "/out -q -e"), answer{"", "depmod: WARNING: Ignored deprecated option -q\ndepmod: WARNING: -e needs -E or -F\n" + found + noNumbers, 0}},
		{with("-o " + root + "/out -w"), answer{"", found + "depmod: WARNING: duplicate module alias:\nfoo u\n" + noNumbers, 0}},
		{with("-o " + root + "/out -v"), answer{dir + "/kernel/u.ko needs \"p1\": " + dir + "/kernel/p.ko\n", found + noNumbers, 0}},
		{with("-A -o " + root + "/out"), answer{}},
		{with("") + " " + dir + "/kernel/u.ko " + dir + "/kernel/u.ko", answer{"", "depmod: FATAL: could not add module " + dir + "/kernel/u.ko: File exists\n", 1}},
		{with("") + " extra", answer{"", "depmod: FATAL: extra: not absolute path.\n", 1}},
		{with("") + " /none.ko", answer{"", "depmod: FATAL: could not create module /none.ko: No such file or directory\n", 1}},
		{"depmod -b /nonexistent/x/ 6.1", answer{"", "depmod: ERROR: could not open directory /nonexistent/x//lib/modules/6.1: No such file or directory\n" +
			"depmod: FATAL: could not search modules: No such file or directory\n", 1}},
		{"depmod -b " + dir + "/modules.order 6.1", answer{"", "depmod: ERROR: could not open directory " + dir + "/modules.order/lib/modules/6.1: Not a directory\n" +
			"depmod: FATAL: could not search modules: Not a directory\n", 1}},
		{"depmod -b " + root + " -m kernel-modules 6.1", answer{"", "depmod: ERROR: could not open directory " + root + "/kernel-modules/6.1: No such file or directory\n" +
			"depmod: FATAL: could not search modules: No such file or directory\n", 1}},
	})
}

// TestDepmodBad: unreadable files are left out and make the tool fail; the rest
// is indexed.
func TestDepmodBad(t *testing.T) {
	root := t.TempDir()
	dir := filepath.Join(root, "lib/modules", modtest.Release)
	writeModule(t, root, "kernel/good.ko", modtest.Named("good", nil, nil).Build())
	writeModule(t, root, "kernel/junk.ko", []byte("junk"))
	writeModule(t, root, "kernel/.hidden.ko", modtest.Named("hidden", nil, nil).Build())
	writeModule(t, root, "kernel/a b.ko", modtest.Named("a", nil, nil).Build())
	writeModule(t, root, "kernel/a:b.ko", modtest.Named("a", nil, nil).Build())
	writeModule(t, root, "kernel/short.ko", modtest.Named("short", nil, nil).Build()[:100])
	for link, target := range map[string]string{"dangling.ko": "nowhere", "up": ".."} {
		if err := os.Symlink(target, filepath.Join(dir, "kernel", link)); err != nil {
			t.Skip("no symbolic links: ", err)
		}
	}
	got := newWorld().run("depmod", "-b", root, modtest.Release)
	got.check(t, answer{"", "depmod: ERROR: left out " + dir +
		"/kernel/.hidden.ko: its file name begins with a dot, where a module name ends\n" +
		"depmod: ERROR: left out " + dir +
		"/kernel/a b.ko: it has white space or control characters, which the index files cannot hold\n" +
		"depmod: ERROR: left out " + dir + "/kernel/a:b.ko: its path has a colon, which the index files cannot hold\n" +
		"depmod: ERROR: failed to load symbols from " + dir + "/kernel/dangling.ko: No such file or directory\n" +
		"depmod: ERROR: could not open directory " + dir + "/kernel/up: the directory contains itself\n" +
		"depmod: WARNING: could not open modules.order at " + dir + ": No such file or directory\n" +
		"depmod: ERROR: failed to load symbols from " + dir + "/kernel/junk.ko: Exec format error\n" +
		"depmod: ERROR: failed to load symbols from " + dir + "/kernel/short.ko: Invalid argument\n" +
		"depmod: WARNING: could not open modules.builtin at " + dir + ": No such file or directory\n" +
		"depmod: WARNING: could not open modules.builtin.modinfo at " + dir + ": No such file or directory\n", 1})
	if dep := string(readFile(t, filepath.Join(dir, "modules.dep"))); dep != "kernel/good.ko:\n" {
		t.Errorf("modules.dep is %q", dep)
	}
}

// TestDepmodLinks: dangling links, and links back, are reported and do not make
// the tool fail, since scripts that install kernels stop when it does. A missing
// file that was named does.
// named does.
func TestDepmodLinks(t *testing.T) {
	root := t.TempDir()
	dir := filepath.Join(root, "lib/modules", modtest.Release)
	writeModule(t, root, "kernel/good.ko", modtest.Named("good", nil, nil).Build())
	writeInputs(t, root, nil, "", "")
	for link, target := range map[string]string{"weak.ko": "/gone/weak.ko", "addon": "../gone", "up": ".."} {
		if err := os.Symlink(target, filepath.Join(dir, "kernel", link)); err != nil {
			t.Skip("no symbolic links: ", err)
		}
	}
	got := newWorld().run("depmod", "-b", root, modtest.Release)
	got.check(t, answer{"",
		"depmod: ERROR: could not open directory " + dir + "/kernel/addon: No such file or directory\n" +
			"depmod: ERROR: could not open directory " + dir + "/kernel/up: the directory contains itself\n" +
			"depmod: ERROR: failed to load symbols from " + dir + "/kernel/weak.ko: No such file or directory\n", 0})
	if dep := string(readFile(t, filepath.Join(dir, "modules.dep"))); dep != "kernel/good.ko:\n" {
		t.Errorf("modules.dep is %q", dep)
	}
	got = newWorld().run("depmod", "-n", modtest.Release, dir+"/kernel/good.ko", dir+"/kernel/weak.ko")
	if got.status != failure {
		t.Errorf("a missing file that was named: status %d, %s", got.status, got.stderr)
	}
}

// TestDepmodVersions: a module whose symbol versions cannot be read is indexed
// with a warning; one in the form of Ubuntu's kernels is like any other.
func TestDepmodVersions(t *testing.T) {
	root := t.TempDir()
	dir := filepath.Join(root, "lib/modules", modtest.Release)
	writeModule(t, root, "kernel/base.ko", modtest.Named("base", []string{"fn"}, nil).Build())
	variable := modtest.Named("variable", nil, []string{"fn", "k"})
	damaged := modtest.Named("damaged", nil, []string{"fn", "k"})
	variable.Versions, variable.VarVersions = nil, variable.Versions
	damaged.Versions, damaged.Sections = nil, []modtest.Section{{Name: "__versions", Data: []byte("neither")}}
	writeModule(t, root, "kernel/variable.ko", variable.Build())
	writeModule(t, root, "kernel/damaged.ko", damaged.Build())
	writeInputs(t, root, nil, "", "")
	symvers := filepath.Join(root, "Module.symvers")
	text := fmt.Sprintf("0x00000001\tk\tvmlinux\tEXPORT_SYMBOL\t\n0x%08x\tfn\tbase\tEXPORT_SYMBOL\t\n", modtest.CRC("fn"))
	if err := os.WriteFile(symvers, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	got := newWorld().run("depmod", "-b", root, "-e", "-E", symvers, modtest.Release)
	got.check(t, answer{"",
		"depmod: WARNING: could not read the symbol versions of " + dir + "/kernel/damaged.ko: Invalid argument\n" +
			"depmod: WARNING: " + dir + "/kernel/variable.ko disagrees about version of symbol k\n", 0})
	const wantDep = "kernel/base.ko:\nkernel/damaged.ko: kernel/base.ko\nkernel/variable.ko: kernel/base.ko\n"
	if dep := string(readFile(t, filepath.Join(dir, "modules.dep"))); dep != wantDep {
		t.Errorf("modules.dep is %q", dep)
	}
	got = newWorld().run("modprobe", "--show-modversions", dir+"/kernel/variable.ko")
	got.check(t, answer{fmt.Sprintf("0x%08x\tfn\n0x%08x\tk\n", modtest.CRC("fn"), modtest.CRC("k")), "", 0})
	got = newWorld().run("modprobe", "--show-modversions", dir+"/kernel/damaged.ko")
	got.check(t, answer{"",
		"modprobe: FATAL: could not get modversions of " + dir + "/kernel/damaged.ko: Invalid argument\n", 1})
	newWorld().run("modinfo", "-F", "name", dir+"/kernel/damaged.ko").check(t, answer{"damaged\n", "", 0})
	got = newWorld().run("kmod", "check", "--symvers", symvers, dir+"/kernel/variable.ko", dir+"/kernel/base.ko")
	if got.status != 1 || !strings.Contains(got.stdout, "variable was built with version") {
		t.Errorf("check: status %d and\n%s%s", got.status, got.stdout, got.stderr)
	}
}

// TestDepmodNone: if no module can be read the tool fails, and existing files
// stay.
func TestDepmodNone(t *testing.T) {
	root := t.TempDir()
	dir := filepath.Join(root, "lib/modules", modtest.Release)
	writeModule(t, root, "kernel/junk.ko", []byte("junk"))
	writeInputs(t, root, nil, "", "")
	dep := filepath.Join(dir, "modules.dep")
	if err := os.WriteFile(dep, []byte("kernel/junk.ko:\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	const json = `{"release":"6.1.0-test","dir":"`
	cache, out := filepath.Join(root, "cache"), filepath.Join(root, "out")
	for _, option := range []string{"-a", "-A", "-n", "-e", "--cache=" + cache, "-o" + out, "--json"} {
		got := newWorld().run("depmod", option, "-b", root, modtest.Release)
		stdout := got.stdout
		if got.stdout = ""; option == "--json" != strings.HasPrefix(stdout, json) {
			t.Errorf("%s: the output is %q", option, stdout)
		}
		want := "depmod: ERROR: failed to load symbols from " + dir + "/kernel/junk.ko: Exec format error\n" +
			"depmod: FATAL: none of the modules in " + dir + " can be read; the indexes stay as they are\n"
		if option == "-e" {
			want = "depmod: WARNING: -e needs -E or -F\n" + want
		}
		got.check(t, answer{"", want, 1})
	}
	after, err := os.ReadDir(dir)
	if err != nil || len(after) != len(before) || string(readFile(t, dep)) != "kernel/junk.ko:\n" {
		t.Errorf("the directory holds %v, %v", after, err)
	}
	for _, name := range []string{cache, out} {
		if _, err := os.Stat(name); err == nil {
			t.Errorf("%s was written", name)
		}
	}
}

// TestDepmodFiles indexes files given as arguments, including files outside the
// base directory.
func TestDepmodFiles(t *testing.T) {
	root, other := depmodTree(t), filepath.Join(t.TempDir(), "o.ko")
	if err := os.WriteFile(other, modtest.Named("o", nil, []string{"p1"}).Build(), 0o644); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(root, "lib/modules", modtest.Release)
	got := newWorld().run("depmod", "-n", "-b", root, modtest.Release, dir+"/kernel/p.ko", other)
	if got.status != 0 || got.stderr != "" || !strings.HasPrefix(got.stdout, other+": kernel/p.ko\nkernel/p.ko:\n#") {
		t.Errorf("got %+v", got)
	}
	got = newWorld().run("depmod", "-b", root, modtest.Release, dir+"/kernel/p.ko", other)
	got.check(t, answer{})
	if _, err := os.Stat(filepath.Join(dir, "modules.dep.bin")); err != nil {
		t.Error(err)
	}
}

// TestDepmodQuick: -A works if something has changed, and only then.
func TestDepmodQuick(t *testing.T) {
	root := depmodTree(t)
	dir := filepath.Join(root, "lib/modules", modtest.Release)
	args := []string{"depmod", "-A", "-b", root, modtest.Release}
	const rest = "depmod: WARNING: Unmatched bracket in [\ndepmod: ERROR: Module 'u' has devname (u) but lacks major and minor information. Ignoring.\n"
	newWorld().run(args...).check(t, answer{"", "depmod: ERROR: could not fstatat(" + dir + ", modules.dep): No such file or directory\n" + rest, 0})
	newWorld().run(args...).check(t, answer{})
	if err := os.Remove(filepath.Join(dir, "kernel/p.ko")); err != nil {
		t.Fatal(err)
	}
	newWorld().run(args...).check(t, answer{"", rest, 0})
	newWorld().run(args...).check(t, answer{})
}

// TestDepmodCache: with --cache the files are the same, both the first time and
// when only changed modules are read.
func TestDepmodCache(t *testing.T) {
	root := modtest.GoldenRoot(t)
	cache := filepath.Join(t.TempDir(), "cache")
	names, err := filepath.Glob(filepath.Join(root, "lib/modules", modtest.GoldenRelease, "modules.*.bin"))
	if err != nil || len(names) != 5 {
		t.Fatal(names, err)
	}
	want := map[string]string{}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		want[name] = string(data)
	}
	// Files that were just written are not cached, since their times would not
	// show another change, so it takes a few runs until there is a cache.
	cached := func() bool { _, err := os.Stat(cache); return err == nil }
	for after, run := 0, 0; after < 2 && run < 1000; run++ {
		if cached() {
			after++
		}
		newWorld().run("depmod", "--cache", cache, "-b", root, modtest.GoldenRelease).check(t, answer{})
		for _, name := range names {
			if data, err := os.ReadFile(name); err != nil || string(data) != want[name] {
				t.Errorf("%s is different, %v", name, err)
			}
		}
	}
	if !cached() {
		t.Error("there is no cache after many runs")
	}
}

// TestDepmodExternal: a missing external directory is reported, and has no other
// effect.
func TestDepmodExternal(t *testing.T) {
	root := depmodTree(t)
	conf := filepath.Join(root, "etc/depmod.d/a.conf")
	if err := os.MkdirAll(filepath.Dir(conf), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(conf, []byte("external * /opt/none\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	got := newWorld().run("depmod", "-n", "-C", filepath.Dir(conf), "-b", root, modtest.Release)
	if want := "depmod: ERROR: could not open directory /opt/none: No such file or directory\n"; got.status != 0 || !strings.HasPrefix(got.stderr, want) {
		t.Errorf("status %d and\n%s", got.status, got.stderr)
	}
}

// TestFullOutput: lost output makes a tool fail.
func TestFullOutput(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("there is no full device: ", err)
	}
	defer full.Close()
	var stderr bytes.Buffer
	c := &command{argv: []string{"depmod", "-V"}, stdout: bufio.NewWriter(full), stderr: &stderr, getenv: func(string) string { return "" }}
	if status := c.run(); status != failure || stderr.String() != "depmod: ERROR: could not write the output: No space left on device\n" {
		t.Errorf("status %d and %q", status, stderr.String())
	}
}

func TestDepmodJSON(t *testing.T) {
	root := depmodTree(t)
	symbols := filepath.Join(root, "System.map")
	if err := os.WriteFile(symbols, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	got := newWorld().run("depmod", "--json", "-n", "-e", "-F", symbols, "-b", root, modtest.Release)
	want := `{"release":"6.1.0-test","dir":"` + root + `/lib/modules/6.1.0-test","modules":2,` +
		`"unreadable":[],"bad_versions":[],"missing":[],"externals":[],"host_files":[],"replaced":[],` +
		`"unresolved":[{"module":"u","path":"kernel/u.ko","symbol":"nowhere"}],"mismatched":[],"duplicates":[],"cycles":[],"devnames":[{"module":"u","name":"u"}],` +
		`"bad_fields":[{"module":"u","path":"kernel/u.ko","field":"alias","value":"[","error":"alias \"[\" is invalid: unmatched bracket"}]}` + "\n"
	if got.stdout != want || got.status != 0 {
		t.Errorf("status %d and\n%s\nwant\n%s", got.status, got.stdout, want)
	}
}

func TestProgressBar(t *testing.T) {
	var b strings.Builder
	now := time.Unix(1000, 0)
	p := &progressBar{draw: func(s string) { b.WriteString(s) }, now: func() time.Time { return now },
		due: now.Add(progressDelay)}
	p.show(1, 4)
	now = now.Add(progressDelay)
	p.show(1, 4)
	p.show(2, 4)
	now = now.Add(progressEvery)
	p.show(3, 4)
	p.show(4, 4)
	bar := func(full int) string { return strings.Repeat("#", full) + strings.Repeat(" ", progressWidth-full) }
	if want := "\r[" + bar(10) + "] 1/4\r[" + bar(30) + "] 3/4\r\x1b[K"; b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
	if newProgressBar(&b).draw != nil {
		t.Error("a buffer was taken for a terminal")
	}
	if newProgressBar(terminal.NewWriter(&b)).draw == nil {
		t.Error("a terminal shows no progress")
	}
}
