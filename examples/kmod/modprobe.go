package main

import (
	"strconv"
	"time"

	"github.com/gokmod/gokmod/internal/sys"
	"github.com/gokmod/gokmod/kmod"
)

const modprobeUsage = `Usage:
	NAME [options] modulename
	NAME [options] -a modulename [modulename...]
	NAME [options] -r modulename
	NAME [options] -r -a modulename [modulename...]
	NAME [options] --dump-modversions filename
Management Options:
	-a, --all                   Consider every non-argument to
	                            be a module name to be inserted
	                            or removed (-r)
	-r, --remove                Remove modules instead of inserting
	    --remove-dependencies   Deprecated: use --remove-holders
	    --remove-holders        Also remove module holders (use together with -r)
	-w, --wait <MSEC>           When removing a module, wait up to MSEC for
	                            module's refcount to become 0 so it can be
	                            removed (use together with -r)
	    --first-time            Fail if module already inserted or removed
	-f, --force                 Force module insertion or removal.
	                            implies --force-modversions and
	                            --force-vermagic
	    --force-modversion      Ignore module's version
	    --force-vermagic        Ignore module's version magic

Query Options:
	-R, --resolve-alias         Only lookup and print alias and exit
	-D, --show-depends          Only print module dependencies and exit
	    --show-modversions      Dump module symbol version and exit
	    --dump-modversions      Same as --show-modversions
	    --show-exports          Only print module exported symbol versions and exit

General Options:
	-n, --dry-run               Do not execute operations, just print out
	-n, --show                  Same as --dry-run
	-C, --config=FILE           Use FILE instead of default search paths
	-d, --dirname=DIR           Use DIR as filesystem root for /lib/modules
	-S, --set-version=VERSION   Use VERSION instead of ` + "`uname -r`" + `
	-s, --syslog                print to syslog, not stderr
	-q, --quiet                 disable messages
	-v, --verbose               enables more messages
	-V, --version               show version
	-h, --help                  show this help
`

// Keys of options that have no short form.
const (
	keyRemoveHolders rune = iota + 2000
	keyFirstTime
	keyModversions
	keyExports
)

func modprobeOptions() []longOption {
	return []longOption{
		{"all", false, 'a'},
		{"remove", false, 'r'},
		{"remove-dependencies", false, keyRemoveHolders},
		{"remove-holders", false, keyRemoveHolders},
		{"wait", true, 'w'},
		{"resolve-alias", false, 'R'},
		{"use-blacklist", false, 'b'},
		{"ignore-install", false, 'i'},
		{"ignore-remove", false, 'i'},
		{"showconfig", false, 'c'},
		{"show-config", false, 'c'},
		{"first-time", false, keyFirstTime},
		{"force", false, 'f'},
		{"force-modversion", false, keyForceModversion},
		{"force-vermagic", false, keyForceVermagic},
		{"show-depends", false, 'D'},
		{"show-modversions", false, keyModversions},
		{"dump-modversions", false, keyModversions},
		{"show-exports", false, keyExports},
		{"dry-run", false, 'n'},
		{"show", false, 'n'},
		{"config", true, 'C'},
		{"dirname", true, 'd'},
		{"set-version", true, 'S'},
		{"syslog", false, 's'},
		{"quiet", false, 'q'},
		{"verbose", false, 'v'},
		{"version", false, 'V'},
		{"help", false, 'h'},
	}
}

// prober is what modprobe was asked to do.
type prober struct {
	c      *command
	db     *kmod.DB
	loader *kmod.Loader
	dir    string // the module directory, in messages
	plans  kmod.PlanOptions

	root, release string
	configs       []string // folders or files of configuration
	remove        bool
	all           bool // every argument is a module
	holders       bool // remove the users of a module too
	dryRun        bool
	firstTime     bool
	force         bool
	toSyslog      bool
	wait          time.Duration // for a module to become unused
	flags         kmod.InsertFlags
	query         rune // option that asks for something instead, 0 for none
}

