// Package rules has no code, only the tests that preserve the structure of the
// repository: which package may import which, and what is at the top.
package rules

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const (
	root   = "../../.."
	module = "github.com/gokmod/gokmod/"
)

// testSupport are the directories of packages that only tests, examples and each
// other may import. kmodtest is for users' tests.
var testSupport = []string{"internal/test", "kmod/kmodtest"}

// peers call C libraries to compare with, in builds with a tag of their own.
var peers = []string{"internal/test/liblzmabench", "internal/test/libkmodbench"}

// restricted says which directories may import a package, and whether all test
// files may too. A directory stands for those below it too.
var restricted = []struct {
	imported string
	by       []string
	tests    bool
}{
	{"golang.org/x/sys/unix", []string{"internal/sys", "internal/test/systest"}, false},
	{"debug/elf", []string{"kmod/kmodtest/vm"}, false},
	{"os/exec", []string{"internal/test", "kmod/kmodtest/vm", "examples"}, true},
	{"crypto/x509", []string{"internal/test/signtest"}, true}, // it needs package net
	{"encoding/asn1", []string{"internal/test"}, true},        // it makes every program 200 KB larger
	{"math/big", []string{"internal/test", "modinfo/modsig"}, true},
	{"regexp", []string{"internal/test"}, true}, // 225 KB of a program; see internal/ere
	{"unsafe", append([]string{"internal/test/systest"}, peers...), false},
	{"C", peers, false},
	{"testing", []string{"internal/test", "kmod/kmodtest/vm"}, true},
	{"log", []string{"examples"}, true},
	{"golang.org/x/term", []string{"internal/terminal", "examples"}, true},
	{"github.com/ulikunitz/xz", []string{"internal/test"}, true},
	{"golang.org/x/tools/txtar", nil, true},
	{"github.com/cavaliergopher/cpio", []string{"kmod/kmodtest/vm", "examples"}, true},
	{"compress/gzip", []string{"internal/compress", "internal/decompress", "internal/test", "examples"}, true},
	{"github.com/klauspost/compress/zstd", []string{"internal/compress", "internal/decompress", "internal/test"}, true},
	{"github.com/pierrec/lz4/v4", []string{"internal/compress", "internal/decompress", "internal/test"}, true},
}

// below says what the code of a directory, and of those in it that are not named
// here, may import from this module. A name stands for a directory with all in it,
// one that ends in a slash for the package alone.
var below = map[string][]string{
	"internal":         {"internal"},
	"internal/test":    {"internal", "modinfo", "depmod", "kmod"},
	"modinfo":          {"internal", "modinfo"},
	"depmod":           {"internal", "modinfo", "depmod"},
	"kmod":             {"internal", "modinfo/", "kmod/live", "kmod/uevent"},
	"kmod/live":        {"internal"},
	"kmod/uevent":      {"internal"},
	"kmod/diagnose":    {"internal", "modinfo/", "kmod/", "kmod/live"},
	"kmod/closure":     {"internal", "modinfo/", "depmod", "kmod/", "kmod/live"},
	"kmod/hotplug":     {"internal", "modinfo/", "kmod/", "kmod/live", "kmod/uevent"},
	"kmod/kmodtest":    {"internal", "modinfo/", "depmod", "kmod/", "kmod/live", "kmod/uevent"},
	"kmod/kmodtest/vm": {"internal"},
	"examples":         {"internal", "modinfo", "kmod", "depmod", "examples"},
}

// belowOf is what the code of a directory may import, by the nearest directory that
// is named.
func belowOf(dir string) []string {
	for ; dir != "."; dir = path.Dir(dir) {
		if list := below[dir]; list != nil {
			return list
		}
	}
	return nil
}

// isBelow reports whether a package is one of those in the list.
func isBelow(list []string, pkg string) bool {
	return slices.ContainsFunc(list, func(dir string) bool {
		return dir == pkg+"/" || !strings.HasSuffix(dir, "/") && within([]string{dir}, pkg)
	})
}

// goFile is a source file with its imports; names are relative to the root.
type goFile struct {
	name    string
	imports []string
	lines   int
}

