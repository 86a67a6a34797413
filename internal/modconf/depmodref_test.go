package modconf

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/modname"
	"github.com/gokmod/gokmod/internal/test/kmodref"
	"github.com/gokmod/gokmod/internal/test/modtest"
)

// The tests here compare with Debian's depmod. The random configurations avoid
// these remaining differences, or the comparison ignores them:
//
//   - of several directories in one external line, kmod 30 takes the first only,
//     and where one cannot be opened it looks through no further line
//   - of files of the same rank, kmod takes one that depends on the order in which
//     the file system lists names
//   - a search or exclude line without a word is not reported, nor is include
//   - what has no effect is not reported

// depmodAnswer is depmod's view of a tree: the paths of the modules, sorted, and
// the bad lines as "FILE line N WORD".
type depmodAnswer struct{ modules, badLines []string }

var depmodBadLine = regexp.MustCompile(`^depmod: ERROR: (.*):(\d+): ignoring bad line starting with '(.*)'\n$`)

func depmodReference(t *testing.T, tool, root string, places []string) depmodAnswer {
	t.Helper()
	args := []string{"-n", "-b", root}
	for _, place := range places {
		args = append(args, "-C", filepath.Join(root, place))
	}
	cmd := exec.Command(tool, append(args, modtest.Release)...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr, cmd.Env = &stdout, &stderr, []string{"LC_ALL=C"}
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %v\n%s", cmd, err, &stderr)
	}
	var a depmodAnswer
	for line := range strings.Lines(stdout.String()) {
		if line[0] == '#' {
			break
		}
		name, _, _ := strings.Cut(line, ":")
		a.modules = append(a.modules, name)
	}
	slices.Sort(a.modules)
	for line := range strings.Lines(stderr.String()) {
		if m := depmodBadLine.FindStringSubmatch(line); m != nil {
			a.badLines = append(a.badLines, m[1]+" line "+m[2]+" "+m[3])
		}
	}
	return a
}