// modprobe is the tool of that name.
func (c *command) modprobe() int {
	p := &prober{c: c}
	args := append(splitQuoted(c.getenv("MODPROBE_OPTIONS")), c.argv[1:]...)
	opts := c.getopt("arw:RibfDcnC:d:S:sqvVh", modprobeOptions(), args)
	for key := opts.next(); key != optEnd; key = opts.next() {
		switch key {
		case 'V':
			return c.showVersion()
		case 'h':
			return c.showUsage(modprobeUsage)
		}
		if !p.set(key, opts.value) {
			return failure
		}
	}
	if p.toSyslog {
		c.syslog = newSyslog()
	}
	if len(opts.rest) == 0 && p.query != 'c' {
		c.say(levelError, "missing parameters. See -h.")
		return failure
	}
	p.open()
	if p.db != nil {
		defer p.db.Close()
	}
	return p.run(opts.rest)
}

// set takes an option. It reports false when the tool cannot go on.
func (p *prober) set(key rune, value string) bool {
	switch key {
	case 'a':
		p.all = true
	case 'r':
		p.remove = true
	case 'w':
		return p.setWait(value)
	case keyRemoveHolders:
		p.holders = true
	case keyFirstTime:
		p.firstTime = true
	case 'f', keyForceModversion, keyForceVermagic:
		p.flags |= forceFlags(key)
		p.force = p.force || key == 'f'
	case 'R', 'D', 'c', keyModversions, keyExports:
		p.query = key
	case 'n':
		p.dryRun = true
	case 'C':
		p.configs = append(p.configs, p.c.path(value))
	case 'b':
		p.plans.UseBlacklist = true
	case 'i':
		p.plans.IgnoreCommands = true
	case 'd':
		p.root = value
	case 'S':
		p.release = value
	case 's':
		p.toSyslog = true
	case 'q':
		p.c.verbosity = levelSilent
	case 'v':
		p.c.verbosity++
	default:
		return false
	}
	return true
}

func (p *prober) setWait(value string) bool {
	ms, err := strconv.ParseInt(value, 0, 32)
	if err != nil {
		p.c.say(levelError, "unexpected wait value '%s'.", value)
		return false
	}
	p.wait = time.Duration(ms) * time.Millisecond
	return true
}

// open opens the indexes. Where it cannot, no module is found.
func (p *prober) open() {
	db, err := p.c.openDB(p.root, p.release, p.configs...)
	if err == nil {
		if p.query == 'c' || p.query == 0 && !p.dryRun {
			p.c.warnOfConfig(db)
		}
		p.db, p.dir = db, db.Dir()
	} else {
		release := p.release
		if release == "" {
			release, _ = sys.Release()
		}
		p.dir = p.c.moduleDir(p.root, release)
	}
	p.loader = kmod.NewLoader(p.db, &kmod.LoaderConfig{Kernel: p.kernel(), Parallel: 1})
}

// kernel is what to act on; in a dry run, one that only answers.
func (p *prober) kernel() kmod.Kernel {
	if p.dryRun {
		return dryKernel{p.c.kernel}
	}
	return p.c.kernel
}

// run does what was asked for with the arguments.
func (p *prober) run(args []string) int {
	switch {
	case p.query == 'c':
		return p.showConfig()
	case p.query == keyModversions:
		return p.showModversions(args[0])
	case p.query == keyExports:
		return p.showExports(args[0])
	case p.remove:
		return p.removeAll(args)
	case p.all:
		status := success
		for _, name := range args {
			status = max(status, p.probe(name, ""))
		}
		return status
	}
	return p.probe(args[0], joinParams(args[1:]))
}

// fatalLevel is how much it matters that nothing can be done about a module:
// with -a the tool goes on.
func (p *prober) fatalLevel() level {
	if p.all {
		return levelWarning
	}
	return levelFatal
}
