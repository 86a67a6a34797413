package modtest

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing/fstest"

	"github.com/gokmod/gokmod/internal/modname"
)

// Release is the kernel release of trees made by Tree.
const Release = "6.1.0-test"

// TreeModule is a module of a tree.
type TreeModule struct {
	Path    string   // relative to the module directory, such as "kernel/a.ko"
	File    []byte   // the module; nil omits the file
	Deps    []string // paths of all its dependencies, users before the modules they use
	Aliases []string
}

// Tree returns a root with lib/modules/6.1.0-test: the modules, and the indexes
// that depmod would make of them. builtin are the names of built-in modules.
func Tree(builtin []string, modules ...TreeModule) fstest.MapFS {
	dir := "lib/modules/" + Release + "/"
	files := fstest.MapFS{}
	var deps, aliases, builtins []Entry
	for i, m := range modules {
		if m.File != nil {
			files[dir+m.Path] = &fstest.MapFile{Data: m.File, Mode: 0o644}
		}
		name := modname.FromPath(m.Path)
		line := m.Path + ":"
		if len(m.Deps) > 0 {
			line += " " + strings.Join(m.Deps, " ")
		}
		deps = append(deps, Entry{Key: name, Value: line, Priority: uint32(i)})
		for _, alias := range m.Aliases {
			aliases = append(aliases, Entry{Key: alias, Value: name, Priority: uint32(i)})
		}
	}
	for _, name := range builtin {
		builtins = append(builtins, Entry{Key: name})
	}
	for name, entries := range map[string][]Entry{
		"modules.dep.bin": deps, "modules.alias.bin": aliases, "modules.builtin.bin": builtins,
	} {
		files[dir+name] = &fstest.MapFile{Data: Index(entries...), Mode: 0o644}
	}
	return files
}

// Write writes files into a temporary directory and returns it.
func Write(t TB, files fstest.MapFS) string {
	t.Helper()
	root := t.TempDir()
	for name, file := range files {
		if file.Mode&fs.ModeDir != 0 {
			continue
		}
		full := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Join(root, filepath.FromSlash(path.Dir(name))), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, file.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}
