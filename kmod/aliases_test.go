package kmod_test

import (
	"errors"
	"io/fs"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/internal/glob"
	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/kmodtest"
)

// collect gathers what has no error.
func collect(t *testing.T, entries iter.Seq2[kmod.Alias, error]) (list []kmod.Alias) {
	t.Helper()
	for a, err := range entries {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, a)
	}
	return list
}

func TestAliases(t *testing.T) {
	db := dbtest.Golden(t)
	aliases, symbols := collect(t, db.Aliases()), collect(t, db.Symbols())
	builtin := slices.IndexFunc(aliases, func(a kmod.Alias) bool { return a.Builtin })
	if builtin < 0 {
		builtin = len(aliases)
	}
	if len(aliases[:builtin])+len(symbols) != 14 {
		t.Errorf("not 14: %v, %v", aliases, symbols)
	}
	byPattern := func(a, b kmod.Alias) int { return strings.Compare(a.Pattern, b.Pattern) }
	for _, list := range [][]kmod.Alias{aliases[:builtin], aliases[builtin:], symbols} {
		if !slices.IsSortedFunc(list, byPattern) || slices.ContainsFunc(list, func(a kmod.Alias) bool { return a.Builtin != list[0].Builtin }) {
			t.Errorf("not in order: %v", list)
		}
	}
	if want := (kmod.Alias{Pattern: "fs_gmfs", Module: "gm_dev"}); !slices.Contains(aliases, want) {
		t.Errorf("%v is not among %v", want, aliases)
	}
	if want := (kmod.Alias{Pattern: "symbol:gm_mid_fn", Module: "gm_mid"}); !slices.Contains(symbols, want) {
		t.Errorf("%v is not among %v", want, symbols)
	}
	if symbols[len(symbols)-1] != (kmod.Alias{Pattern: "symbol:gm_top_fn", Module: "gm_top"}) {
		t.Errorf("the last one is %v", symbols[len(symbols)-1])
	}
	for range dbtest.Golden(t).Aliases() {
		break
	}
}

func TestAliasesDamaged(t *testing.T) {
	root := modtest.GoldenRoot(t)
	file := filepath.Join(root, "lib/modules", modtest.GoldenRelease, "modules.alias.bin")
	if err := os.WriteFile(file, []byte("not an index at all"), 0o644); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, err := range dbtest.Open(t, &kmod.Config{Root: root, Release: modtest.GoldenRelease}).Aliases() {
		if n++; !errors.Is(err, kmod.ErrCorrupt) || n > 1 {
			t.Errorf("answer %d: %v", n, err)
		}
	}
	if n == 0 {
		t.Error("no error")
	}
}

// matched shows what matches an alias, as "pattern module".
func matched(db *kmod.DB, alias string) (list []string, err error) {
	for m, err := range db.Matches(alias) {
		if err != nil {
			return list, err
		}
		text := m.Pattern + " " + m.Module.Name
		if m.Origin != nil {
			text += " " + m.Origin.String()
		}
		if m.Module.Builtin {
			text += " (builtin)"
		}
		list = append(list, text)
	}
	return list, nil
}

// TestMatches: the most specific pattern is the first of its kind, and configuration
// comes before what modules say.
func TestMatches(t *testing.T) {
	const dir = "lib/modules/6.1.0-test/"
	db := dbtest.Tree(t, &kmodtest.Tree{Modules: []kmodtest.Module{
		{Name: "generic", Aliases: []string{"vfio_pci:v*d*sv*", "x:a*", "x:a?", "x:[a]b"}},
		{Name: "fitting", Aliases: []string{"vfio_pci:v000010DEd00002941sv*", "vfio_pci:v000010DEd*sv*", "x:ab", "x:?b"}},
		{Name: "twice", Aliases: []string{"x:a*"}},
		{Name: "in-image", Builtin: true, Aliases: []string{"x:ab*", "x:a*"}},
		{Name: "exporter", Exports: []string{"some_symbol"}},
	}}, "alias x:* fitting\nalias x:a* nosuch\nalias x:a* nosuch\nalias x-only:* generic\n", fstest.MapFS{
		dir + "modules.builtin.alias.bin": &fstest.MapFile{Data: modtest.Index(
			modtest.Entry{Key: "x:ab*", Value: "in_image"}, modtest.Entry{Key: "x:a*", Value: "never_a_module"})},
	})
	const conf = " etc/modprobe.d/kmodtest.conf line "
	for alias, want := range map[string][]string{
		"vfio-pci:v000010DEd00002941sv1": {"vfio_pci:v000010DEd00002941sv* fitting", "vfio_pci:v000010DEd*sv* fitting",
			"vfio_pci:v*d*sv* generic"},
		"vfio_pci:v00001AF4d00001041sv0": {"vfio_pci:v*d*sv* generic"},
		"x:ab": {"x:a* nosuch" + conf + "2", "x:* fitting" + conf + "1", "x:ab fitting", "x:a? generic",
			"x:[a]b generic", "x:?b fitting", "x:ab* in_image (builtin)", "x:a* generic", "x:a* twice", "x:a* never_a_module (builtin)"},
		"x-only:1":           {"x_only:* generic" + conf + "4"},
		"symbol:some_symbol": {"symbol:some_symbol exporter"},
	} {
		got, err := matched(db, alias)
		if err != nil || strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("%s: %v\n%s\nwant\n%s", alias, err, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
	for m, err := range db.Matches("x:ab") {
		if err != nil || m.Module.Alias != "x:a*" || m.Origin.Line != 2 {
			t.Errorf("the first one is %+v, %v", m, err)
		}
		break
	}
	for m, err := range db.Matches("vfio-pci:v1d2sv3") {
		if err != nil || m.Module.Path != dir+"kernel/generic.ko" || m.Module.Alias != "vfio_pci:v1d2sv3" {
			t.Errorf("matched is %+v, %v", m, err)
		}
	}
	for _, name := range []string{"generic", "symbol:nosuch", "y:z", ""} {
		var lookup *kmod.LookupError
		if got, err := matched(db, name); len(got) != 0 || !errors.Is(err, kmod.ErrNotFound) || !errors.As(err, &lookup) ||
			!slices.Contains(lookup.Searched, "modules.alias.bin") {
			t.Errorf("%q: %q, %v", name, got, err)
		}
	}
	if _, err := matched(db, "x:[ab"); err == nil || errors.Is(err, kmod.ErrNotFound) {
		t.Errorf("a bad name: %v", err)
	}
}

// TestMatchesMissing: what is not on the disk is not an answer.
func TestMatchesMissing(t *testing.T) {
	tree := &kmodtest.Tree{Modules: []kmodtest.Module{{Name: "m", Aliases: []string{"x:*"}}}}
	files, err := tree.FS()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		without, alias string
		want           error
	}{
		{"modules.alias.bin", "x:a", kmod.ErrNoIndexes}, {"modules.dep.bin", "x:a", kmod.ErrNoIndexes},
		{"modules.symbols.bin", "symbol:a", kmod.ErrNoIndexes}, {"modules.symbols.bin", "x:a", nil},
		{"modules.builtin.alias.bin", "x:a", nil},
	} {
		some := maps.Clone(files)
		delete(some, "lib/modules/6.1.0-test/"+test.without)
		_, err := matched(dbtest.Open(t, &kmod.Config{FS: some, Release: "6.1.0-test"}), test.alias)
		if !errors.Is(err, test.want) || test.want == nil && err != nil {
			t.Errorf("without %s: %v", test.without, err)
		}
	}
	_, err = matched(dbtest.Open(t, &kmod.Config{FS: files, Release: "6.2"}), "x:a")
	if !errors.Is(err, kmod.ErrNoModuleDir) {
		t.Errorf("without a directory: %v", err)
	}
	db, err := kmod.Open(&kmod.Config{FS: files, Release: "6.1.0-test"})
	if err != nil {
		t.Fatal(err)
	}
	db.Close()
	if _, err := matched(db, "x:a"); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("of a closed DB: %v", err)
	}
}

