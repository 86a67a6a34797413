package api

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// standard are the packages that a snippet without imports may use besides ours.
var standard = map[string]string{"context": "context", "errors": "errors", "fmt": "fmt", "fs": "io/fs", "io": "io",
	"log": "log", "os": "os", "slog": "log/slog", "strings": "strings", "syscall": "syscall", "time": "time"}

// TestREADME: the README is short, and its Go code compiles. A block is a whole file,
// or statements of a function that has a ctx and returns an error.
func TestREADME(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	if lines := strings.Count(string(text), "\n"); lines > 180 {
		t.Errorf("README.md has %d lines, at most 180 are read", lines)
	}
	names := maps.Clone(standard)
	for _, name := range publicPackages(t) {
		names[path.Base(name)] = name
	}
	found := snippets(string(text))
	if len(found) == 0 {
		t.Error("README.md has no Go code")
	}
	var sources, imports []string
	for _, s := range found {
		source, imported, err := s.source(names)
		if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, source)
		imports = append(imports, imported...)
	}
	c := newChecker(t, imports...)
	for _, source := range sources {
		for _, err := range c.check(source) {
			t.Error(err)
		}
	}
}

// snippet is a block of Go code of a document, and the line at which it begins.
type snippet struct {
	text string
	line int
}

// snippets returns the blocks that begin with ```go.
func snippets(document string) (found []snippet) {
	inside := false
	number := 0
	for line := range strings.Lines(document) {
		number++
		switch fence := strings.TrimSpace(line); {
		case fence == "```go":
			inside = true
			found = append(found, snippet{line: number + 1})
		case fence == "```":
			inside = false
		case inside:
			found[len(found)-1].text += line
		}
	}
	return found
}

// source makes a file of a snippet, and returns it with its imports. Positions in
// it are lines of the document.
func (s snippet) source(names map[string]string) (source string, imports []string, err error) {
	source = fmt.Sprintf("//line README.md:%d\n%s", s.line, s.text)
	whole, err := parser.ParseFile(token.NewFileSet(), "", source, parser.ImportsOnly)
	if err == nil {
		for _, spec := range whole.Imports {
			name, _ := strconv.Unquote(spec.Path.Value)
			imports = append(imports, name)
		}
		return source, imports, nil
	}
	body := "func _(ctx context.Context) error {\n" + source + "\nreturn nil\n}\n"
	parsed, err := parser.ParseFile(token.NewFileSet(), "", "package readme\n"+body, 0)
	if err != nil {
		return "", nil, err
	}
	var header strings.Builder
	used := map[string]bool{}
	ast.Inspect(parsed, func(n ast.Node) bool {
		if selector, ok := n.(*ast.SelectorExpr); ok {
			if of, ok := selector.X.(*ast.Ident); ok && names[of.Name] != "" && !used[of.Name] {
				used[of.Name] = true
				imports = append(imports, names[of.Name])
				fmt.Fprintf(&header, "import %q\n", names[of.Name])
			}
		}
		return true
	})
	return "package readme\n" + header.String() + body, imports, nil
}

// check compiles a file, bodies included, and returns what is wrong with it.
func (c *checker) check(source string) (problems []error) {
	parsed, err := parser.ParseFile(c.fset, "", source, parser.SkipObjectResolution)
	if err != nil {
		return []error{err}
	}
	config := types.Config{Importer: c, Error: func(err error) { problems = append(problems, err) }}
	config.Check("readme", c.fset, []*ast.File{parsed}, nil)
	return problems
}

// TestCheck makes sure that snippets are found and that what does not compile is told,
// with the line of the document.
func TestCheck(t *testing.T) {
	c := newChecker(t, slices.Collect(maps.Values(standard))...)
	for name, test := range map[string]struct{ document, want string }{
		"statements": {"a\n```go\n_, err := os.Open(\"\")\nif err != nil {\n\treturn err\n}\n```\n", "[]"},
		"a file":     {"```go\npackage main\n\nimport \"fmt\"\n\nfunc main() { fmt.Println() }\n```\n", "[]"},
		"no such name": {"```sh\nx\n```\n\n```go\nos.Opne()\n```\n",
			"[README.md:6: undefined: os.Opne]"},
		"unused variable": {"```go\nerr := ctx.Err()\n```\n", "[README.md:2: declared and not used: err]"},
		"unused import":   {"```go\npackage a\n\nimport \"fmt\"\n```\n", "[README.md:4: \"fmt\" imported and not used]"},
		"twice": {"```go\nfmt.Print(x)\n```\n```go\nx()\n```\n",
			"[README.md:2: undefined: x README.md:5: undefined: x]"},
	} {
		var problems []error
		for _, s := range snippets(test.document) {
			source, _, err := s.source(standard)
			if err != nil {
				t.Fatal(name, err)
			}
			problems = append(problems, c.check(source)...)
		}
		if got := fmt.Sprint(problems); got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
	if _, _, err := (snippet{"if {", 7}).source(standard); err == nil || !strings.Contains(err.Error(), "README.md:7") {
		t.Errorf("what is not Go: %v", err)
	}
}
