package api

import (
	"errors"
	"flag"
	"fmt"
	"go/build"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite testdata/api.txt")

const golden = "testdata/api.txt"

// TestAPI: the exported API equals testdata/api.txt, so that a change to it shows in
// a diff and is made on purpose.
func TestAPI(t *testing.T) {
	c, err := everything()
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, name := range c.public {
		pkg, err := c.Import(name)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, describe(pkg)...)
	}
	slices.Sort(lines)
	if *update {
		if err := os.WriteFile(golden, []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	if gone, added := differences(want, lines); len(gone)+len(added) > 0 {
		t.Errorf("the exported API differs from %s:\n%s%sif this is meant: go test ./internal/test/api -update",
			golden, marked("- ", gone), marked("+ ", added))
	}
}

// differences returns the lines that only one of two lists has, as often as it has
// them.
func differences(a, b []string) (onlyA, onlyB []string) {
	count := map[string]int{}
	for _, line := range b {
		count[line]++
	}
	for _, line := range a {
		if count[line]--; count[line] < 0 {
			onlyA = append(onlyA, line)
		}
	}
	for _, line := range b {
		if count[line] > 0 {
			count[line]--
			onlyB = append(onlyB, line)
		}
	}
	return onlyA, onlyB
}

// marked shows the first lines, with a mark before each.
func marked(mark string, lines []string) string {
	const shown = 30
	var b strings.Builder
	for _, line := range lines[:min(len(lines), shown)] {
		b.WriteString(mark + line + "\n")
	}
	if more := len(lines) - shown; more > 0 {
		fmt.Fprintf(&b, "%sand %d more\n", mark, more)
	}
	return b.String()
}

// TestDifferences: a repeated line counts twice.
func TestDifferences(t *testing.T) {
	gone, added := differences([]string{"a", "b", "b", "c"}, []string{"b", "c", "d", "d"})
	if !slices.Equal(gone, []string{"a", "b"}) || !slices.Equal(added, []string{"d", "d"}) {
		t.Errorf("gone %v, added %v", gone, added)
	}
}

// publicPackages are the import paths of the packages that users can import.
func publicPackages() (packages []string, err error) {
	for _, top := range []string{"kmod", "modinfo", "depmod"} {
		err := filepath.WalkDir(filepath.Join(root, top), func(name string, d fs.DirEntry, err error) error {
			if err != nil || !d.IsDir() {
				return err
			}
			if d.Name() == "testdata" || d.Name() == "internal" {
				return fs.SkipDir
			}
			_, err = context().ImportDir(name, 0)
			if noGo := (*build.NoGoError)(nil); errors.As(err, &noGo) {
				return nil
			}
			rel, _ := filepath.Rel(root, name)
			packages = append(packages, path.Join(module, filepath.ToSlash(rel)))
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return packages, nil
}
