package kernels

import (
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/gokmod/gokmod/internal/modname"
)

// SetDirs are the parts of the module directory whose modules make up the set for the
// tests and measurements at scale: file systems, algorithms, and the modules of netfilter
// and traffic control.
func SetDirs() []string {
	return []string{"kernel/fs", "kernel/crypto", "kernel/net/netfilter", "kernel/net/sched"}
}

// Set returns the names of all modules in the SetDirs of a module directory, sorted.
func Set(moduleDir string) ([]string, error) { return SetIn(moduleDir, SetDirs()...) }

// SetIn is Set for the modules in other parts of the module directory.
func SetIn(moduleDir string, dirs ...string) ([]string, error) {
	var set []string
	for _, dir := range dirs {
		err := fs.WalkDir(os.DirFS(moduleDir), dir, func(name string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && strings.Contains(path.Base(name), ".ko") {
				set = append(set, modname.FromPath(name))
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	slices.Sort(set)
	return set, nil
}
