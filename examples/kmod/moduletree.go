package main

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/gokmod/gokmod/internal/openfile"
	"github.com/gokmod/gokmod/internal/plain"
	"github.com/gokmod/gokmod/modinfo"
)

// moduleFile is a file to examine, or a name without one: err says why.
type moduleFile struct {
	path string
	err  error
}

var (
	errNoModules = errors.New("it has no modules")
	errLoop      = errors.New("the directory contains itself")
	errLinks     = errors.New("too many names are behind symbolic links to directories")
)

// maxLinked bounds the names behind symbolic links to directories, as in depmod: a
// few links can make any number of paths.
const maxLinked = 1 << 17

// named reports whether no name is empty. An empty one, which a shell makes of
// an unset variable, would stand for the working directory.
func (c *command) named(names ...string) bool {
	if slices.Contains(names, "") {
		c.say(levelError, "the name of a file is empty.")
		return false
	}
	return true
}

// moduleFiles lists the files that arguments stand for: files as given, and all
// modules below directories in the order of their names. It reports false if the
// machine fails.
func (c *command) moduleFiles(args []string) ([]moduleFile, bool) {
	var files []moduleFile
	for _, arg := range args {
		path := tidy(c.path(arg))
		info, err := os.Stat(path)
		if err != nil || !info.IsDir() {
			files = append(files, moduleFile{path, err})
			continue
		}
		var w dirWalk
		w.dir(path, info)
		if len(w.files) == 0 {
			w.add(path, errNoModules)
		}
		files = append(files, w.files...)
	}
	for _, file := range files {
		if openfile.MachineFailed(file.err) {
			c.say(levelFatal, "could not read %s: %s", plain.Line(file.path), reason(file.err))
			return nil, false
		}
	}
	return files, true
}

// tidy removes the insignificant parts of a path, "." and repeated slashes.
// ".." stays: the element before it may be a link.
func tidy(path string) string {
	var parts []string
	for part := range strings.SplitSeq(path, "/") {
		if part != "" && part != "." {
			parts = append(parts, part)
		}
	}
	return "/" + strings.Join(parts, "/")
}

// dirWalk collects the modules below a directory. Links are followed, as in
// depmod: modules behind them can be loaded too.
type dirWalk struct {
	files  []moduleFile
	above  []fs.FileInfo // the directories from the top to the current one
	links  int           // how many of these are symbolic links
	linked int           // names in directories behind such links
}

func (w *dirWalk) add(path string, err error) { w.files = append(w.files, moduleFile{path, err}) }

func (w *dirWalk) dir(dir string, info fs.FileInfo) {
	entries, err := os.ReadDir(dir)
	if w.links > 0 {
		if w.linked += 1 + len(entries); w.linked > maxLinked {
			err = errLinks
		}
	}
	if err != nil {
		w.add(dir, err)
		return
	}
	w.above = append(w.above, info)
	dir = strings.TrimRight(dir, "/") + "/"
	for _, e := range entries {
		w.entry(dir+e.Name(), e)
	}
	w.above = w.above[:len(w.above)-1]
}

func (w *dirWalk) entry(path string, e fs.DirEntry) {
	isModule := modinfo.IsModuleFile(e.Name())
	isLink := e.Type()&fs.ModeSymlink != 0
	if isLink && (e.Name() == "build" || e.Name() == "source") {
		return // the kernel's sources
	}
	if !e.IsDir() && !isLink {
		if isModule {
			w.add(path, nil)
		}
		return
	}
	info, err := os.Stat(path)
	switch {
	case err != nil && (isModule || openfile.MachineFailed(err)):
		w.add(path, err)
	case err != nil:
	case !info.IsDir() && isModule:
		w.add(path, nil)
	case !info.IsDir():
	case slices.ContainsFunc(w.above, func(other fs.FileInfo) bool { return os.SameFile(info, other) }):
		w.add(path, errLoop)
	case isLink:
		w.links++
		w.dir(path, info)
		w.links--
	default:
		w.dir(path, info)
	}
}
