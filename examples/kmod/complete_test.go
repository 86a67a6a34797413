package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/kmodtest"
)

// hostile are names that a shell would obey if it read them as a part of a command.
var hostile = []string{
	"$(touch pwned)", "`touch pwned`", "a b", "it's", `say "hi"`, "x;touch pwned", "x|y", "new\nline", "*", "~root",
	"-rf", "back\\slash", "tab\there", "esc\x1b[2J", "", "é", "#no", "x&", "{a,b}", "!!", "a>b",
}

// completionRoot is a root with modules, among them hostile ones, and two releases.
func completionRoot(t *testing.T) string {
	t.Helper()
	xfs := modtest.Named("xfs", nil, nil)
	xfs.Modinfo = append(xfs.Modinfo, "parm=debug:say more", "parmtype=debug:bool", "parm=depth:how deep",
		"parmtype=depth:int", "parm=$(touch pwned):x\x1b[2J", "parm=evil:$(touch pwned)\n\x1b[2J`touch pwned`")
	modules := []modtest.TreeModule{{Path: "kernel/xfs.ko", File: xfs.Build(), Aliases: []string{"fs_xfs"}}}
	for _, name := range []string{"xfrm_user", "xfrm_algo", "snd_hda_intel"} {
		modules = append(modules, modtest.TreeModule{Path: "kernel/" + name + ".ko",
			File: modtest.Named(name, nil, nil).Build()})
	}
	for _, name := range hostile {
		if !strings.ContainsAny(name, "\n\té") && name != "" {
			modules = append(modules, modtest.TreeModule{Path: "kernel/x" + name + ".ko"})
			modules = append(modules, modtest.TreeModule{Path: "kernel/" + name + ".ko"})
		}
	}
	root := modtest.Write(t, modtest.Tree([]string{"xbuiltin"}, modules...))
	for _, name := range append([]string{"6.9-other"}, hostile...) {
		if err := os.MkdirAll(filepath.Join(root, "lib/modules", name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(modtest.Release, filepath.Join(root, "lib/modules", runningRelease(t))); err != nil {
		t.Fatal(err)
	}
	return root
}

func runningRelease(t *testing.T) string {
	t.Helper()
	release, err := kmod.RunningRelease()
	if err != nil {
		t.Fatal(err)
	}
	return release
}

// allReleases are those that can be completed, in order.
func allReleases(t *testing.T) string {
	t.Helper()
	all := []string{modtest.Release, "6.9-other", runningRelease(t)}
	slices.Sort(all)
	return strings.Join(all, " ")
}

// completed is the answer of kmod complete, without the texts.
func completed(t *testing.T, w *world, argv ...string) (files string, words []string) {
	t.Helper()
	got := w.run(append([]string{"kmod", "complete"}, argv...)...)
	if got.status != success || got.stderr != "" {
		t.Errorf("%q: status %d, %q", argv, got.status, got.stderr)
	}
	lines := strings.Split(strings.TrimSuffix(got.stdout, "\n"), "\n")
	if argv[0] == "bash" {
		lines = slices.Delete(lines, 1, 2)
	}
	for _, line := range lines[1:] {
		word, _, _ := strings.Cut(line, "\t")
		words = append(words, word)
	}
	return lines[0], words
}

// completionWorld is a machine with the modules of completionRoot.
func completionWorld(t *testing.T) *world {
	t.Helper()
	w := newWorld()
	w.root, w.env = completionRoot(t), map[string]string{"HOME": "/nonexistent"}
	w.kernel = kmodtest.New(modtest.Release)
	for _, name := range []string{"xfs", "snd_hda_intel"} {
		if err := w.kernel.InitModule(modtest.Named(name, nil, nil).Build(), ""); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

// completionCase is a line, which names of files fit at its end, and which words.
type completionCase struct{ line, files, want string }

func completionCases(releases string) []completionCase {
	return []completionCase{
		{"modprobe xf", noFiles, "xfrm_algo xfrm_user xfs"},
		{"/sbin/modprobe xfr", noFiles, "xfrm_algo xfrm_user"},
		{"modprobe snd-h", noFiles, "snd-hda_intel"},
		{"modprobe snd_hda-", noFiles, "snd_hda-intel"},
		{"modprobe -v xfs", noFiles, "xfs"},
		{"modprobe nosuch", moduleNames, ""}, {"modprobe ./x", moduleNames, ""}, {"modprobe /x", moduleNames, ""},
		{"modprobe ~", moduleNames, ""}, {"modprobe ..", moduleNames, ""},
		{"modprobe -r x", noFiles, "xfs"}, {"modprobe --remove xfs s", noFiles, "snd_hda_intel"},
		{"modprobe -a xfs xfr", noFiles, "xfrm_algo xfrm_user"},
		{"modprobe xfs de", noFiles, "debug= depth="}, {"modprobe fs-xfs de", noFiles, "debug= depth="},
		{"modprobe xfs debug=Y d", noFiles, "depth="}, {"modprobe xfs debug=", noFiles, "debug=Y debug=N"},
		{"modprobe xfs debug=N depth=", noFiles, ""}, {"modprobe nosuch d", noFiles, ""},
		{"modprobe --show-exports x", moduleNames, ""}, {"modprobe --dump-modversions x", moduleNames, ""},
		{"modprobe -S ", noFiles, releases}, {"modprobe -nS6.9", noFiles, "-nS6.9-other"},
		{"modprobe --set-version=6.1.0", noFiles, "--set-version=6.1.0-test"},
		{"modprobe --set-v 6.9", noFiles, "6.9-other"}, {"modprobe -S 6.9-other xf", moduleNames, ""},
		{"modprobe -d ", directories, ""}, {"modprobe -C", noFiles, "-C"}, {"modprobe -C ", anyFile, ""},
		{"modprobe -C/e", anyFile, ""}, {"modprobe --config=/e", anyFile, ""}, {"modprobe -C -", anyFile, ""},
		{"modprobe -w ", noFiles, ""}, {"modprobe -S 6.1.0-test/ xfs", noFiles, "xfs"},
		{"modprobe --re", noFiles, "--remove --remove-dependencies --remove-holders --resolve-alias"},
		{"modprobe --dirn", noFiles, "--dirname="}, {"modprobe -- -", moduleNames, ""}, {"modprobe -nv", noFiles, ""},
		{"insmod x", moduleNames, ""}, {"insmod xfs.ko d", noFiles, ""},
		{"rmmod ", noFiles, "snd_hda_intel xfs"}, {"rmmod xfs snd-", noFiles, "snd-hda_intel"},
		{"lsmod ", noFiles, ""}, {"lsmod --j", noFiles, "--json"}, {"kmod list --j", noFiles, "--json"},
		{"modinfo xb", noFiles, "xbuiltin"}, {"modprobe xb", moduleNames, ""},
		{"modinfo -F ver", noFiles, "vermagic version"},
		{"modinfo -k ", noFiles, releases}, {"modinfo -b ", directories, ""},
		{"depmod ", noFiles, releases}, {"depmod 6.9-other x", moduleNames, ""},
		{"depmod -F ", anyFile, ""}, {"kmod modprobe xfs de", noFiles, "debug= depth="},
		{"kmod mod", noFiles, "modinfo modprobe"}, {"kmod --h", noFiles, "--help"}, {"other --h", noFiles, "--help"},
		{"kmod graph xfs xfr", noFiles, "xfrm_algo xfrm_user"}, {"kmod diagnose xb", noFiles, "xbuiltin"},
		{"kmod graph xb", moduleNames, ""}, {"kmod check ", moduleNames, ""}, {"kmod check -r 6.9", noFiles, "6.9-other"},
		{"kmod exports ", anyFile, ""}, {"kmod exports --sym", noFiles, "--symvers"},
		{"kmod exports -s -m ", directories, ""},
		{"kmod check -k ", anyFile, ""}, {"depmod --kernel=", anyFile, ""},
		{"kmod sign --hash=sha25", noFiles, "--hash=sha256"}, {"kmod verify -c ", anyFile, ""},
		{"kmod nosuch ", noFiles, ""}, {"kmod help ", noFiles, ""}, {"kmod complete ", noFiles, ""},
		{"modprobe", noFiles, ""},
		{"", noFiles, ""}, {"LANG=C A=b modprobe xfs", noFiles, "xfs"}, {"modprobe '-r' \"x", noFiles, "xfs"},
		{`modprobe \xf's' de`, noFiles, "debug= depth="},
	}
}

func TestComplete(t *testing.T) {
	w := completionWorld(t)
	for _, test := range completionCases(allReleases(t)) {
		if files, words := completed(t, w, "fish", test.line); test.line == "" && (files != noFiles || words != nil) {
			t.Errorf("no words: %s, %q", files, words)
		}
		for _, shell := range []string{"zsh", "fish"} {
			files, words := completed(t, w, append([]string{shell}, withoutSettings(shellWords(test.line))...)...)
			if files != test.files || strings.Join(words, " ") != test.want {
				t.Errorf("%s, %q: %s, %q, want %s, %s", shell, test.line, files, words, test.files, test.want)
			}
		}
		if files, words := completed(t, w, "bash", test.line, test.line); files != test.files || len(words) !=
			len(strings.Fields(test.want)) {
			t.Errorf("bash, %q: %s, %q, want %s, %s", test.line, files, words, test.files, test.want)
		}
	}
}

// TestCompleteBash: bash gets what takes the place of the part that it replaces.
func TestCompleteBash(t *testing.T) {
	w, releases := completionWorld(t), allReleases(t)
	for _, test := range []struct{ line, replaced, want string }{
		{"modprobe --set-version=6.9", "6.9", "6.9-other"},
		{"modprobe --set-version=", "", releases},
		{"modprobe --set-version=6.9", "--set-version=6.9", "--set-version=6.9-other"},
		{"modprobe xfs debug=", "", "Y N"}, {`modprobe "xfr`, "xfr", "xfrm_algo xfrm_user"},
		{`modprobe xf\r`, `xf\r`, "xfrm_algo xfrm_user"}, {"modprobe xfr", "other", "xfrm_algo xfrm_user"},
		{"modprobe ''", "", "_rf snd_hda_intel x_rf xfrm_algo xfrm_user xfs"},
	} {
		if _, words := completed(t, w, "bash", test.line, test.replaced); strings.Join(words, " ") != test.want {
			t.Errorf("%q, %q: %q, want %s", test.line, test.replaced, words, test.want)
		}
	}
}

// TestCompleteRoot: the line's own options say where the modules are.
func TestCompleteRoot(t *testing.T) {
	w := newWorld()
	root := completionRoot(t)
	w.dir, w.env = filepath.Dir(root), map[string]string{"HOME": filepath.Dir(root)}
	for _, option := range []string{"-d " + root, "--dirname=" + root, "-d" + root, "-d ./" + filepath.Base(root),
		"-d '" + root + "'", "-d ~/" + filepath.Base(root)} {
		line := "modprobe " + option + " -S " + modtest.Release + " xfr"
		if _, words := completed(t, w, "bash", line, "xfr"); strings.Join(words, " ") != "xfrm_algo xfrm_user" {
			t.Errorf("%s: %q", line, words)
		}
	}
	if _, words := completed(t, w, "bash", "depmod -b "+root+" 6", "6"); strings.Join(words, " ") != allReleases(t) {
		t.Errorf("releases: %q", words)
	}
	file := filepath.Join(root, "lib/modules", modtest.Release, "kernel/xfs.ko")
	for _, tool := range []string{"insmod ", "modprobe "} {
		if _, words := completed(t, w, "bash", tool+file+" d", "d"); strings.Join(words, " ") != "debug= depth=" {
			t.Errorf("%s: %q", tool, words)
		}
	}
}

// TestCompleteTexts: fish and zsh show what a candidate is, without control characters.
func TestCompleteTexts(t *testing.T) {
	w := completionWorld(t)
	for line, want := range map[string]string{
		"modprobe xfs de":  "words\ndebug=\tsay more (bool)\ndepth=\thow deep (int)\n",
		"modprobe xfs e":   "words\nevil=\t$(touch pwned)  [2J`touch pwned`\n",
		"modinfo xb":       "words\nxbuiltin\tbuilt in\n",
		"rmmod xfs":        "words\nxfs\tunused\n",
		"kmod modi":        "words\nmodinfo\tcompat modinfo command\n",
		"modprobe --all":   "words\n--all\tConsider every non-argument to be a module name to be inserted or removed (-r)\n",
		"kmod verify -c x": "files\n",
		"kmod graph --mer": "words\n--mermaid\tDraw for Mermaid instead of Graphviz\n",
	} {
		w.run(append([]string{"kmod", "complete", "fish"}, strings.Fields(line)...)...).check(t, answer{want, "", 0})
	}
	if got := tamed(strings.Repeat("ä", 200)); got != strings.Repeat("ä", maxText) {
		t.Errorf("a long text: %q", got)
	}
}

// TestCompleteHostile: no word can be more than a word, nor an option, to any shell.
func TestCompleteHostile(t *testing.T) {
	w := completionWorld(t)
	for _, word := range append([]string{""}, hostile...) {
		for _, line := range []string{"modprobe", "modinfo", "modprobe -S", "modprobe xfs", "depmod", "rmmod", word} {
			argv := append([]string{"zsh"}, append(strings.Fields(line), word)...)
			_, words := completed(t, w, argv...)
			for _, found := range words {
				if !isPlainWord(found) || strings.HasPrefix(found, "-") && !strings.HasPrefix(word, "-") {
					t.Errorf("%q: %q", argv, found)
				}
			}
		}
	}
	for name, want := range map[string]bool{
		"xfs": true, "6.1.0-56+deb12_amd64": true, "azAZ09_-.,+@%:/=": true, "[": false, "`": false, "{": false,
		"a=": true, "": false, "ä": false, "a b": false, "a\x00": false,
	} {
		if isPlainWord(name) != want {
			t.Errorf("isPlainWord(%q) is %v", name, !want)
		}
	}
}

// TestCompleteBound: there is an end to the candidates.
func TestCompleteBound(t *testing.T) {
	q := &completion{line: &parsedLine{}}
	for i := range maxCandidates + 10 {
		q.add(fmt.Sprint("m", i), "")
	}
	if len(q.found) != maxCandidates {
		t.Errorf("%d candidates", len(q.found))
	}
}

// TestCompleteUsage: it does nothing without a shell and a line.
func TestCompleteUsage(t *testing.T) {
	const want = "complete: ERROR: this prints candidates for bash, zsh and fish; see their completion scripts.\n"
	for _, args := range [][]string{nil, {"bash"}, {"csh", "modprobe x"}, {"", "x"}, {"bash zsh", "x"},
		{"modprobe", "x", "y"}} {
		newWorld().run(append([]string{"kmod", "complete"}, args...)...).check(t, answer{"", want, 1})
	}
}

func TestShellWords(t *testing.T) {
	for line, want := range map[string][]string{
		"": {""}, "a": {"a"}, "a ": {"a", ""}, " a  b\tc": {"a", "b", "c"}, `a\ b c`: {"a b", "c"},
		`'a b' "c d`: {"a b", "c d"}, `"a\"b" 'a\b'`: {`a"b`, `a\b`}, `"a\b"`: {`a\b`}, `'' x`: {"", "x"},
		`"$(x) y`: {"$(x) y"}, `a\`: {`a\`}, `a'b'"c"`: {"abc"}, "a\nb": {"a", "b"}, `"\$x"`: {"$x"}, `\'a`: {"'a"},
	} {
		if got := shellWords(line); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
}

// allTools are the calls of all tools and of kmod itself, but for "kmod list", which is lsmod.
func allTools() [][]string {
	all := [][]string{{"kmod"}}
	for _, s := range subcommands() {
		switch {
		case s.kind == compat:
			all = append(all, []string{s.name})
		case s.name != "help" && s.name != "list" && s.kind != hidden:
			all = append(all, []string{"kmod", s.name})
		}
	}
	return all
}

// TestCompleteOptions: the options that are completed are those that a tool has, each
// with its text, and each option with a value has candidates or is known to have none.
func TestCompleteOptions(t *testing.T) {
	w := completionWorld(t)
	if len(allTools()) < 12 {
		t.Fatalf("only the tools %q", allTools())
	}
	for _, argv := range allTools() {
		table := optionsOf(argv...)
		want := []string{}
		for _, letter := range table.letters() {
			want = append(want, "-"+string(letter))
		}
		for _, opt := range table.long {
			name := "--" + opt.name
			if opt.value {
				name += "="
			}
			want = append(want, name)
			if _, known := optionValues()[opt.name]; opt.value && !known {
				t.Errorf("%q: nobody knows what the value of %s can be", argv, name)
			}
		}
		files, got := completed(t, w, append(append([]string{"zsh"}, argv...), "-")...)
		if !slices.Equal(got, want) || files != noFiles || len(want) < 4 {
			t.Errorf("%q: %s, %q, want %q", argv, files, got, want)
		}
	}
}

// TestExplained: help texts are read in all their forms.
func TestExplained(t *testing.T) {
	got := explained("Usage:\n\tx -n\nOptions:\n\t-a, --all=X   does\n\t   it all\n\t    --b  text\n" +
		"Other:\n\tno\n\t-c\nThe end\n")
	want := []named{{"-a", "does it all"}, {"--all", "does it all"}, {"--b", "text"}, {"-c", ""}}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}
