package kmod_test

import (
	"encoding"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/closure"
	"github.com/gokmod/gokmod/kmod/diagnose"
)

// marshalled are the types that package encoding/json writes in a form of their
// own.
var marshalled = []any{
	kmod.Action(0), kmod.Alias{}, closure.Change{}, closure.ChangeKind(0), closure.Closure{},
	closure.Difference{}, closure.Module{}, closure.Place{}, closure.Warning{}, closure.WarningKind(0),
	kmod.Command{}, kmod.ConfigLine{}, kmod.Devname{}, diagnose.Diagnosis{}, closure.DriverKind(0),
	diagnose.Finding{}, diagnose.FindingKind(0), closure.Firmware{},
	kmod.Match{}, kmod.Module{}, kmod.ParamSource{}, kmod.Origin{}, kmod.Plan{}, kmod.Reason{},
	kmod.ReasonKind(0), closure.Selection{}, diagnose.Severity(0),
	kmod.Skip{}, kmod.SkipKind(0), kmod.Step{}, diagnose.Unchecked{},
}

// TestMarshal: what was written reads back the same, whether it is empty or full.
func TestMarshal(t *testing.T) {
	for _, v := range marshalled {
		typ := reflect.TypeOf(v)
		full := reflect.New(typ)
		fillAll(t, full.Elem(), 1)
		for _, value := range []reflect.Value{reflect.New(typ), full} {
			text, err := json.Marshal(value.Interface())
			if err != nil {
				t.Errorf("%v: %v", typ, err)
				continue
			}
			back := reflect.New(typ)
			if err := json.Unmarshal(text, back.Interface()); err != nil ||
				!reflect.DeepEqual(back.Interface(), value.Interface()) {
				t.Errorf("%v: %v\n%s\n%+v", typ, err, text, back.Elem())
			}
		}
	}
}

// fillAll sets every exported field that JSON has to a value other than zero.
func fillAll(t *testing.T, v reflect.Value, n int) {
	if _, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		v.SetUint(1)
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString("a \"b\"\n" + strings.Repeat("x", n))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(n))
	case reflect.Uint32:
		v.SetUint(uint64(n))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fillAll(t, v.Elem(), n)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fillAll(t, v.Index(0), n)
		fillAll(t, v.Index(1), n+1)
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() && f.Tag.Get("json") != "-" {
				fillAll(t, v.Field(i), n+i)
			}
		}
	default:
		t.Fatalf("%v: there is nothing to fill it with", v.Type())
	}
}

// TestMarshalledTypes makes sure that the list has every type with names for
// fields in JSON, or with a text.
func TestMarshalledTypes(t *testing.T) {
	listed := map[string]bool{}
	for _, v := range marshalled {
		listed[reflect.TypeOf(v).Name()] = true
	}
	found := 0
	inspect(t, func(n ast.Node) bool {
		name := ""
		switch n := n.(type) {
		case *ast.TypeSpec:
			if s, ok := n.Type.(*ast.StructType); ok && hasJSON(s) {
				name = n.Name.Name
			}
		case *ast.FuncDecl:
			if recv := receiver(n); strings.HasPrefix(n.Name.Name, "Marshal") {
				name = recv
			}
		}
		if ast.IsExported(name) {
			if found++; !listed[name] {
				t.Errorf("%s can be written as JSON and is not in the list", name)
			}
		}
		return true
	})
	if found < 20 {
		t.Errorf("only %d types are found", found)
	}
}

// inspect visits everything in the package and those that build on it, except tests.
func inspect(t *testing.T, visit func(ast.Node) bool) {
	t.Helper()
	var files []string
	for _, dir := range []string{".", "live", "diagnose", "closure"} {
		found, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, visit)
	}
}

func hasJSON(s *ast.StructType) bool {
	for _, f := range s.Fields.List {
		if f.Tag != nil && strings.Contains(f.Tag.Value, "json:") {
			return true
		}
	}
	return false
}

// receiver is the name of the type that a method is of.
func receiver(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return ""
	}
	typ := f.Recv.List[0].Type
	if p, ok := typ.(*ast.StarExpr); ok {
		typ = p.X
	}
	if id, ok := typ.(*ast.Ident); ok {
		return id.Name
	}
	return ""
}
