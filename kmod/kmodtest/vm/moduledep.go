package vm

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// depFile is the text index of hard dependencies, as in modules.dep(5).
const depFile = "modules.dep"

// moduleDep is the content of modules.dep and modules.builtin: the files of
// each module and its dependencies, and the names that need no file.
type moduleDep struct {
	files   map[string][]string // module name: its path, then its dependencies
	builtin map[string]bool
}

// readModuleDep reads the two indexes of a lib/modules/RELEASE directory.
func readModuleDep(dir string) (*moduleDep, error) {
	dep, err := os.ReadFile(filepath.Join(dir, depFile))
	if err != nil {
		return nil, err
	}
	builtin, err := os.ReadFile(filepath.Join(dir, "modules.builtin"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return parseModuleDep(dep, builtin)
}

func parseModuleDep(dep, builtin []byte) (*moduleDep, error) {
	d := &moduleDep{files: map[string][]string{}, builtin: map[string]bool{}}
	lines := bufio.NewScanner(bytes.NewReader(dep))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		file, needs, ok := strings.Cut(lines.Text(), ":")
		if !ok {
			return nil, fmt.Errorf("vm: line %q of %s has no colon", lines.Text(), depFile)
		}
		d.files[moduleName(file)] = append([]string{file}, strings.Fields(needs)...)
	}
	for _, file := range strings.Fields(string(builtin)) {
		d.builtin[moduleName(file)] = true
	}
	return d, lines.Err()
}

// closure returns the files of the named modules and of all their dependencies,
// in the order of their paths.
func (d *moduleDep) closure(names []string) ([]string, error) {
	set := map[string]bool{}
	for _, name := range names {
		name = moduleName(name)
		files, ok := d.files[name]
		if !ok && !d.builtin[name] {
			return nil, fmt.Errorf("vm: module %s is neither in %s nor in modules.builtin", name, depFile)
		}
		for _, file := range files {
			set[file] = true
		}
	}
	return sortedKeys(set), nil
}

// under returns the names of the modules below a subdirectory of the module
// directory, or of all modules for a dot.
func (d *moduleDep) under(dir string) ([]string, error) {
	dir = path.Clean(dir)
	var names []string
	for name, files := range d.files {
		if dir == "." || strings.HasPrefix(files[0], dir+"/") {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("vm: there is no module below %s", dir)
	}
	slices.Sort(names)
	return names, nil
}

// moduleName is the kernel's name of a module file.
func moduleName(file string) string {
	name, _, _ := strings.Cut(path.Base(file), ".")
	return strings.ReplaceAll(name, "-", "_")
}

// addModules puts modules with their dependencies and all index files of the
// kernel into the image, at their places under /lib/modules. It does nothing if
// there are no names and directories.
func (m *image) addModules(k *Kernel, names, dirs []string) error {
	if len(names) == 0 && len(dirs) == 0 {
		return nil
	}
	if k.ModuleDir() == "" {
		return fmt.Errorf("vm: the kernel %s has no module directory to take %s from", k.Release, slices.Concat(names, dirs)[0])
	}
	dep, err := readModuleDep(k.ModuleDir())
	if err != nil {
		return err
	}
	names = slices.Clone(names)
	for _, dir := range dirs {
		below, err := dep.under(dir)
		if err != nil {
			return err
		}
		names = append(names, below...)
	}
	files, err := dep.closure(names)
	if err != nil {
		return err
	}
	indexes, err := filepath.Glob(filepath.Join(k.ModuleDir(), "modules.*"))
	if err != nil {
		return err
	}
	for _, index := range indexes {
		files = append(files, filepath.Base(index))
	}
	return m.addModuleFiles(k, files)
}

// addModuleFiles adds files given by their paths in the module directory.
func (m *image) addModuleFiles(k *Kernel, files []string) error {
	for _, file := range files {
		f := File{
			Guest: path.Join("/lib/modules", k.Release, file),
			Host:  filepath.Join(k.ModuleDir(), filepath.FromSlash(file)),
		}
		if err := m.add(f); err != nil {
			return err
		}
	}
	return nil
}
