package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/gokmod/gokmod/internal/plain"
)

const linkUsage = `Usage:
	kmod NAME [options] DIRECTORY
Makes links to this program in DIRECTORY, by the names of the tools, and writes their
manual pages and their completions for shells.
Options:
	-f, --force             Also replace files and links that are not this
	                        program's
	-n, --dry-run           Only print what would be done
	-v, --verbose           Print what is done
	    --share=DIR         Put pages and completions below DIR; the default
	                        is DIRECTORY/../share
	    --man=DIR           Put manual pages below DIR, in DIR/man8
	    --bash=DIR          Put the completions for bash into DIR
	    --zsh=DIR           Put the completions for zsh into DIR
	    --fish=DIR          Put the completions for fish into DIR
	    --no-man            Write no manual pages
	    --no-completions    Write no completions
	-V, --version           Show version
	-h, --help              Show this help
`

// Keys of options that have no short form.
const (
	keyShare rune = iota + 5000
	keyMan
	keyBash
	keyZsh
	keyFish
	keyNoMan
	keyNoCompletions
)

var linkOptions = []longOption{
	{"force", false, 'f'},
	{"dry-run", false, 'n'},
	{"verbose", false, 'v'},
	{"share", true, keyShare},
	{"man", true, keyMan},
	{"bash", true, keyBash},
	{"zsh", true, keyZsh},
	{"fish", true, keyFish},
	{"no-man", false, keyNoMan},
	{"no-completions", false, keyNoCompletions},
	{"version", false, 'V'},
	{"help", false, 'h'},
}

// linker is a call of "kmod link".
type linker struct {
	c                      *command
	force, dryRun, verbose bool
	noPages, noCompletions bool
	share                  string
	man, bash, zsh, fish   string // "" for the places below share
	program                string // without links
	dir                    string // for the links, as the user named it
	outputs                []*output
	made                   []string // directories that did not exist, the outer ones first
}

// link installs this program under the names of the tools.
func (c *command) link() int {
	l := &linker{c: c}
	rest, status, ok := c.options("fnvVh", linkOptions, linkUsage, l.set)
	switch {
	case !ok:
		return status
	case len(rest) == 0:
		c.say(levelError, "missing directory.")
	case len(rest) > 1:
		c.say(levelError, "more than one directory is given.")
	case c.named(rest...):
		return l.install(c.path(rest[0]))
	}
	return failure
}

// set takes an option. It reports false if the tool cannot continue.
func (l *linker) set(key rune, value string) bool {
	switch key {
	case 'f':
		l.force = true
	case 'n':
		l.dryRun = true
	case 'v':
		l.verbose = true
	case keyNoMan:
		l.noPages = true
	case keyNoCompletions:
		l.noCompletions = true
	case keyShare:
		return l.place(&l.share, value)
	case keyMan:
		return l.place(&l.man, value)
	case keyBash:
		return l.place(&l.bash, value)
	case keyZsh:
		return l.place(&l.zsh, value)
	case keyFish:
		return l.place(&l.fish, value)
	default:
		return false
	}
	return true
}

// place takes the name of a directory.
func (l *linker) place(to *string, value string) bool {
	*to = filepath.Clean(l.c.path(value))
	return l.c.named(value)
}

// install makes the links in dir and writes the files: all of them, or none if one cannot
// be made.
func (l *linker) install(dir string) int {
	real, err := l.find(dir)
	if err == nil {
		err = l.plan(real)
	}
	if err != nil {
		return l.fail(err)
	}
	status := success
	for _, out := range l.outputs {
		if err := l.examine(out); err != nil {
			out.refused, status = true, l.fail(err)
		}
	}
	switch {
	case l.dryRun:
		l.print("would ")
		return status
	case status != success:
		return status
	}
	if err := l.write(); err != nil {
		return l.fail(err)
	}
	if l.verbose {
		l.print("")
	}
	return success
}

// find finds this program and the directory, and returns the latter without links.
func (l *linker) find(dir string) (real string, err error) {
	program, err := l.c.executable()
	if err != nil {
		return "", err
	}
	if l.program, err = filepath.EvalSymlinks(program); err != nil {
		return "", pathError("find this program,", program, err)
	}
	l.dir = strings.TrimRight(dir, "/")
	if real, err = filepath.EvalSymlinks(dir); err != nil {
		return "", pathError("find", dir, err)
	}
	if info, err := os.Stat(real); err == nil && !info.IsDir() {
		return "", pathError("use", dir, errNotDir)
	}
	return real, nil
}

// fail says what went wrong, and with which file.
func (l *linker) fail(err error) int {
	var at *os.PathError
	if errors.As(err, &at) {
		l.c.say(levelError, "could not %s %s: %s", at.Op, plain.Line(at.Path), reason(at.Err))
	} else {
		l.c.say(levelError, "%s", err)
	}
	return failure
}

// print prints what is done.
func (l *linker) print(would string) {
	for _, out := range l.outputs {
		switch {
		case out.done || out.refused:
		case out.target != "":
			l.c.printLine(would + "link " + plain.Line(out.path) + " -> " + plain.Line(out.target))
		default:
			l.c.printLine(would + "write " + plain.Line(out.path))
		}
	}
}
