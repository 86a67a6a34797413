package main

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/gokmod/gokmod/internal/openfile"
	"github.com/gokmod/gokmod/internal/plain"
	"github.com/gokmod/gokmod/kmod"
)

const staticNodesUsage = `Usage:
	kmod NAME [options]

kmod NAME outputs the static-node information of the currently running kernel.

Options:
	-f, --format=FORMAT  choose format to use: see "Formats"
	-o, --output=FILE    write output to file
	-d, --dirname=DIR    use DIR as filesystem root for /lib/modules
	-S, --set-version=VERSION
	                     use VERSION instead of ` + "`uname -r`" + `
	-h, --help           show this help

Formats:
	human        (default) a human readable format. Do not parse.
	tmpfiles     the tmpfiles.d(5) format used by systemd-tmpfiles.
	devname      the modules.devname format.
`

var staticNodesOptions = []longOption{
	{"format", true, 'f'},
	{"output", true, 'o'},
	{"dirname", true, 'd'},
	{"set-version", true, 'S'},
	{"help", false, 'h'},
}

// nodeLister is a call of static-nodes.
type nodeLister struct {
	c             *command
	add           func(out *bufio.Writer, d *kmod.Devname) error
	output        *string // nil for stdout
	root, release string
	invalid, bad  tally // lines that are not entries, and entries that are left out
}

// staticNodes lists the device nodes that load a module when they are opened.
func (c *command) staticNodes() int {
	l := &nodeLister{c: c, add: addHuman}
	opts := c.getopt("f:o:d:S:h", staticNodesOptions, c.argv[1:])
	for key := opts.next(); key != optEnd; key = opts.next() {
		switch key {
		case 'f':
			if l.add = nodeFormat(opts.value); l.add == nil {
				c.complain("Unknown format: '" + opts.value + "'.\n")
				c.showUsage(staticNodesUsage)
				return failure
			}
		case 'o':
			value := opts.value
			l.output = &value
		case 'd':
			l.root = opts.value
		case 'S':
			l.release = releaseName(opts.value)
		case 'h':
			return c.showUsage(staticNodesUsage)
		default:
			return failure
		}
	}
	return l.list()
}

// nodeFormat returns what adds a node in the format of that name, nil for an unknown one.
func nodeFormat(name string) func(out *bufio.Writer, d *kmod.Devname) error {
	switch name {
	case "human":
		return addHuman
	case "tmpfiles":
		return addTmpfiles
	case "devname":
		return addDevname
	}
	return nil
}

// kindOf is the kind of device in a word. Its first letter is what the formats have.
func kindOf(d *kmod.Devname) string {
	if d.Block {
		return "block"
	}
	return "character"
}

// addHuman adds a node for people to read.
func addHuman(out *bufio.Writer, d *kmod.Devname) error {
	fmt.Fprintf(out, "Module: %s\n\tDevice node: /dev/%s\n\t\tType: %s device\n\t\tMajor: %d\n\t\tMinor: %d\n",
		d.Module, d.Name, kindOf(d), d.Major, d.Minor)
	return nil
}

// addDevname adds a node as modules.devname has it.
func addDevname(out *bufio.Writer, d *kmod.Devname) error {
	fmt.Fprintf(out, "%s %s %c%d:%d\n", d.Module, d.Name, kindOf(d)[0], d.Major, d.Minor)
	return nil
}

// errTmpfiles is about a name that systemd-tmpfiles would take for another.
var errTmpfiles = errors.New("the device's name has a character with a meaning in tmpfiles.d(5)")

// addTmpfiles adds a node for systemd-tmpfiles, after the directory that it is in.
func addTmpfiles(out *bufio.Writer, d *kmod.Devname) error {
	if strings.ContainsAny(d.Name, `%\"'`) {
		return fmt.Errorf("%s: devname entry %s: %w", d.Origin, plain.Quote(d.Text), errTmpfiles)
	}
	if dir := path.Dir(d.Name); dir != "." {
		fmt.Fprintf(out, "d /dev/%s 0755 - - -\n", dir)
	}
	fmt.Fprintf(out, "%c! /dev/%s 0600 - - - %d:%d\n", kindOf(d)[0], d.Name, d.Major, d.Minor)
	return nil
}

// list lists the nodes of the release.
func (l *nodeLister) list() int {
	db, err := l.c.openDB(l.root, l.release, configPlaces{})
	if err != nil {
		l.c.complain("Error: could not open the modules - " + reason(err) + "\n")
		return failure
	}
	defer db.Close()
	var out *outputFile
	for d, err := range db.Devnames() {
		if err != nil && !errors.Is(err, kmod.ErrCorrupt) {
			return l.unreadable(db, err)
		}
		if out = l.open(out); out == nil {
			return failure
		}
		if err == nil {
			err = l.add(out.Writer, &d)
		}
		l.report(&d, err)
	}
	if out = l.open(out); out == nil || !out.close() {
		return failure
	}
	return l.sum()
}

// open returns the place for the output, nil if there cannot be one. It is made once it
// is known that there is something to list.
func (l *nodeLister) open(out *outputFile) *outputFile {
	switch {
	case out != nil:
		return out
	case l.output == nil:
		return &outputFile{c: l.c, Writer: l.c.stdout}
	}
	return l.c.createOutput(*l.output)
}

// unreadable reports that the nodes cannot be read. Without the file, which kernels
// without such modules need not have, there is nothing to do.
func (l *nodeLister) unreadable(db *kmod.DB, err error) int {
	file := l.c.moduleDir(l.root, db.Release()) + "/modules.devname"
	if errors.Is(err, fs.ErrNotExist) {
		l.c.complain("Warning: " + file + " not found - ignoring\n")
		return success
	}
	l.c.complain("Error: could not open " + file + " - " + reason(openfile.Cause(err)) + "\n")
	return failure
}

// tally counts messages, of which not all are shown.
type tally int

// maxTold is how many messages of one kind are shown.
const maxTold = 1000

// next counts a message and reports whether it is to be shown.
func (n *tally) next() bool {
	*n++
	return *n <= maxTold
}

// maxEntry is how many bytes of a line are shown, as many as kmod reads of one at most.
const maxEntry = 4095

// report tells that a line is not an entry, or that the node must not be made.
func (l *nodeLister) report(d *kmod.Devname, err error) {
	text := d.Text[:min(len(d.Text), maxEntry)]
	switch {
	case err == nil:
	case errors.Is(err, errTmpfiles), errors.Is(err, kmod.ErrDevname):
		if l.bad.next() {
			l.c.complain("Warning: " + err.Error() + " - ignoring\n")
		}
	case l.invalid.next():
		l.c.complain("Error: invalid devname entry: " + text + "\n")
	}
}

// sum tells how many lines were not shown, and returns the exit status.
func (l *nodeLister) sum() int {
	if more := l.invalid - maxTold; more > 0 {
		l.c.complain(fmt.Sprintf("Error: %d more invalid devname entries\n", more))
	}
	if more := l.bad - maxTold; more > 0 {
		l.c.complain(fmt.Sprintf("Warning: %d more devname entries - ignoring\n", more))
	}
	if l.invalid > 0 {
		return failure
	}
	return success
}
