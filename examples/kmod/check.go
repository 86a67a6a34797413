package main

import (
	"fmt"

	"github.com/gokmod/gokmod/internal/openfile"
	"github.com/gokmod/gokmod/internal/plain"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/diagnose"
)

const checkUsage = `Usage:
	kmod NAME [options] --kernel=IMAGE <filename|directory> ...
	kmod NAME [options] --symvers=FILE <filename|directory> ...
	kmod NAME [options] --release=RELEASE <filename|directory> ...
Says whether module files would load on a kernel that need not be here. Directories
are searched for modules. The files may use each other's symbols.
Options:
	-k, --kernel=IMAGE          The kernel: what boot loaders load, or a vmlinux
	    --symvers=FILE          Module.symvers of the kernel's build
	    --system-map=FILE       System.map of the kernel, where that is all there is,
	                            or to find the symbols of the image by
	-r, --release=RELEASE       The kernel's release; its module directory is
	                            looked at if it is here, and so is what says what
	                            it exports: the Module.symvers of its headers, or
	                            its image in /boot
	-d, --dirname=DIR           Use DIR as filesystem root for /lib/modules
	                            (with the release of IMAGE unless -r names one)
	    --vermagic=VERMAGIC     The vermagic of the kernel's modules
	    --require-signature     The kernel takes signed modules only
	-v, --verbose               Print all findings, and modules that would load
	    --json                  Print JSON, an object for each module
	-V, --version               Show version
	-h, --help                  Show this help

The exit status is 0 when all would load, else 1.
`

var checkOptions = []longOption{
	{"kernel", true, 'k'},
	{"symvers", true, keySymvers},
	{"system-map", true, keySystemMap},
	{"release", true, 'r'},
	{"dirname", true, 'd'},
	{"vermagic", true, keyVermagic},
	{"require-signature", false, keyRequireSignature},
	{"verbose", false, 'v'},
	{"json", false, keyJSON},
	{"version", false, 'V'},
	{"help", false, 'h'},
}

// check says whether modules would load on a kernel.
func (c *command) check() int {
	d := &diagnoser{c: c}
	rest, status, ok := c.options("k:r:d:vVh", checkOptions, checkUsage, func(key rune, value string) bool {
		if key == 'r' {
			d.release = releaseName(value)
			return true
		}
		return d.set(key, value)
	})
	if !ok {
		return status
	}
	switch {
	case d.symvers == "" && d.systemMap == "" && d.image == "" && d.release == "":
		c.say(levelError, "missing --kernel, --symvers or --release.")
	case len(rest) == 0:
		c.say(levelError, "missing filename.")
	case c.named(rest...):
		return d.checkAll(rest)
	}
	return failure
}

// checkAll diagnoses the module files that arguments name, or that are in the
// directories they name.
func (d *diagnoser) checkAll(args []string) int {
	here := d.release != "" || d.root != ""
	if !d.openImage() {
		return failure
	}
	var db *kmod.DB
	if here && d.release != "" {
		var err error
		d.c.config.NoConfig = true
		if db, err = d.c.openDB(d.root, d.release, d.configs); err != nil {
			d.c.say(levelError, "could not open the modules: %s", err)
			return failure
		}
		defer db.Close()
		d.db = db
		if d.symvers == "" && d.systemMap == "" && d.image == "" {
			d.symvers = d.c.symversOf(d.root, db)
		}
	}
	files, ok := d.c.moduleFiles(args)
	if !ok {
		return failure
	}
	for _, file := range files {
		if file.err == nil {
			d.opts.Together = append(d.opts.Together, file.path)
		}
	}
	made, err := d.make(db)
	if err != nil {
		d.c.say(levelError, "%s", err)
		return failure
	}
	return d.report(made, files)
}

// checked is the result for one file.
type checked struct {
	path  string
	found *diagnose.Diagnosis
	err   error
}

// aheadDiagnoses bounds the diagnoses that are ready before their turn, for each
// processor.
const aheadDiagnoses = 64

// checkFile diagnoses one file.
func (d *diagnoser) checkFile(made *diagnose.Diagnoser, file moduleFile) *checked {
	c := &checked{path: file.path}
	if file.err != nil {
		c.err = fmt.Errorf("%s: %w", plain.Line(file.path), openfile.Cause(file.err))
	} else {
		c.found, c.err = d.ask(made, kmod.Request{Path: file.path})
	}
	return c
}
