package main

import (
	"context"
	"strings"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/live"
	"github.com/gokmod/gokmod/modinfo"
)

const rmmodUsage = `Usage:
	NAME [options] [list of modulenames]
Options:
	-f, --force       DANGEROUS: forces a module unload and may
	                  crash your machine
	-s, --syslog      print to syslog, not stderr
	-v, --verbose     enables more messages
	-V, --version     show version
	-h, --help        show this help
`

var rmmodOptions = []longOption{
	{"force", false, 'f'},
	{"syslog", false, 's'},
	{"verbose", false, 'v'},
	{"version", false, 'V'},
	{"help", false, 'h'},
}

// rmmod is the tool of that name: it removes single modules.
func (c *command) rmmod() int {
	var flags live.RemoveFlags
	toSyslog := false
	c.verbosity = levelError
	opts := c.getopt("fsvVh", rmmodOptions, c.argv[1:])
	for key := opts.next(); key != optEnd; key = opts.next() {
		switch key {
		case 'f':
			flags |= live.ForceRemove
		case 's':
			toSyslog = true
		case 'v':
			c.verbosity++
		case 'V':
			return c.showVersion()
		case 'h':
			return c.showUsage(rmmodUsage)
		default:
			return failure
		}
	}
	if toSyslog {
		c.syslog = newSyslog()
	}
	if len(opts.rest) == 0 {
		c.say(levelError, "missing module name.")
		return failure
	}
	loader := kmod.NewLoader(nil, &kmod.LoaderConfig{Kernel: c.kernel})
	status := success
	for _, arg := range opts.rest {
		status = max(status, c.rmmodOne(loader, c.kernelName(loader, arg), flags))
	}
	return status
}

// kernelName is the kernel's name of an argument's module; the argument may name
// a file whose module has another name.
func (c *command) kernelName(loader *kmod.Loader, arg string) string {
	name := modinfo.NameFromPath(arg)
	if _, err := loader.Live(name); err == nil {
		return name
	}
	if own := c.nameInFile(arg); own != "" {
		if _, err := loader.Live(own); err == nil {
			return own
		}
	}
	db, err := c.openDB("", "", configPlaces{})
	if err != nil {
		return name
	}
	defer db.Close()
	m, err := kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: c.kernel}).Live(name)
	if err != nil {
		return name
	}
	return m.Name
}

// nameInFile is the name of the module in a file, "" if the argument is not the
// path of one.
func (c *command) nameInFile(arg string) string {
	if !modinfo.IsModuleFile(arg) {
		return ""
	}
	f, err := modinfo.Open(c.path(arg), nil)
	if err != nil {
		return ""
	}
	defer f.Close()
	name, _ := f.ModuleName()
	return name
}

// rmmodOne removes one module. The kernel would refuse it in most of the cases
// that are looked at before, but could not say why.
func (c *command) rmmodOne(loader *kmod.Loader, name string, flags live.RemoveFlags) int {
	if flags&live.ForceRemove == 0 && !c.removable(loader, name) {
		return failure
	}
	if err := loader.Remove(context.Background(), name, flags); err != nil {
		c.say(levelError, "could not remove module %s: %s", name, removeReason(err))
		return failure
	}
	return success
}

// removable reports whether a module is loaded and unused, and complains if
// not.
func (c *command) removable(loader *kmod.Loader, name string) bool {
	m, loaded := loadedModule(loader, name)
	status := kmod.StatusLive
	if !loaded {
		status, _ = loader.Status(name)
	}
	switch {
	case status == kmod.StatusBuiltin:
		c.say(levelError, "Module %s is builtin.", name)
	case !loaded:
		c.say(levelError, "Module %s is not currently loaded", name)
	case len(m.Holders) > 0:
		c.orderHolders(&m)
		c.say(levelError, "Module %s is in use by: %s", name, strings.Join(m.Holders, " "))
	case m.Refcount < 0:
		c.say(levelError, "Module unloading is not supported")
	case m.Refcount > 0:
		c.say(levelError, "Module %s is in use", name)
	default:
		return true
	}
	return false
}

// loadedModule finds a module in the kernel.
func loadedModule(loader *kmod.Loader, name string) (live.LoadedModule, bool) {
	for m, err := range live.Loaded(loader.Kernel()) {
		if err == nil && m.Name == name {
			return m, true
		}
	}
	return live.LoadedModule{}, false
}