// depmodScan finds the rank of the best file for each module name, and the rank
// of every file.
func depmodScan(t *testing.T, c *DepmodConfig, root string) (best map[string]int, ranks map[string]int) {
	t.Helper()
	best, ranks = map[string]int{}, map[string]int{}
	ranker := c.Ranker(modtest.Release)
	scan := func(top string, external bool) {
		err := filepath.WalkDir(top, func(full string, e fs.DirEntry, err error) error {
			if err == nil && full != top && c.Excluded(e.Name()) {
				if e.IsDir() {
					return fs.SkipDir
				}
				return nil
			}
			if err != nil || !modname.IsModuleFile(e.Name()) {
				return err
			}
			if !external {
				full = strings.TrimPrefix(full, top+"/")
			}
			rank, name := ranker.Rank(Candidate{full, external}), modname.FromPath(full)
			if known, ok := best[name]; !ok || rank < known {
				best[name] = rank
			}
			ranks[full] = rank
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	scan(filepath.Join(root, "lib/modules", modtest.Release), false)
	for _, e := range c.ExternalsFor(modtest.Release) {
		scan(e.Dir, true)
	}
	return best, ranks
}

// badLines lists the warnings that the reference gives too.
func badLines(c *DepmodConfig, texts map[string]string) []string {
	var all []string
	for _, w := range c.Warnings {
		word, bad := strings.CutPrefix(w.Text, "ignoring bad line starting with '")
		if word = strings.TrimSuffix(word, "'"); bad && word != "search" && word != "exclude" {
			all = append(all, fmt.Sprintf("%s line %d %s", w.File, lastLine(texts[w.File], w.Line), word))
		}
	}
	return all
}

// checkWinners checks that the reference chose a file of the best rank for
// every module.
func checkWinners(t *testing.T, best, ranks map[string]int, chosen []string) {
	t.Helper()
	var names []string
	for _, file := range chosen {
		name := modname.FromPath(file)
		names = append(names, name)
		rank, known := ranks[file]
		if wanted, ok := best[name]; !ok || !known || rank != wanted {
			t.Errorf("depmod chose %s of rank %d, the best is %d", file, rank, best[name])
		}
	}
	slices.Sort(names)
	if got := slices.Sorted(maps.Keys(best)); !slices.Equal(got, names) {
		t.Errorf("found %q, depmod found %q", got, names)
	}
}

// TestDepmodReference compares which files become modules, in random trees with
// random configurations.
func TestDepmodReference(t *testing.T) {
	tool := kmodref.Tool(t, "depmod")
	file := modtest.Named("", nil, nil).Build()
	g := newGenerator(3)
	contested, lines := 0, 0
	for n := range rounds(400) {
		root := t.TempDir()
		g.tree(t, root, file)
		texts, places := g.depmodDirs(t, root)
		c := ReadDepmod(DepmodSources{FS: os.DirFS(root), Prefix: root + "/", Dirs: places})
		want := depmodReference(t, tool, root, places)
		best, ranks := depmodScan(t, c, root)
		checkWinners(t, best, ranks, want.modules)
		if got := badLines(c, texts); !slices.Equal(got, want.badLines) {
			t.Errorf("bad lines are %q, want %q", got, want.badLines)
		}
		if t.Failed() {
			t.Fatalf("tree %d of %q with %q in %q", n, slices.Sorted(maps.Keys(ranks)), texts, places)
		}
		contested += len(ranks) - len(want.modules)
		lines += len(c.Search) + len(c.Overrides) + len(c.Externals) + len(c.Excludes)
	}
	t.Logf("%d files lost, %d entries", contested, lines)
	if contested < rounds(400)*2 || lines < rounds(400)*3 {
		t.Errorf("only %d files lost against others, only %d entries", contested, lines)
	}
}

// tree writes modules and external directories below root.
func (g generator) tree(t *testing.T, root string, file []byte) {
	t.Helper()
	for _, dir := range []string{"x1/sub", "x2", "x3", "lib/modules/" + modtest.Release} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for range 4 + g.IntN(16) {
		dir := path.Join("lib/modules/"+modtest.Release, g.dir())
		if g.often(25) {
			dir = g.pick("x1", "x1/sub", "x2", "x3")
		}
		name := path.Join(dir, g.moduleName()+g.pick(".ko", ".ko", ".ko", ".ko.xz", ".ko.zst"))
		writeFile(t, filepath.Join(root, name), string(file))
	}
}

func (g generator) dir() string {
	return g.pick("kernel", "kernel/net", "kernel/net/sub", "updates", "updates/dkms", "extra", "ext", "weak-updates", "a.b",
		"foo", "foo/bar", "foo/bar/baz", "foobar", "", "external", "built-in", "build", "kernel/source", ".hidden")
}

func (g generator) moduleName() string { return g.pick("a", "a", "b", "c-d", "c_d", "e.f", "e", "A") }

// depmodDirs writes one or two directories of configuration.
func (g generator) depmodDirs(t *testing.T, root string) (texts map[string]string, places []string) {
	t.Helper()
	texts = map[string]string{}
	for i := range 1 + g.IntN(2) {
		dir := fmt.Sprintf("conf%d", i)
		places = append(places, dir)
		writeFile(t, filepath.Join(root, dir, "README"), "bogus\n")
		for range 1 + g.IntN(2) {
			full := filepath.Join(root, dir, g.pick("a.conf", "b.conf", "10-x.conf", "Z.conf", "a.conf.bak"))
			var b strings.Builder
			for range g.IntN(6) {
				b.WriteString(g.pick("", "", "", " ", "\t") + g.depmodLine(root) + g.pick("", "", " ", "\t ") + "\n")
			}
			texts[full] = b.String()
			writeFile(t, full, b.String())
		}
	}
	return texts, places
}

func (g generator) depmodLine(root string) string {
	switch g.IntN(10) {
	case 0, 1, 2:
		return "search" + g.wordsOf(5, func() string {
			return g.pick(g.dir(), g.dir(), "built-in", "external", g.dir()+"/", "/"+g.dir(), "./kernel", root+"/x1", ".")
		})
	case 3, 4, 5:
		return "override" + g.blank() + g.pick(g.moduleName(), "c-d", "e.f", "a.ko", "*") + g.blank() + g.expression() +
			g.blank() + g.pick(g.dir(), g.dir(), g.dir(), g.dir()+"/", root+"/x1", ".") + g.pick("", "", " more")
	case 6, 7:
		return "external" + g.blank() + g.expression() + g.blank() + root + "/" + g.pick("x1", "x1/sub", "x2", "x3")
	case 8:
		return "exclude" + g.wordsOf(3, func() string {
			return g.pick("foo", "kernel", "sub", "a.ko", "x1", "foo/bar", "fo", "*", ".", "baz", "kernel/")
		})
	}
	return g.pick("make_map_files yes", "make_map_files", "", "#", "# search foo", " # x", "bogus x", "Search foo", "search",
		"override a", "override a *", "external", "external *", "exclude", "override", "search \vfoo", "over\\\nride a * foo")
}

func (g generator) wordsOf(most int, word func() string) string {
	var b strings.Builder
	for range 1 + g.IntN(most) {
		b.WriteString(g.blank() + word())
	}
	return b.String()
}

// expression is an expression for kernel releases with the same meaning for GNU
// and POSIX.
func (g generator) expression() string {
	return g.pick("*", "*", "*", "*", "6.1", "6.1.0-test", "^6[.]1", "test$", "^test", "6.2", "^6.1.0$", "6.(1|2)", "6\\\\.1", "[0-9]+[.]0-",
		"[[:alpha:]]{4}$", "[[:digit:]]{4}", "(", "[", "**", "*6", "^*6", "+", ".*", "..", "t?e", "x|6", "()", "[]-]test", "[^0-9.]",
		"6{1}.", "{1}", "6.1.0-TEST", "[\\\\.]1", "[.]1[.]0-t", "a||6", "\\\\$$", "[6-1]", "(6)(.)(1)", "[a-", "6\\", "[[:bogus:]]")
}
