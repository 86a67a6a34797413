package main

import (
	"errors"
	"os"

	"github.com/gokmod/gokmod/modinfo"
)

const exportsUsage = `Usage:
	kmod NAME [options] <image>
Shows what a kernel exports to modules, as its image says: what boot loaders load,
such as /boot/vmlinuz-6.12.1, or a vmlinux.
Options:
	-i, --info              Show what the image says of the kernel instead: release,
	                        vermagic, build id, machine and certificates
	-s, --symvers           Print the Module.symvers of the kernel's build, with
	                        the lines of the kernel itself only
	-m, --modules=DIR       Add the lines of the modules in DIR, the kernel's
	                        module directory (use together with -s)
	    --system-map=FILE   System.map of the kernel, to find the exports by
	    --json              Print JSON: an object for the kernel, then one for
	                        each export unless there is -i
	-V, --version           Show version
	-h, --help              Show this help
`

var exportsOptions = []longOption{
	{"info", false, 'i'},
	{"symvers", false, 's'},
	{"modules", true, 'm'},
	{"system-map", true, keySystemMap},
	{"json", false, keyJSON},
	{"version", false, 'V'},
	{"help", false, 'h'},
}

// exporter is a call of "kmod exports".
type exporter struct {
	c                   *command
	name                string // of the image
	modules, systemMap  string
	info, symvers, json bool

	kernel *modinfo.Kernel
	list   []modinfo.Export
}

// exports shows what a kernel exports to modules.
func (c *command) exports() int {
	e := &exporter{c: c}
	rest, status, ok := c.options("ism:Vh", exportsOptions, exportsUsage, e.set)
	if !ok {
		return status
	}
	switch {
	case len(rest) == 0:
		c.say(levelError, "missing kernel image.")
	case len(rest) > 1:
		c.say(levelError, "too many arguments provided.")
	case e.symvers && (e.info || e.json):
		c.say(levelError, "--symvers goes together with neither --info nor --json.")
	case e.modules != "" && !e.symvers:
		c.say(levelError, "--modules goes together with --symvers only.")
	case c.named(rest...):
		e.name = rest[0]
		return e.run()
	}
	return failure
}

// set takes an option. It reports false if the tool cannot continue.
func (e *exporter) set(key rune, value string) bool {
	switch key {
	case 'i':
		e.info = true
	case 's':
		e.symvers = true
	case 'm':
		e.modules = value
		return e.c.named(value)
	case keySystemMap:
		e.systemMap = value
		return e.c.named(value)
	case keyJSON:
		e.json = true
	default:
		return false
	}
	return true
}

// run reads the image and prints what was requested.
func (e *exporter) run() int {
	kernel, err := e.c.openKernel(e.name, e.systemMap)
	if err != nil {
		e.c.say(levelError, "%s", err)
		return failure
	}
	defer kernel.Close()
	e.kernel = kernel
	if err := e.collect(); err != nil && !e.info { // which is about the rest
		e.c.say(levelError, "%s", err)
		if errors.Is(err, modinfo.ErrNoExports) && e.systemMap == "" {
			e.c.complain("If it can load modules, the System.map of its build says where they are; see --system-map.\n")
		}
		return failure
	}
	switch {
	case e.symvers:
		return e.printSymvers()
	case e.json:
		return e.printJSON()
	case e.info:
		return e.printInfo()
	}
	e.printTable()
	return success
}

// collect collects the exports.
func (e *exporter) collect() error {
	for export, err := range e.kernel.Exports() {
		if err != nil {
			return err
		}
		e.list = append(e.list, export)
	}
	return nil
}

// openKernel opens the image of a kernel. A System.map, "" for none, says where its exports
// are. One that is not the kernel's is not used, and a warning says so.
func (c *command) openKernel(name, systemMap string) (*modinfo.Kernel, error) {
	if systemMap == "" {
		return modinfo.OpenKernel(c.path(name), nil)
	}
	f, err := os.Open(c.path(systemMap))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	kernel, err := modinfo.OpenKernel(c.path(name), &modinfo.KernelConfig{SystemMap: f})
	if err != nil {
		return nil, err
	}
	for _, err = range kernel.Exports() {
		break
	}
	if !errors.Is(err, modinfo.ErrForeignMap) && !errors.Is(err, modinfo.ErrNoBounds) {
		return kernel, nil
	}
	kernel.Close()
	c.say(levelWarning, "%s is not used: %s.", systemMap, imageCause(err))
	return modinfo.OpenKernel(c.path(name), nil)
}
