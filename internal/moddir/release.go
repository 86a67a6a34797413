package moddir

import (
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/gokmod/gokmod/internal/openfile"
	"github.com/gokmod/gokmod/internal/tree"
)

// All is the directory that has the module directories of all releases.
const All = "lib/modules"

// Top is the directory of a tree that has the module directories of its releases.
func Top(t *tree.Tree) string { return Merged(t, All) }

// maxEntries bounds the entries that are read of a directory with module directories.
const maxEntries = 1 << 16

// Releases are the names of the directories in top, those of links to directories
// included: at most that many, the first ones when sorted. The error does not name top.
func Releases(t *tree.Tree, top string, most int) ([]string, error) {
	entries, err := openfile.ReadDir(t.FS, top, maxEntries)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	var names []string
	for _, e := range entries {
		if len(names) >= most {
			break
		}
		if e.IsDir() || e.Type() == fs.ModeSymlink && t.IsDir(path.Join(top, e.Name())) {
			names = append(names, e.Name())
		}
	}
	return names, nil
}
