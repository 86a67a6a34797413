package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/gokmod/gokmod/internal/modname"
	"github.com/gokmod/gokmod/kmod"
)

const checkUsage = `Usage:
	kmod NAME [options] --symvers=FILE <filename|folder> ...
Says whether module files would load on a kernel that need not be here. Folders
are searched for modules. The files may use each other's symbols.
Options:
	    --symvers=FILE          Module.symvers of the kernel's build
	    --system-map=FILE       System.map of the kernel, where that is all there is
	-r, --release=RELEASE       The kernel's release; its module directory is
	                            looked at if it is here
	-d, --dirname=DIR           Use DIR as filesystem root for /lib/modules
	    --vermagic=VERMAGIC     The vermagic of the kernel's modules
	    --require-signature     The kernel takes signed modules only
	-v, --verbose               Print all findings, and modules that would load
	    --json                  Print JSON, an object for each module
	-V, --version               Show version
	-h, --help                  Show this help

The exit status is 0 when all would load, else 1.
`

func checkOptions() []longOption {
	return []longOption{
		{"symvers", true, keySymvers},
		{"system-map", true, keySystemMap},
		{"release", true, 'S'},
		{"dirname", true, 'd'},
		{"vermagic", true, keyVermagic},
		{"require-signature", false, keyRequireSignature},
		{"verbose", false, 'v'},
		{"json", false, keyJSON},
		{"version", false, 'V'},
		{"help", false, 'h'},
	}
}

// check says whether modules would load on a kernel.
func (c *command) check() int {
	d := &diagnoser{c: c}
	opts := c.getopt("r:d:vVh", checkOptions(), c.argv[1:])
	for key := opts.next(); key != optEnd; key = opts.next() {
		switch key {
		case 'V':
			return c.showVersion()
		case 'h':
			return c.showUsage(checkUsage)
		case 'r':
			d.release = opts.value
		default:
			if !d.set(key, opts.value) {
				return failure
			}
		}
	}
	switch {
	case d.symvers == "" && d.systemMap == "":
		c.say(levelError, "missing --symvers.")
	case len(opts.rest) == 0:
		c.say(levelError, "missing filename.")
	default:
		return d.checkAll(opts.rest)
	}
	return failure
}

// checkAll diagnoses the module files that arguments name, or that lie in the
// folders they name.
func (d *diagnoser) checkAll(args []string) int {
	status := success
	var paths []string
	for _, arg := range args {
		found, err := modulesBelow(d.c.path(arg))
		if err != nil {
			d.c.say(levelError, "%s", err)
			status = failure
		}
		paths = append(paths, found...)
	}
	if len(paths) == 0 {
		d.c.say(levelError, "there is no module.")
		return failure
	}
	var db *kmod.DB
	if d.release != "" {
		var err error
		d.c.config.NoConfig = true
		if db, err = d.c.openDB(d.root, d.release); err != nil {
			d.c.say(levelError, "could not open the modules: %s", err)
			return failure
		}
		defer db.Close()
	}
	d.opts.Together = paths
	made, err := d.make(db)
	if err != nil {
		d.c.say(levelError, "%s", err)
		return failure
	}
	return max(status, d.report(made, paths))
}

// modulesBelow returns the path of a file, or those of the modules in a folder
// in the order of their names. The folder may be a symbolic link.
func modulesBelow(path string) ([]string, error) {
	var found []string
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path += string(filepath.Separator)
	}
	err := filepath.WalkDir(path, func(name string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() && (name == path || modname.IsModuleFile(name)) {
			found = append(found, name)
		}
		return err
	})
	return found, err
}

// checked is what was found about one file.
type checked struct {
	path  string
	found *kmod.Diagnosis
	err   error
	done  chan struct{}
}

// aheadPerWorker bounds the diagnoses that are ready before their turn.
const aheadPerWorker = 64

// diagnoseFiles diagnoses files on all processors at once and hands the results
// over in order.
func diagnoseFiles(made *kmod.Diagnoser, paths []string, take func(*checked)) {
	workers := min(runtime.GOMAXPROCS(0), len(paths))
	todo, queue := make(chan *checked, workers), make(chan *checked, workers*aheadPerWorker)
	for range workers {
		go func() {
			for c := range todo {
				c.found, c.err = made.Diagnose(kmod.Request{Path: c.path})
				close(c.done)
			}
		}()
	}
	go func() {
		for _, path := range paths {
			c := &checked{path: path, done: make(chan struct{})}
			queue <- c
			todo <- c
		}
		close(todo)
		close(queue)
	}()
	for c := range queue {
		<-c.done
		take(c)
	}
}
