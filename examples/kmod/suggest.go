package main

import (
	"errors"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"

	"github.com/gokmod/gokmod/internal/plain"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/modinfo"
)

// maxConsidered is how many names a search for similar ones considers, whatever the files
// of the tree claim to have. The largest distributions have a tenth of that.
const maxConsidered = 1 << 20

// suggest asks whether one of some names was meant, if there are any.
func (c *command) suggest(names []string) {
	if len(names) > 0 {
		c.complain("Did you mean " + alternatives(names) + "?\n")
	}
}

// alternatives joins names, each in quotes.
func alternatives(names []string) string {
	quoted := "'" + names[len(names)-1] + "'"
	if rest := names[:len(names)-1]; len(rest) > 0 {
		return "'" + strings.Join(rest, "', '") + "' or " + quoted
	}
	return quoted
}

// similarSubcommands returns the commands of kmod that a name may stand for.
func similarSubcommands(name string) []string {
	s := newSimilar(name)
	for _, command := range subcommands() {
		if command.kind != hidden {
			s.add(command.name, command.name)
		}
	}
	return s.found
}

// similarTo returns what an argument may stand for that is the name of neither a module nor
// a file: files beside the one that it names, or else modules and aliases. db may be nil.
func (c *command) similarTo(db *kmod.DB, arg string, err error) (names []string) {
	if !errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if isPath(arg) || modinfo.IsModuleFile(arg) {
		names = c.similarFiles(arg)
	}
	if names != nil || isPath(arg) || db == nil {
		return names
	}
	return similarModules(db, arg)
}

// similarModules returns the names of modules and aliases that a name, or the file of one,
// may stand for. Patterns are not considered, nor are the names of devices.
func similarModules(db *kmod.DB, name string) []string {
	s := newSimilar(stem(name))
	left := maxConsidered
	consider(s, &left, db.Modules(), func(m kmod.Module) string { return m.Name })
	consider(s, &left, db.Builtins(), func(m kmod.Module) string { return m.Name })
	consider(s, &left, db.Aliases(), func(a kmod.Alias) string {
		if strings.ContainsAny(a.Pattern, "*?[:") {
			return ""
		}
		return a.Pattern
	})
	return s.found
}

// consider adds names until there are no more, or none are left that may be considered. A
// tree without one of the indexes has the others.
func consider[T any](s *similar, left *int, all iter.Seq2[T, error], name func(T) string) {
	for entry, err := range all {
		if *left--; err != nil || *left < 0 {
			return
		}
		if text := name(entry); plain.Name(text) == text {
			s.add(text, text)
		}
	}
}

// similarFiles returns the names of module files and directories that the name of one may
// stand for, which are in the directory that it says. The end of a module file's name does
// not count, as it tells how the file is compressed.
func (c *command) similarFiles(arg string) []string {
	dir, base := filepath.Split(arg)
	f, err := os.Open(c.path(dir))
	if err != nil {
		return nil
	}
	defer f.Close()
	entries, _ := f.ReadDir(maxConsidered)
	s := newSimilar(stem(base))
	for _, e := range entries {
		name := e.Name()
		if plain.Name(name) == name && (e.IsDir() || modinfo.IsModuleFile(name)) {
			s.add(stem(name), dir+name)
		}
	}
	return s.found
}

// stem is a name without the end of a module file's.
func stem(name string) string {
	if modinfo.IsModuleFile(name) {
		return modinfo.NameFromPath(name)
	}
	return name
}

// similarModuleFiles returns the files of the modules that a name may stand for.
func similarModuleFiles(db *kmod.DB, name string) (files []string) {
	names := similarModules(db, name)
	if _, err := db.Module(name); err == nil {
		names = []string{name}
	}
	for _, name := range names {
		if m, err := db.Module(name); err == nil && m.Path != "" {
			files = append(files, plain.Line(m.Path))
		}
	}
	return files
}