// TestMatchesPath: the best match is an answer even if that of another is unusable.
func TestMatchesPath(t *testing.T) {
	db := dbtest.Open(t, &kmod.Config{Release: "1", FS: fstest.MapFS{
		"lib/modules/1/modules.dep.bin": {Data: modtest.Index(modtest.Entry{Key: "a", Value: "a.ko:"},
			modtest.Entry{Key: "b", Value: "../../b.ko:"}, modtest.Entry{Key: "c", Value: "c.ko:"})},
		"lib/modules/1/modules.alias.bin": {Data: modtest.Index(modtest.Entry{Key: "x:1", Value: "a"},
			modtest.Entry{Key: "x:?", Value: "b"}, modtest.Entry{Key: "x:*", Value: "c"})},
	}})
	got, err := matched(db, "x:1")
	if !slices.Equal(got, []string{"x:1 a"}) || !errors.Is(err, kmod.ErrPath) {
		t.Errorf("%q, %v", got, err)
	}
}

// instance is a name that a pattern matches.
var instance = strings.NewReplacer("*", "", "?", "0", "[0-1]", "1", "[0-9]", "7", "[0-7]", "3")

// checkMatches compares Matches with Lookup, for all aliases of a DB without
// configuration, and checks their order.
func checkMatches(t *testing.T, db *kmod.DB) (compared int) {
	t.Helper()
	for _, a := range slices.Concat(collect(t, db.Aliases()), collect(t, db.Symbols())) {
		name := instance.Replace(a.Pattern)
		want, err := db.Lookup(name)
		if err != nil || len(want) == 0 || want[0].Alias == "" {
			continue // an instance would take more, or it is a module's name
		}
		compared++
		got := map[string]bool{}
		best := glob.Specificity{}
		for m, err := range db.Matches(name) {
			if err != nil {
				t.Fatal(err)
			}
			if rank := glob.SpecificityOf(m.Pattern); len(got) > 0 && best.Compare(rank) > 0 {
				t.Errorf("%s: %s comes too late", name, m.Pattern)
			} else {
				best = rank
			}
			if !glob.Match(m.Pattern, name) {
				t.Errorf("%s does not match %s", m.Pattern, name)
			}
			if m.Module.Builtin != want[0].Builtin {
				continue // Lookup asks for these only if there is no module
			}
			if got[m.Module.Name] = true; !slices.ContainsFunc(want, func(w kmod.Module) bool { return w == m.Module }) {
				t.Errorf("%s: %+v is not among %v", name, m.Module, want)
			}
		}
		if len(got) != len(want) {
			t.Errorf("%s: matched are %v, found are %v", name, got, want)
		}
	}
	return compared
}

// TestMatchesGolden and TestMatchesReal: the modules are those that Lookup finds.
func TestMatchesGolden(t *testing.T) {
	if n := checkMatches(t, dbtest.Golden(t)); n < 10 {
		t.Errorf("only %d aliases were compared", n)
	}
}

func TestMatchesReal(t *testing.T) {
	tree := findTree(t)
	if !tree.real {
		t.Skip("the cache has no real kernel")
	}
	if n := checkMatches(t, dbtest.Open(t, &tree.cfg)); n < 10000 {
		t.Errorf("only %d aliases were compared", n)
	}
}
