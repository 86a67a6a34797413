package rules

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestModules: importing the library brings every module of go.mod into the
// importer's module graph. There are only those that a source file imports, and
// their dependencies; the README names each of the former.
func TestModules(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	files := goFiles(t)
	required, tools := parseModFile(string(text))
	if len(required) < 3 {
		t.Errorf("go.mod requires only %v", required)
	}
	for _, name := range required {
		if !slices.ContainsFunc(files, func(f goFile) bool { return f.importsFrom(name) }) {
			t.Errorf("go.mod requires %s, which nothing imports", name)
		}
		short, _, _ := strings.Cut(strings.TrimPrefix(name, "github.com/"), "/v")
		if !strings.Contains(string(readme), "`"+short+"`") {
			t.Errorf("the README does not name %s, which go.mod requires", short)
		}
	}
	if len(tools) > 0 {
		t.Errorf("go.mod names the tools %v, which belong in .ci/tools/go.mod", tools)
	}
}

// importsFrom reports whether a file imports a package of a module.
func (f goFile) importsFrom(module string) bool {
	return slices.ContainsFunc(f.imports, func(imported string) bool {
		return within([]string{module}, imported)
	})
}

// parseModFile returns the paths after require, except for indirect requirements,
// and after tool in the text of a go.mod.
func parseModFile(text string) (required, tools []string) {
	block := ""
	for line := range strings.Lines(text) {
		code, comment, _ := strings.Cut(line, "//")
		words := strings.Fields(code)
		switch {
		case len(words) == 0 || strings.HasPrefix(comment, " indirect"):
			continue
		case len(words) == 2 && words[1] == "(":
			block = words[0]
			continue
		case words[0] == ")":
			block = ""
			continue
		case block != "":
			words = append([]string{block}, words...)
		}
		switch words[0] {
		case "require":
			required = append(required, words[1])
		case "tool":
			tools = append(tools, words[1])
		}
	}
	return required, tools
}

// TestParseModFile checks that the rule finds what it should.
func TestParseModFile(t *testing.T) {
	required, tools := parseModFile("module a // tool x\n\ngo 1.25\n\nrequire b/b v1.0.0\nrequire (\n\tc v1\n" +
		"\td/v4 v4 // why\n\ti v1 // indirect\n)\ntool (\n\te\n)\ntool f\nreplace g => h\n")
	if !slices.Equal(required, []string{"b/b", "c", "d/v4"}) || !slices.Equal(tools, []string{"e", "f"}) {
		t.Errorf("required %v, tools %v", required, tools)
	}
}
