package main

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/gokmod/gokmod/kmod/live"
)

const lsmodUsage = `Usage:
	NAME [options]
Options:
	    --json        print JSON, one module a line
	-s, --syslog      print to syslog, not stderr
	-v, --verbose     enables more messages
	-V, --version     show version
	-h, --help        show this help
`

var lsmodOptions = []longOption{
	{"json", false, keyJSON},
	{"syslog", false, 's'},
	{"verbose", false, 'v'},
	{"version", false, 'V'},
	{"help", false, 'h'},
}

// lsmod is the tool of that name: it lists the modules in the kernel.
func (c *command) lsmod() int {
	asJSON, toSyslog := false, false
	opts := c.getopt("svVh", lsmodOptions, c.argv[1:])
	for key := opts.next(); key != optEnd; key = opts.next() {
		switch key {
		case keyJSON:
			asJSON = true
		case 's':
			toSyslog = true
		case 'v':
			c.verbosity++
		case 'V':
			return c.showVersion()
		case 'h':
			return c.showUsage(lsmodUsage)
		default:
			return failure
		}
	}
	if toSyslog {
		c.syslog = newSyslog()
	}
	if len(opts.rest) > 0 {
		c.say(levelError, "too many arguments provided.")
		return failure
	}
	return c.listLoaded(asJSON)
}

// listLoaded prints the modules in the kernel, the newest first.
func (c *command) listLoaded(asJSON bool) int {
	if _, err := fs.Stat(c.kernel.Proc(), "modules"); err != nil {
		c.say(levelError, "could not get list of modules: %s", reason(err))
		return failure
	}
	if !asJSON {
		c.stdout.WriteString("Module                  Size  Used by\n")
	}
	for m, err := range live.Loaded(c.kernel) {
		if err != nil {
			c.say(levelError, "could not get list of modules: %s", reason(err))
			return failure
		}
		c.orderHolders(&m)
		if asJSON {
			c.stdout.Write(jsonLine(newLoadedJSON(&m)))
			continue
		}
		c.showLoaded(&m)
	}
	return success
}

// noRefcount is what kmod prints as the reference count in a kernel that keeps
// none because it cannot unload modules.
const noRefcount = -2

// showLoaded prints a module in columns.
func (c *command) showLoaded(m *live.LoadedModule) {
	refcount := m.Refcount
	if refcount < 0 {
		refcount = noRefcount
	}
	fmt.Fprintf(c.stdout, "%-19s %8d  %d", m.Name, m.Size, refcount)
	if len(m.Holders) > 0 {
		c.stdout.WriteString(" " + strings.Join(m.Holders, ","))
	}
	c.stdout.WriteByte('\n')
}

// orderHolders puts the users of a module into the order that kmod shows, which
// is that of the directory /sys/module/NAME/holders. Those that are not in there
// come last.
func (c *command) orderHolders(m *live.LoadedModule) {
	if len(m.Holders) < 2 {
		return
	}
	dir, err := c.kernel.Sys().Open("module/" + m.Name + "/holders")
	if err != nil {
		return
	}
	defer dir.Close()
	list, ok := dir.(fs.ReadDirFile)
	if !ok {
		return
	}
	entries, _ := list.ReadDir(2 * len(m.Holders)) // any more are not users
	place := map[string]int{}
	for i, e := range entries {
		place[e.Name()] = i - len(entries)
	}
	slices.SortStableFunc(m.Holders, func(a, b string) int { return place[a] - place[b] })
}
