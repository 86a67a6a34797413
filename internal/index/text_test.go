package index

import (
	"cmp"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/modname"
)

// TestTrees compares the indexes of real kernels with the text files.
func TestTrees(t *testing.T) {
	for _, dir := range realDirs(t) {
		t.Run(filepath.Base(dir), func(t *testing.T) { compareTexts(t, dir) })
	}
}

// compareTexts compares the modules.dep.bin, modules.alias.bin and
// modules.symbols.bin of a directory with the text files of these names.
func compareTexts(t *testing.T, dir string) {
	t.Helper()
	priority := map[string]uint32{}
	var deps []Entry
	for i, line := range lines(t, filepath.Join(dir, "modules.dep")) {
		path, _, _ := strings.Cut(line, ":")
		name := modname.FromPath(path)
		priority[name] = uint32(i)
		deps = append(deps, Entry{name, line, uint32(i)})
	}
	same(t, open(t, filepath.Join(dir, "modules.dep.bin")), deps)
	for _, kind := range []string{"alias", "symbols"} {
		var aliases []Entry
		for _, line := range lines(t, filepath.Join(dir, "modules."+kind)) {
			f := strings.Fields(line)
			alias, err := modname.NormalizeAlias(f[1])
			if err != nil {
				t.Fatal(err)
			}
			if kind == "symbols" {
				alias = f[1]
			}
			aliases = append(aliases, Entry{alias, f[2], priority[f[2]]})
		}
		same(t, open(t, filepath.Join(dir, "modules."+kind+".bin")), aliases)
	}
}

// same checks that an index has exactly these entries, each found by its key.
func same(t *testing.T, r *Reader, want []Entry) {
	t.Helper()
	got := collect(t, r)
	inOrder := func(a, b Entry) int {
		return cmp.Or(strings.Compare(a.Key, b.Key), cmp.Compare(a.Priority, b.Priority))
	}
	if !slices.IsSortedFunc(got, inOrder) {
		t.Errorf("%s: All is not in order", r.name)
	}
	for _, e := range got {
		if v, err := r.Values(nil, e.Key); err != nil || !slices.Contains(v, e) {
			t.Fatalf("%s: Values(%q) = %v, %v, without %v", r.name, e.Key, v, err, e)
		}
	}
	byAll := func(a, b Entry) int { return cmp.Or(inOrder(a, b), strings.Compare(a.Value, b.Value)) }
	slices.SortFunc(got, byAll)
	slices.SortFunc(want, byAll)
	if len(want) == 0 || !reflect.DeepEqual(got, want) {
		t.Errorf("%s: %d entries differ from the %d of the text", r.name, len(got), len(want))
	}
}

// lines returns the lines of a text file that are not comments.
func lines(t *testing.T, path string) []string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for line := range strings.Lines(string(text)) {
		if !strings.HasPrefix(line, "#") {
			all = append(all, strings.TrimSuffix(line, "\n"))
		}
	}
	return all
}
