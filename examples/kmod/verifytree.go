package main

import (
	"errors"
	"io/fs"
	"os"
	"slices"

	"github.com/gokmod/gokmod/internal/modname"
)

// moduleFile is a file to verify, or a name that cannot be: err says why.
type moduleFile struct {
	path string
	err  error
}

var (
	errNoCerts   = errors.New("no certificates are given; see --cert and --kernel")
	errNoModules = errors.New("there are no modules in it")
	errLoop      = errors.New("the folder lies within itself")
)

// files lists what the arguments stand for: files as they are, and all modules
// below folders in the order of their names.
func (v *verifier) files(args []string) []moduleFile {
	var files []moduleFile
	for _, arg := range args {
		path := v.c.path(arg)
		info, err := os.Stat(path)
		if err != nil || !info.IsDir() {
			files = append(files, moduleFile{path, err})
			continue
		}
		found := appendFolder(nil, path, []fs.FileInfo{info})
		if len(found) == 0 {
			found = []moduleFile{{path, errNoModules}}
		}
		files = append(files, found...)
	}
	return files
}

// appendFolder adds the modules below a folder. Links are followed, as depmod
// does: what is behind them can be loaded too. above are the folder and those
// around it.
func appendFolder(files []moduleFile, dir string, above []fs.FileInfo) []moduleFile {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return append(files, moduleFile{dir, err})
	}
	for _, e := range entries {
		files = appendEntry(files, dir+"/"+e.Name(), e, above)
	}
	return files
}

func appendEntry(files []moduleFile, path string, e fs.DirEntry, above []fs.FileInfo) []moduleFile {
	isModule := modname.IsModuleFile(e.Name())
	isLink := e.Type()&fs.ModeSymlink != 0
	if isLink && (e.Name() == "build" || e.Name() == "source") {
		return files // the kernel's sources
	}
	if !e.IsDir() && !isLink {
		if isModule {
			files = append(files, moduleFile{path, nil})
		}
		return files
	}
	info, err := os.Stat(path)
	switch {
	case err != nil && isModule:
		return append(files, moduleFile{path, err})
	case err != nil:
		return files
	case !info.IsDir() && isModule:
		return append(files, moduleFile{path, nil})
	case !info.IsDir():
		return files
	case slices.ContainsFunc(above, func(other fs.FileInfo) bool { return os.SameFile(info, other) }):
		return append(files, moduleFile{path, errLoop})
	}
	return appendFolder(files, path, append(above[:len(above):len(above)], info))
}
