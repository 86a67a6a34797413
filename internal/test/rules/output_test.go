package rules

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"testing"
)

// outputFuncs are functions that write to standard output or standard error without
// naming it.
var outputFuncs = map[string][]string{
	"fmt":  {"Print", "Printf", "Println"},
	"log":  {"Print", "Printf", "Println", "Fatal", "Fatalf", "Fatalln", "Panic", "Panicf", "Panicln", "Default"},
	"slog": {"Debug", "Info", "Warn", "Error", "Log", "Default"},
}

// TestOutput: the programs' output, which may contain untrusted text, reaches a
// terminal only through package terminal, or through the function output of programs
// that can be copied. Programs that they start write directly.
func TestOutput(t *testing.T) {
	for _, f := range goFiles(t) {
		if f.top() != "examples" || f.isTest() {
			continue
		}
		fset := token.NewFileSet()
		parsed, err := parser.ParseFile(fset, filepath.Join(root, f.name), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, pos := range strayOutputs(parsed) {
			t.Errorf("%s writes to standard output or standard error, not to terminal.Output or output of it",
				fset.Position(pos))
		}
	}
}

// TestStrayOutputs checks that the rule finds what it should.
func TestStrayOutputs(t *testing.T) {
	for text, want := range map[string]int{
		"terminal.Output(os.Stdout)": 0, "fmt.Fprintln(os.Stderr)": 1, "fmt.Println()": 1,
		"fmt.Fprintln(w)": 0, "println()": 1, "output(os.Stderr)": 0, "s.output(os.Stderr)": 1,
		"f(&os.ProcAttr{Files: []*os.File{os.Stdin, os.Stdout, os.Stderr}})": 0, "log.Print(1)": 1,
		"slog.Default()": 1,
		"f(os.Stdout, terminal.Output(os.Stderr))": 1,
	} {
		parsed, err := parser.ParseFile(token.NewFileSet(), "a.go", "package a\nfunc a() { "+text+" }", 0)
		if err != nil {
			t.Fatal(err)
		}
		if got := strayOutputs(parsed); len(got) != want {
			t.Errorf("%s has %d stray outputs, want %d", text, len(got), want)
		}
	}
}

// strayOutputs returns the places in a file that write to standard output or
// standard error with neither package terminal nor output.
func strayOutputs(file *ast.File) (found []token.Pos) {
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			if name, ok := n.Fun.(*ast.Ident); ok {
				if name.Name == "print" || name.Name == "println" {
					found = append(found, n.Pos())
				}
				return name.Name != "output"
			}
			return !isSelector(n.Fun, "terminal", "Output")
		case *ast.CompositeLit:
			return !isSelector(n.Type, "os", "ProcAttr")
		case *ast.SelectorExpr:
			if isSelector(n, "os", "Stdout", "Stderr") {
				found = append(found, n.Pos())
			}
			for pkg, names := range outputFuncs {
				if isSelector(n, pkg, names...) {
					found = append(found, n.Pos())
				}
			}
		}
		return true
	})
	return found
}

// isSelector reports whether an expression is one of the names of a package.
func isSelector(e ast.Expr, pkg string, names ...string) bool {
	selector, ok := e.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	of, ok := selector.X.(*ast.Ident)
	return ok && of.Name == pkg && slices.Contains(names, selector.Sel.Name)
}