func (f goFile) dir() string  { return path.Dir(f.name) }
func (f goFile) isTest() bool { return strings.HasSuffix(f.name, "_test.go") }
func (f goFile) top() string  { top, _, _ := strings.Cut(f.name, "/"); return top }

// in reports whether the file is in one of the directories, or below.
func (f goFile) in(dirs []string) bool { return within(dirs, f.dir()) }

// within reports whether a directory is one of the others or below one.
func within(dirs []string, dir string) bool {
	return slices.ContainsFunc(dirs, func(d string) bool {
		return dir == d || strings.HasPrefix(dir, d+"/")
	})
}

func goFiles(t *testing.T) []goFile {
	t.Helper()
	var files []goFile
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := d.Name()
		if d.IsDir() && (base == "testdata" || len(base) > 2 && base[0] == '.') {
			return fs.SkipDir
		}
		if d.IsDir() || filepath.Ext(name) != ".go" {
			return nil
		}
		f, err := parse(name)
		files = append(files, f)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 50 {
		t.Fatalf("only %d source files were found", len(files))
	}
	return files
}

func parse(name string) (goFile, error) {
	fset := token.NewFileSet()
	parsed, err := parser.ParseFile(fset, name, nil, parser.ImportsOnly)
	if err != nil {
		return goFile{}, err
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return goFile{}, err
	}
	rel, err := filepath.Rel(root, name)
	f := goFile{name: filepath.ToSlash(rel), lines: strings.Count(string(text), "\n")}
	for _, spec := range parsed.Imports {
		imported, _ := strconv.Unquote(spec.Path.Value)
		f.imports = append(f.imports, imported)
	}
	return f, err
}

func TestRestrictedImports(t *testing.T) {
	for _, f := range goFiles(t) {
		for _, rule := range restricted {
			if slices.Contains(f.imports, rule.imported) && !f.in(rule.by) && !(rule.tests && f.isTest()) {
				t.Errorf("%s imports %s, which is for %v only", f.name, rule.imported, rule.by)
			}
		}
	}
}

func TestDirection(t *testing.T) {
	for _, f := range goFiles(t) {
		if f.isTest() {
			continue
		}
		for _, imported := range f.imports {
			rel, ours := strings.CutPrefix(imported, module)
			if !ours {
				continue
			}
			if !isBelow(belowOf(f.dir()), rel) {
				t.Errorf("%s imports %s, which is not below it", f.name, imported)
			}
			if within(testSupport, rel) && f.top() != "examples" && !f.in(testSupport) {
				t.Errorf("%s imports %s, which is for tests", f.name, imported)
			}
		}
	}
}

// TestBelow makes sure that the rule finds what it is for.
func TestBelow(t *testing.T) {
	for arrow, want := range map[string]bool{
		"kmod -> kmod/live": true, "kmod -> kmod/closure": false, "kmod -> kmod/diagnose": false, "kmod -> depmod": false,
		"kmod -> modinfo": true, "kmod -> modinfo/modsig": false, "kmod -> internal/xz": true,
		"kmod/live -> kmod": false, "kmod/live -> modinfo": false, "kmod/live -> internal/kernfs": true,
		"kmod/closure -> kmod": true, "kmod/closure -> depmod": true, "kmod/closure -> kmod/diagnose": false,
		"kmod/diagnose -> kmod": true, "kmod/diagnose -> depmod": false, "depmod -> kmod": false, "modinfo -> kmod": false,
		"internal/xz -> modinfo": false, "internal/test/dbtest -> kmod/diagnose": true, "examples/kmod -> kmod/closure": true,
	} {
		from, to, _ := strings.Cut(arrow, " -> ")
		if isBelow(belowOf(from), to) != want {
			t.Errorf("%s: %v", arrow, !want)
		}
	}
}

func TestFileSize(t *testing.T) {
	for _, f := range goFiles(t) {
		if f.lines > 600 && !f.isTest() {
			t.Errorf("%s has %d lines; one concept a file", f.name, f.lines)
		}
	}
}

func TestTopLevel(t *testing.T) {
	allowed := []string{"LICENSE", "README.md", "depmod", "examples", "go.mod", "go.sum", "internal", "kmod", "modinfo"}
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") && !slices.Contains(allowed, e.Name()) {
			t.Errorf("%s does not belong at the top", e.Name())
		}
	}
}
