package api

import (
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// reference finds names in a text: "kmod.Loader.Load", "kmod.Open", "Loader.Load" and
// "[Open]".
var reference = regexp.MustCompile(`(\[\*?)?\b(?:([a-z]+)\.)?([A-Z]\w*)(?:\.([A-Z]\w*))?\b`)

// TestReferences: what comments and the README call by a name of a public package is
// there. Names without a package are those of the package itself, in the README those
// of package kmod.
func TestReferences(t *testing.T) {
	c, err := everything()
	if err != nil {
		t.Fatal(err)
	}
	packages := map[string]*types.Package{}
	for _, name := range c.public {
		if packages[path.Base(name)], err = c.Import(name); err != nil {
			t.Fatal(err)
		}
	}
	readme, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	report := func(at string, text string, own *types.Package) {
		stale, n := references(text, own, packages)
		checked += n
		for _, name := range stale {
			t.Errorf("%s: there is no %s", at, name)
		}
	}
	report("README.md", strings.ReplaceAll(string(readme), "[", "("), packages["kmod"]) // a link there is no name
	for _, name := range sourceFiles(t) {
		fset := token.NewFileSet()
		parsed, err := parser.ParseFile(fset, name, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, group := range parsed.Comments {
			report(fset.Position(group.Pos()).String(), group.Text(), packages[ownPackage(c, name)])
		}
	}
	if checked < 300 {
		t.Errorf("only %d names were checked", checked)
	}
}

// sourceFiles are the Go files of the repository but for tests.
func sourceFiles(t *testing.T) (files []string) {
	t.Helper()
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if base := d.Name(); d.IsDir() && (base == "testdata" || len(base) > 2 && base[0] == '.') {
			return fs.SkipDir
		}
		if strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") {
			files = append(files, name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// ownPackage is the name of the public package that a file belongs to, or "".
func ownPackage(c *checker, file string) string {
	rel, err := filepath.Rel(root, filepath.Dir(file))
	if name := path.Join(module, filepath.ToSlash(rel)); err == nil && slices.Contains(c.public, name) {
		return path.Base(name)
	}
	return ""
}

// references returns the names in a text that are not there, and how many it checked:
// all with one of the packages, and of the others those in brackets and those of a
// member of a type of the text's own package.
func references(text string, own *types.Package, packages map[string]*types.Package) (stale []string, checked int) {
	for _, m := range reference.FindAllStringSubmatch(text, -1) {
		bracket, qualifier, name, member := m[1], m[2], m[3], m[4]
		pkg := packages[qualifier]
		if qualifier == "" {
			pkg = own
			if pkg == nil || bracket == "" && (member == "" || pkg.Scope().Lookup(name) == nil) {
				continue
			}
		}
		if pkg == nil {
			continue
		}
		checked++
		if !declares(pkg, name, member) {
			stale = append(stale, strings.TrimLeft(m[0], "[*"))
		}
	}
	return stale, checked
}

// declares reports whether a package has a name, and this a member of that name.
func declares(pkg *types.Package, name, member string) bool {
	obj := pkg.Scope().Lookup(name)
	if obj == nil || member == "" {
		return obj != nil
	}
	found, _, _ := types.LookupFieldOrMethod(obj.Type(), true, pkg, member)
	return found != nil
}

// TestReference makes sure that names are found.
func TestReference(t *testing.T) {
	c, err := everything()
	if err != nil {
		t.Fatal(err)
	}
	own, err := c.Import(module + "/kmod/uevent")
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"uevent.Parse and [Parse], Listener.Close; (uevent.Event.Env)": "",
		"uevent.Pars":                              "uevent.Pars",
		"[Pars] [*Event]":                          "Pars",
		"Listener.Clos, Pars":                      "Listener.Clos",
		"uevent.Event.Envs":                        "uevent.Event.Envs",
		"Other.Name, other.Name, a Listener. Then": "",
		"see [uevent.Gone].":                       "uevent.Gone",
	} {
		stale, _ := references(text, own, map[string]*types.Package{"uevent": own})
		if got := strings.Join(stale, " "); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
