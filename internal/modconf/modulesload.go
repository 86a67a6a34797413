package modconf

import (
	"io/fs"
	"strconv"
	"strings"
	"unicode"
)

// MaxListed is the largest number of modules in a [ModulesLoad].
const MaxListed = 1 << 16

// maxName is the length of the longest name of a listed module in bytes. No alias of an
// index is longer.
const maxName = 4096

// Listed is a module to load when the machine starts.
type Listed struct {
	Module string // name or alias, normalised
	Origin
}

// ModulesLoad is what the files of modules-load.d(5) and the kernel command line list.
type ModulesLoad struct {
	Modules  []Listed  // in order, each name where it comes first
	Warnings []Warning // at most MaxWarnings, and one saying that there were more

	// Err is a failure of the machine (see openfile.MachineFailed) that made part
	// of the files unreadable.
	Err *fs.PathError
}

// ModulesLoadSources says what [ReadModulesLoad] reads. The fields that [Sources] has too
// mean the same.
type ModulesLoadSources struct {
	FS          fs.FS
	Prefix      string
	Dirs        []string
	Cmdline     string
	CmdlineName string

	// Initramfs: words for an initramfs count too.
	Initramfs bool
}

// ModulesLoadDirs returns the directories of modules-load.d(5), highest precedence
// first, as names in a file system.
func ModulesLoadDirs() []string {
	return []string{"etc/modules-load.d", "run/modules-load.d", "usr/local/lib/modules-load.d",
		"usr/lib/modules-load.d", "lib/modules-load.d"}
}

// ReadModulesLoad reads which modules are to be loaded when the machine starts. Its
// warnings tell what is wrong with the files, and Err tells if the machine is at fault;
// the result is never nil.
func ReadModulesLoad(s ModulesLoadSources) *ModulesLoad {
	r := newReader(&Sources{FS: s.FS, Prefix: s.Prefix, Dirs: s.Dirs, Cmdline: s.Cmdline, CmdlineName: s.CmdlineName})
	l := listReader{reader: r, initramfs: s.Initramfs, list: &ModulesLoad{}, seen: map[string]bool{}}
	r.file, r.argument = l.readLines, l.readArgument
	r.readCmdline()
	r.readFiles()
	l.list.Warnings, l.list.Err = r.config.Warnings, r.config.Err
	return l.list
}

// listReader collects a list of modules.
type listReader struct {
	*reader
	initramfs bool
	list      *ModulesLoad
	seen      map[string]bool // by name
	full      bool
}

// readLines reads a file.
func (l *listReader) readLines(file, text string) {
	at := Origin{File: file}
	for line := range strings.SplitSeq(text, "\n") {
		at.Line++
		line = strings.Trim(line, " \t\v\f\r")
		if line != "" && line[0] != '#' && line[0] != ';' {
			l.add(line, at)
		}
	}
}

// readArgument takes modules_load=A,B and in an initramfs rd.modules_load=A,B.
func (l *listReader) readArgument(arg string, at Origin) {
	key, value, _ := cutValue(arg)
	if key == "modules_load" || key == "rd.modules_load" && l.initramfs {
		for name := range listedNames(value) {
			l.add(name, at)
		}
	}
}

// add takes a name.
func (l *listReader) add(name string, at Origin) {
	if why := wrongName(name); why != "" {
		if len(l.config.Warnings) <= MaxWarnings { // a file that is not a list has millions
			l.warn(at, "ignoring '"+printable(name)+"', "+why)
		}
		return
	}
	module, ok := l.moduleName(name, at)
	if !ok || l.seen[module] {
		return
	}
	if len(l.list.Modules) == MaxListed {
		if !l.full {
			l.full = true
			l.warn(at, "this and further modules are left out, because there are more than "+strconv.Itoa(MaxListed))
		}
		return
	}
	l.seen[module] = true
	l.list.Modules = append(l.list.Modules, Listed{module, at})
}

// wrongName says why a word cannot be the name of a module, "" if it can.
func wrongName(name string) string {
	switch {
	case len(name) > maxName:
		return "which is longer than any name of a module"
	case strings.ContainsAny(name, " \t"):
		return "since a line names one module"
	case strings.ContainsFunc(name, func(c rune) bool { return c == unicode.ReplacementChar || !unicode.IsPrint(c) }):
		return "which is not text"
	}
	return ""
}
