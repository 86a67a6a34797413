package api

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// standard are the standard packages that a snippet without imports may use, by
// name.
var standard = map[string]string{"context": "context", "errors": "errors", "fmt": "fmt", "fs": "io/fs", "io": "io",
	"log": "log", "os": "os", "slog": "log/slog", "strings": "strings", "syscall": "syscall", "time": "time"}

// packageNames are the packages that a snippet without imports may use.
func packageNames(public []string) map[string]string {
	names := maps.Clone(standard)
	for _, name := range public {
		names[path.Base(name)] = name
	}
	return names
}

// snippet is a piece of Go code in a document, with its position.
type snippet struct {
	text string
	at   string // file:line
}

// snippets returns the blocks of a text in Markdown that begin with ```go.
func snippets(name, text string) (found []snippet) {
	inside := false
	number := 0
	for line := range strings.Lines(text) {
		number++
		switch fence := strings.TrimSpace(line); {
		case fence == "```go":
			inside = true
			found = append(found, snippet{at: fmt.Sprintf("%s:%d", name, number+1)})
		case fence == "```":
			inside = false
		case inside:
			found[len(found)-1].text += line
		}
	}
	return found
}

// source makes a file of a snippet, which is a whole file or statements.
func (s snippet) source(names map[string]string) (string, error) {
	_, err := parser.ParseFile(token.NewFileSet(), "", s.lines(), parser.PackageClauseOnly)
	if err != nil {
		return wrap("ctx context.Context", s.lines(), names)
	}
	return s.lines(), nil
}

// lines is the text, with the document's line numbers for the compiler.
func (s snippet) lines() string { return "//line " + s.at + "\n" + s.text }

// wrap makes a file of the body of a function that returns an error, and imports the
// packages that the body uses.
func wrap(params, body string, names map[string]string) (source string, err error) {
	function := "func _(" + params + ") error {\n" + body + "\nreturn nil\n}\n"
	parsed, err := parser.ParseFile(token.NewFileSet(), "", "package snippet\n"+function, 0)
	if err != nil {
		return "", err
	}
	imports := map[string]string{}
	ast.Inspect(parsed, func(n ast.Node) bool {
		if selector, ok := n.(*ast.SelectorExpr); ok {
			if of, ok := selector.X.(*ast.Ident); ok && names[of.Name] != "" {
				imports[names[of.Name]] = "import " + strconv.Quote(names[of.Name]) + "\n"
			}
		}
		return true
	})
	header := strings.Join(slices.Collect(maps.Values(imports)), "")
	return "package snippet\n" + header + function, nil
}

// check compiles a file, with function bodies, and returns its errors.
func (c *checker) check(source string) (problems []error) {
	parsed, err := parser.ParseFile(c.fset, "", source, parser.SkipObjectResolution)
	if err != nil {
		return []error{err}
	}
	config := types.Config{Importer: c, Error: func(err error) { problems = append(problems, err) }}
	config.Check("snippet", c.fset, []*ast.File{parsed}, nil)
	return problems
}

// TestSnippets checks that snippets are found, and that compile errors are reported
// with the line of the document.
func TestSnippets(t *testing.T) {
	c, err := everything()
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ document, want string }{
		"statements":      {"a\n```go\n_, err := os.Open(\"\")\nif err != nil {\n\treturn err\n}\n```\n", "[]"},
		"a file":          {"```go\npackage main\n\nimport \"fmt\"\n\nfunc main() { fmt.Println() }\n```\n", "[]"},
		"no such name":    {"```sh\nx\n```\n\n```go\nos.Opne()\n```\n", "[a.md:6: undefined: os.Opne]"},
		"unused variable": {"```go\nerr := ctx.Err()\n```\n", "[a.md:2: declared and not used: err]"},
		"unused import":   {"```go\npackage a\n\nimport \"fmt\"\n```\n", "[a.md:4: \"fmt\" imported and not used]"},
		"twice":           {"```go\nfmt.Print(x)\n```\n```go\nx()\n```\n", "[a.md:2: undefined: x a.md:5: undefined: x]"},
	} {
		var problems []error
		for _, s := range snippets("a.md", test.document) {
			source, err := s.source(standard)
			if err != nil {
				t.Fatal(name, err)
			}
			problems = append(problems, c.check(source)...)
		}
		if got := fmt.Sprint(problems); got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
	_, err = snippet{"if {", "a.md:7"}.source(standard)
	if err == nil || !strings.Contains(err.Error(), "a.md:7") {
		t.Errorf("what is not Go: %v", err)
	}
}
