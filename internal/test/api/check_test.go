package api

import (
	"errors"
	"fmt"
	"go/ast"
	"go/build"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
)

const (
	root   = "../../.."
	module = "github.com/gokmod/gokmod"
)

// checker type-checks the packages of the repository for Linux. It reads their
// source files itself, so that go test knows what its result depends on; other
// packages come from the compiler, through the build cache.
type checker struct {
	public  []string // import paths of the packages that users can import
	fset    *token.FileSet
	parsed  map[string][]*ast.File // of our packages, by import path
	checked map[string]*types.Package
	foreign types.Importer
	exports map[string]string // files with export data, by import path
}

// everything is the checker of the public packages, and of code that imports these
// or a standard one.
var everything = sync.OnceValues(func() (*checker, error) {
	public, err := publicPackages()
	if err != nil {
		return nil, err
	}
	c, err := newChecker(append(slices.Collect(maps.Values(standard)), public...)...)
	if c != nil {
		c.public = public
	}
	return c, err
})

// newChecker makes a checker for code that imports some packages.
func newChecker(imports ...string) (*checker, error) {
	c := &checker{fset: token.NewFileSet(), parsed: map[string][]*ast.File{}, checked: map[string]*types.Package{},
		exports: map[string]string{}}
	c.foreign = importer.ForCompiler(c.fset, "gc", c.export)
	var others []string
	for len(imports) > 0 {
		name := imports[0]
		imports = imports[1:]
		if !ours(name) {
			others = append(others, name)
		} else if c.parsed[name] == nil {
			more, err := c.parse(name)
			if err != nil {
				return nil, err
			}
			imports = append(imports, more...)
		}
	}
	return c, c.listExports(others)
}

// ours reports whether a package belongs to this module.
func ours(name string) bool { return name == module || strings.HasPrefix(name, module+"/") }

// context is the build configuration.
func context() *build.Context {
	c := build.Default
	c.GOOS, c.GOARCH, c.CgoEnabled, c.BuildTags = "linux", runtime.GOARCH, false, nil
	return &c
}

// parse reads one of our packages and returns its imports.
func (c *checker) parse(name string) (imports []string, err error) {
	dir := filepath.Join(root, filepath.FromSlash(strings.TrimPrefix(name, module)))
	pkg, err := context().ImportDir(dir, 0)
	if err != nil {
		return nil, err
	}
	for _, file := range pkg.GoFiles {
		mode := parser.ParseComments | parser.SkipObjectResolution
		parsed, err := parser.ParseFile(c.fset, filepath.Join(dir, file), nil, mode)
		if err != nil {
			return nil, err
		}
		c.parsed[name] = append(c.parsed[name], parsed)
	}
	return pkg.Imports, nil
}

// listExports finds the export data of packages.
func (c *checker) listExports(packages []string) error {
	cmd := exec.Command("go", append([]string{"list", "-export", "-deps", "-f", "{{.ImportPath}} {{.Export}}", "--"},
		packages...)...)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH="+runtime.GOARCH, "GOPROXY=off")
	out, err := cmd.Output()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return fmt.Errorf("go list: %w: %s", err, exit.Stderr)
	}
	for line := range strings.Lines(string(out)) {
		if name, file, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
			c.exports[name] = file
		}
	}
	return err
}

// export opens the export data of a package.
func (c *checker) export(name string) (io.ReadCloser, error) {
	file, ok := c.exports[name]
	if !ok {
		return nil, fmt.Errorf("no export data of %s", name)
	}
	return os.Open(file)
}

// Import returns a package without the bodies of its functions.
func (c *checker) Import(name string) (*types.Package, error) {
	if !ours(name) {
		return c.foreign.Import(name)
	}
	if pkg := c.checked[name]; pkg != nil {
		return pkg, nil
	}
	files := c.parsed[name]
	if files == nil {
		return nil, fmt.Errorf("no package %s", name)
	}
	config := types.Config{Importer: c, IgnoreFuncBodies: true}
	pkg, err := config.Check(name, c.fset, files, nil)
	c.checked[name] = pkg
	return pkg, err
}
