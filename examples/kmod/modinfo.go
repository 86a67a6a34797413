package main

import (
	"sync"

	"github.com/gokmod/gokmod/kmod"
)

const modinfoUsage = `Usage:
	NAME [options] <modulename|filename> [args]
Options:
	-a, --author                Print only 'author'
	-d, --description           Print only 'description'
	-l, --license               Print only 'license'
	-p, --parameters            Print only 'parm'
	-n, --filename              Print only 'filename'
	-0, --null                  Use \0 instead of \n
	    --json                  Print everything as JSON, one module a line
	-m, --modname               Handle argument as module name instead of alias or filename
	-F, --field=FIELD           Print only provided FIELD
	-k, --set-version=VERSION   Use VERSION instead of ` + "`uname -r`" + `
	-b, --basedir=DIR           Use DIR as filesystem root for /lib/modules
	-V, --version               Show version
	-h, --help                  Show this help
`

// modinfoOptions are its long options.
var modinfoOptions = []longOption{
	{"author", false, 'a'},
	{"description", false, 'd'},
	{"license", false, 'l'},
	{"parameters", false, 'p'},
	{"filename", false, 'n'},
	{"null", false, '0'},
	{"json", false, keyJSON},
	{"modname", false, 'm'},
	{"field", true, 'F'},
	{"set-version", true, 'k'},
	{"basedir", true, 'b'},
	{"version", false, 'V'},
	{"help", false, 'h'},
}

// modinfo is the tool of that name.
func (c *command) modinfo() int {
	in := &inspector{c: c, separator: '\n'}
	var root, release string
	opts := c.getopt("adlpn0mF:k:b:Vh", modinfoOptions, c.argv[1:])
	for key := opts.next(); key != optEnd; key = opts.next() {
		switch key {
		case 'F':
			in.only, in.field = true, opts.value
		case '0':
			in.separator = 0
		case keyJSON:
			in.json = true
		case 'm':
			in.byName = true
		case 'k':
			release = releaseName(opts.value)
		case 'b':
			root = opts.value
		case 'V':
			return c.showVersion()
		case 'h':
			return c.showUsage(modinfoUsage)
		case optError:
			return failure
		default:
			in.only, in.field = true, fieldOf(key)
		}
	}
	if len(opts.rest) == 0 {
		c.say(levelError, "missing module or filename.")
		return failure
	}
	in.turns = newTurns(workersFor(len(opts.rest)))
	c.config.NoConfig = true
	var opened [2]*kmod.DB
	open := func(i int, limit int64) func() (*kmod.DB, error) {
		return sync.OnceValues(func() (db *kmod.DB, err error) {
			asked := *c
			asked.config.MaxModuleSize = limit
			opened[i], err = asked.openDB(root, release, configPlaces{})
			return opened[i], err
		})
	}
	in.db, in.largeDB = open(0, in.turns.share), open(1, 0)
	c.spendFor(0)
	c.path("") // determines the working directory before there are several goroutines
	status := in.inspectAll(opts.rest)
	for _, db := range opened {
		if db != nil {
			db.Close()
		}
	}
	return status
}

// fieldOf is the field that an option without a value stands for.
func fieldOf(key rune) string {
	switch key {
	case 'a':
		return "author"
	case 'd':
		return "description"
	case 'l':
		return "license"
	case 'p':
		return "parm"
	}
	return "filename"
}
