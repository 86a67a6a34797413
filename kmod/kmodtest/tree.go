package kmodtest

import (
	"fmt"
	"io/fs"
	"os"
	"testing/fstest"

	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/kmod"
)

// Tree describes a tree of modules for tests: what lies under /lib/modules with
// the indexes that depmod(8) would make, and under /etc/modprobe.d.
type Tree struct {
	// Release is the kernel release. "" means "6.1.0-test".
	Release string

	// Modules are the modules, in the order that depmod would give them.
	Modules []Module

	// Modprobe is configuration, lines as in modprobe.d(5): options, install,
	// softdep, blacklist, ….
	Modprobe string
}

// configName is the file that has the text of Tree.Modprobe.
const configName = "etc/modprobe.d/kmodtest.conf"

// Open returns the DB of the tree in memory. The caller closes it.
func (t *Tree) Open() (*kmod.DB, error) {
	files, err := t.FS()
	if err != nil {
		return nil, err
	}
	return kmod.Open(&kmod.Config{FS: files, Release: t.release()})
}

// Kernel returns a kernel in memory of the tree's release, with the tree's
// built-in modules and nothing loaded. It takes only modules with the vermagic
// that the tree's modules have.
func (t *Tree) Kernel() *Kernel {
	k := New(t.release())
	k.Vermagic = t.vermagic()
	for _, m := range t.Modules {
		if m.Builtin {
			k.Builtin = append(k.Builtin, m.name())
		}
	}
	return k
}

// Write writes the tree to a directory, which can then be the Root of a
// kmod.Config. It does not overwrite files.
func (t *Tree) Write(dir string) error {
	files, err := t.FS()
	if err != nil {
		return err
	}
	return os.CopyFS(dir, files)
}

// FS returns the tree as a file system, which can be the FS of a kmod.Config.
// The error names what does not fit together: a name that two modules have, a
// dependency that is not in the tree or that leads in a circle, a path that
// leaves the tree, an alias that is not a pattern.
func (t *Tree) FS() (fstest.MapFS, error) {
	g, err := newGraph(t.Modules)
	if err != nil {
		return nil, err
	}
	dir := "lib/modules/" + t.release() + "/"
	if !fs.ValidPath(dir + "x") {
		return nil, fmt.Errorf("the release %q is not the name of a directory", t.release())
	}
	files := fstest.MapFS{}
	named := map[string]bool{}
	for i := range t.Modules {
		m := &t.Modules[i]
		if m.Builtin {
			continue
		}
		path := dir + m.path()
		if !fs.ValidPath(path) {
			return nil, fmt.Errorf("module %s: the path %q leaves the module directory", m.Name, m.Path)
		}
		if files[path] != nil {
			return nil, fmt.Errorf("module %s: another module has the path %q", m.Name, m.path())
		}
		if named[m.file()] {
			return nil, fmt.Errorf("module %s: another module's file has the name that %q has", m.Name, m.path())
		}
		named[m.file()] = true
		files[path] = textFile(m.build(g, t.vermagic()))
	}
	if err := addIndexes(files, dir, g); err != nil {
		return nil, err
	}
	if t.Modprobe != "" {
		files[configName] = textFile([]byte(t.Modprobe))
	}
	return files, nil
}

func (t *Tree) release() string {
	if t.Release == "" {
		return modtest.Release
	}
	return t.Release
}

func (t *Tree) vermagic() string { return t.release() + " SMP preempt mod_unload modversions " }

func textFile(data []byte) *fstest.MapFile { return &fstest.MapFile{Data: data, Mode: 0o644} }
