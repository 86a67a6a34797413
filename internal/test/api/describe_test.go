package api

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"slices"
	"strings"
	"testing"
)

// describer writes one line for each exported thing of a package, in the manner of
// Go's own api/go1.txt.
type describer struct {
	pkg   *types.Package
	path  string // of the package below the module
	lines []string
}

// describe returns the lines of a package, as its scope sorts the names.
func describe(pkg *types.Package) []string {
	d := &describer{pkg: pkg, path: strings.TrimPrefix(pkg.Path(), module+"/")}
	for _, name := range pkg.Scope().Names() {
		if obj := pkg.Scope().Lookup(name); obj.Exported() {
			d.object(obj)
		}
	}
	return d.lines
}

func (d *describer) add(format string, args ...any) {
	d.lines = append(d.lines, d.path+": "+fmt.Sprintf(format, args...))
}

// qualify omits the package's own name.
func (d *describer) qualify(pkg *types.Package) string {
	if pkg == d.pkg {
		return ""
	}
	return pkg.Name()
}

func (d *describer) typeString(t types.Type) string { return types.TypeString(t, d.qualify) }

// signature is a function's type without the word func.
func (d *describer) signature(obj types.Object) string {
	return strings.TrimPrefix(d.typeString(obj.Type()), "func")
}

func (d *describer) object(obj types.Object) {
	switch obj := obj.(type) {
	case *types.Const:
		d.add("const %s %s = %s", obj.Name(), d.typeString(obj.Type()), obj.Val().ExactString())
	case *types.Var:
		d.add("var %s %s", obj.Name(), d.typeString(obj.Type()))
	case *types.Func:
		d.add("func %s%s", obj.Name(), d.signature(obj))
	case *types.TypeName:
		if obj.IsAlias() {
			d.add("type %s = %s", obj.Name(), d.typeString(types.Unalias(obj.Type())))
			return
		}
		d.named(obj.Type().(*types.Named))
	}
}

// named describes a defined type, its fields and its methods.
func (d *describer) named(t *types.Named) {
	name := d.typeString(t)
	switch under := t.Underlying().(type) {
	case *types.Struct:
		d.add("type %s struct", name)
		d.fields(name, under)
	case *types.Interface:
		d.add("type %s interface", name)
		d.elements(name, under)
		return
	default:
		d.add("type %s %s", name, d.typeString(under))
	}
	values := types.NewMethodSet(t)
	methods := types.NewMethodSet(types.NewPointer(t))
	for i := range methods.Len() {
		method := methods.At(i).Obj()
		if !method.Exported() {
			continue
		}
		receiver := "*" + name
		if values.Lookup(method.Pkg(), method.Name()) != nil {
			receiver = name
		}
		d.add("method (%s) %s%s", receiver, method.Name(), d.signature(method))
	}
}

// fields describes the exported fields of a struct, and those promoted from an
// embedded one.
func (d *describer) fields(name string, s *types.Struct) {
	for i := range s.NumFields() {
		field := s.Field(i)
		if inner, ok := field.Type().Underlying().(*types.Struct); ok && field.Embedded() && !field.Exported() {
			d.fields(name, inner)
		}
		if !field.Exported() {
			continue
		}
		tag := ""
		if s.Tag(i) != "" {
			tag = fmt.Sprintf(" `%s`", s.Tag(i))
		}
		if field.Embedded() {
			d.add("field %s embeds %s%s", name, d.typeString(field.Type()), tag)
		} else {
			d.add("field %s.%s %s%s", name, field.Name(), d.typeString(field.Type()), tag)
		}
	}
}

// elements describes the methods and types of an interface.
func (d *describer) elements(name string, t *types.Interface) {
	for i := range t.NumMethods() {
		if method := t.Method(i); method.Exported() {
			d.add("method %s.%s%s", name, method.Name(), d.signature(method))
		} else {
			d.add("type %s has an unexported method", name)
		}
	}
}

// TestDescribe: what counts as exported, and the line that describes it.
func TestDescribe(t *testing.T) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "a.go", `package a
const C, c = 1 << 3, 1
const D Kind = "d"
type Kind string
func (Kind) String() string { return "" }
func (*Kind) Set(s string) error { return nil }
func (Kind) hidden() {}
type hidden struct{ Inner int }
func (*hidden) Lent() {}
type S struct {
	hidden
	Kind
	A []S `+"`json:\"a\"`"+`
	b int
}
type L[T any] []T
func (l L[T]) At(i int) (t T) { return }
type I interface { M(n int) error; m() }
type J interface { I; N() }
type A = map[string]*S
var V, v = func(a int) {}, 2
func F(s *S, more ...int) (n int, err error) { return }
func f() {}
`, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	pkg, err := (&types.Config{IgnoreFuncBodies: true}).Check(module+"/x/a", fset, []*ast.File{file}, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"const C untyped int = 8",
		"const D Kind = \"d\"",
		"field S embeds Kind",
		"field S.A []S `json:\"a\"`",
		"field S.Inner int",
		"func F(s *S, more ...int) (n int, err error)",
		"method (*Kind) Set(s string) error",
		"method (*S) Lent()",
		"method (*S) Set(s string) error",
		"method (Kind) String() string",
		"method (L[T any]) At(i int) (t T)",
		"method (S) String() string",
		"method I.M(n int) error",
		"method J.M(n int) error",
		"method J.N()",
		"type A = map[string]*S",
		"type I has an unexported method",
		"type I interface",
		"type J has an unexported method",
		"type J interface",
		"type Kind string",
		"type L[T any] []T",
		"type S struct",
		"var V func(a int)",
	}
	for i := range want {
		want[i] = "x/a: " + want[i]
	}
	got := describe(pkg)
	slices.Sort(got)
	if gone, added := differences(want, got); len(gone)+len(added) > 0 {
		t.Errorf("lines differ:\n%s%s", marked("- ", gone), marked("+ ", added))
	}
}
