package main

import (
	"context"
	"errors"
	"os"
	"syscall"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/diagnose"
	"github.com/gokmod/gokmod/kmod/live"
)

const insmodUsage = `Usage:
	NAME [options] filename [module options]
Options:
	-f, --force       DANGEROUS: forces a module load, may cause
	                  data corruption and crash your machine
	                  implies --force-modversion and
	                  --force-vermagic
	    --force-modversion  Ignore module's version
	    --force-vermagic    Ignore module's version magic
	-s, --syslog      print to syslog, not stderr
	-v, --verbose     enables more messages
	-V, --version     show version
	-h, --help        show this help
`

var insmodOptions = []longOption{
	{"force", false, 'f'},
	{"force-modversion", false, keyForceModversion},
	{"force-vermagic", false, keyForceVermagic},
	{"syslog", false, 's'},
	{"verbose", false, 'v'},
	{"version", false, 'V'},
	{"help", false, 'h'},
}

// insmod is the tool of that name: it inserts one file.
func (c *command) insmod() int {
	var flags live.InsertFlags
	toSyslog := false
	c.verbosity = levelError
	opts := c.getopt("fpsvVh", insmodOptions, c.argv[1:])
	for key := opts.next(); key != optEnd; key = opts.next() {
		switch key {
		case 'f', keyForceModversion, keyForceVermagic:
			flags |= forceFlags(key)
		case 'p': // old option without effect
		case 's':
			toSyslog = true
		case 'v':
			c.verbosity++
		case 'V':
			return c.showVersion()
		case 'h':
			return c.showUsage(insmodUsage)
		default:
			return failure
		}
	}
	if toSyslog {
		c.syslog = newSyslog()
	}
	if len(opts.rest) == 0 {
		c.say(levelError, "missing filename.")
		return failure
	}
	return c.insert(opts.rest[0], joinParams(opts.rest[1:]), flags)
}

// insert inserts a file.
func (c *command) insert(name, params string, flags live.InsertFlags) int {
	if name == "-" {
		c.say(levelError, "this tool does not support loading from stdin!")
		return failure
	}
	info, err := os.Stat(c.path(name))
	if err != nil {
		c.say(levelError, "could not load module %s: %s", name, reason(err))
		return failure
	}
	if info.IsDir() {
		c.say(levelError, "could not insert module %s: %s", name, strerror(syscall.EISDIR))
		return failure
	}
	loader := kmod.NewLoader(nil, &kmod.LoaderConfig{Kernel: c.kernel, Explain: diagnose.Explainer()})
	if err := loader.Insert(context.Background(), c.path(name), params, flags); err != nil {
		c.say(levelError, "could not insert module %s: %s", name, insmodReason(err))
		c.hint(insmodHint(name, params))
		return failure
	}
	return success
}

// insmodHint are the arguments with which diagnose looks at a file that was not inserted.
func insmodHint(name, params string) []string {
	if params == "" {
		return []string{fileArgument(name)}
	}
	return []string{"-p", params, fileArgument(name)}
}

// insmodReason says what the kernel's error means for an insert, in insmod's
// words.
func insmodReason(err error) string {
	var insert *kmod.Error
	if !errors.As(err, &insert) || insert.Errno == 0 {
		return reason(err)
	}
	switch insert.Errno {
	case syscall.ENOEXEC:
		return "Invalid module format"
	case syscall.ENOENT:
		return "Unknown symbol in module"
	case syscall.ESRCH:
		return "Module has wrong symbol version"
	case syscall.EINVAL:
		return "Invalid parameters"
	}
	return strerror(insert.Errno)
}
