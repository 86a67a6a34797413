package modconf

import (
	"fmt"
	"path"
	"strings"

	"github.com/gokmod/gokmod/internal/ere"
)

// depmodReader collects a configuration of depmod.
type depmodReader struct {
	*reader
	config      *DepmodConfig
	seen        map[string]bool // entries of lists by kind and text
	entries     int
	expressions int
}

// errTooManyEntries is the warning about a configuration that is too large.
const errTooManyEntries = "left out, because there are more than 65536 entries"

// add takes one statement of depmod.d. It reports false for a bad one.
func (d *depmodReader) add(keyword, rest string, at Origin) bool {
	switch keyword {
	case "search":
		return d.words(rest, at, d.addSearch)
	case "exclude":
		return d.words(rest, at, d.addExclude)
	case "override":
		module, rest := cutWord(rest)
		kernels, rest := cutWord(strings.TrimLeft(rest, " \t"))
		dir, _ := cutWord(rest)
		if dir == "" {
			return false
		}
		d.addOverride(module, kernels, dir, at)
	case "external":
		kernels, rest := cutWord(rest)
		if !d.knowsKernels(kernels, at) {
			return kernels != "" && strings.Trim(rest, " \t") != ""
		}
		return d.words(rest, at, func(dir string, at Origin) { d.addExternal(kernels, dir, at) })
	case "make_map_files": // without effect, since the files in question no longer exist
	default:
		return false
	}
	return true
}

// words calls add for each word of a list, and reports false if there is none.
func (d *depmodReader) words(rest string, at Origin, add func(word string, at Origin)) bool {
	word, rest := cutWord(rest)
	if word == "" {
		return false
	}
	for ; word != ""; word, rest = cutWord(rest) {
		add(word, at)
	}
	return true
}

// isNew reports whether an entry is new and within the limit. The parts of its
// key identify it.
func (d *depmodReader) isNew(at Origin, key ...string) bool {
	joined := strings.Join(key, "\x00")
	if d.seen[joined] {
		return false
	}
	if d.entries++; d.entries > MaxEntries {
		d.warn(at, errTooManyEntries)
		return false
	}
	d.seen[joined] = true
	return true
}

func (d *depmodReader) addSearch(dir string, at Origin) {
	if !d.isNew(at, "search", dir) {
		return
	}
	d.checkDir(dir, at)
	d.config.Search = append(d.config.Search, SearchEntry{dir, at})
}

func (d *depmodReader) addExclude(name string, at Origin) {
	if !d.isNew(at, "exclude", name) {
		return
	}
	if strings.Contains(name, "/") || name == "." || name == ".." {
		d.warn(at, "'"+printable(name)+"' has no effect: only single names can be excluded")
	}
	d.config.Excludes = append(d.config.Excludes, Exclude{name, at})
}

// addOverride takes every line, since the last one that applies wins.
func (d *depmodReader) addOverride(module, kernels, dir string, at Origin) {
	if !d.knowsKernels(kernels, at) {
		return
	}
	if d.entries++; d.entries > MaxEntries {
		d.warn(at, errTooManyEntries)
		return
	}
	d.checkDir(dir, at)
	d.config.Overrides = append(d.config.Overrides, Override{module, Kernels(kernels), dir, at})
}

func (d *depmodReader) addExternal(kernels, dir string, at Origin) {
	if !d.isNew(at, "external", kernels, dir) {
		return
	}
	if !path.IsAbs(dir) {
		d.warn(at, "ignoring the external directory '"+printable(dir)+"', which is not an absolute path")
		return
	}
	d.config.Externals = append(d.config.Externals, External{Kernels(kernels), dir, at})
}

// checkDir warns of a directory that cannot match any module, since paths are
// compared as they are written.
func (d *depmodReader) checkDir(dir string, at Origin) {
	if rooted := "/" + dir; path.Clean(rooted) != rooted {
		d.warn(at, "'"+printable(dir)+"' has no effect: it must be a directory relative to the module directory")
	}
}

// knowsKernels checks the second word of a line, and warns of a bad one.
func (d *depmodReader) knowsKernels(expr string, at Origin) bool {
	if expr == "" {
		return false
	}
	if expr == "*" || d.seen["kernels\x00"+expr] {
		return true
	}
	if _, err := ere.Parse(expr); err != nil {
		d.warn(at, "ignoring the bad kernel version '"+printable(expr)+"': "+err.Error())
		return false
	}
	if d.expressions++; d.expressions > maxExpressions {
		d.warn(at, fmt.Sprintf("ignored, because there are more than %d expressions for kernel versions", maxExpressions))
		return false
	}
	d.seen["kernels\x00"+expr] = true
	return true
}
