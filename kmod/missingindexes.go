package kmod

import (
	"errors"
	"io/fs"
	"path"
	"strings"

	"github.com/gokmod/gokmod/internal/moddir"
	"github.com/gokmod/gokmod/internal/plain"
	"github.com/gokmod/gokmod/internal/reason"
)

// require returns an error that wraps ErrNoModuleDir or ErrNoIndexes when one of the
// given indexes that depmod always makes does not exist. Without it, a caller would
// take a missing index for the answer that there is nothing.
func (db *DB) require(indexes ...*lazyIndex) error {
	var missing []*lazyIndex
	for _, l := range indexes {
		if l.optional {
			continue
		}
		if _, absent := l.state(); absent {
			missing = append(missing, l)
		}
	}
	if missing == nil {
		return nil
	}
	return db.absence(fileNames(missing...))
}

// fileNames names index files, and the text files that could take their places.
func fileNames(indexes ...*lazyIndex) string {
	var files, texts []string
	for _, l := range indexes {
		files, texts = append(files, l.name), append(texts, l.text.name)
	}
	return strings.Join(files, " and ") + ", nor " + strings.Join(texts, " and ")
}

// absence says in one sentence why index files are missing.
func (db *DB) absence(names string) error {
	if db.indexes.Tree != db.tree {
		return reason.New("the indexes that were given for "+db.Dir()+" have no "+names, ErrNoIndexes)
	}
	if _, err := fs.Stat(db.tree.FS, db.dir); errors.Is(err, fs.ErrNotExist) {
		return reason.New("there is no module directory "+db.Dir()+db.releasesText(), ErrNoModuleDir)
	}
	for _, l := range []*lazyIndex{&db.deps, &db.aliases, &db.symbols} {
		if _, absent := l.state(); !absent {
			return reason.New(db.Dir()+" has no "+names+"; run depmod", ErrNoIndexes)
		}
	}
	return reason.New(db.Dir()+" has no module indexes (no "+names+"); run depmod", ErrNoIndexes)
}

// maxReleases bounds the releases that an error names.
const maxReleases = 8

// releasesText is the part of a sentence that names the releases that have a module
// directory.
func (db *DB) releasesText() string {
	dir := path.Dir(db.dir)
	if path.Base(dir) != "modules" {
		return "" // a directory that the caller chose; its siblings may be anything
	}
	if dir == moddir.All {
		dir = moddir.Top(db.tree)
	}
	names, err := moddir.Releases(db.tree, dir, maxReleases+1)
	switch shown := db.tree.Show(dir); {
	case errors.Is(err, fs.ErrNotExist):
		return ", nor " + shown
	case err != nil:
		return "" // nothing is known about others
	case len(names) == 0:
		return "; " + shown + " has none"
	case len(names) == 1:
		return "; " + shown + " has " + plain.Name(names[0])
	case len(names) > maxReleases:
		return "; " + shown + " has " + plain.Names(names[:maxReleases], ", ") + " and others"
	default:
		last := len(names) - 1
		return "; " + shown + " has " + plain.Names(names[:last], ", ") + " and " + plain.Name(names[last])
	}
}
