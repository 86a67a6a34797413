package main

import (
	"errors"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/live"
)

// prober is a call of modprobe.
type prober struct {
	c     *command
	db    *kmod.DB
	dir   string // the module directory, in messages
	plans kmod.PlanOptions

	root, release string
	configs       configPlaces
	remove        bool
	all           bool // every argument is a module
	holders       bool // remove the users of a module too
	dryRun        bool
	firstTime     bool
	force         bool
	toSyslog      bool
	json          bool
	suggest       bool          // ask what an unknown name was meant to be
	wait          time.Duration // for a module to become unused
	flags         live.InsertFlags
	query         rune   // option that asks for something instead, 0 for none
	exported      string // MODPROBE_OPTIONS for commands

	given   []string // options that diagnose has too, with their values
	arg     string   // the module at hand, as the user calls it
	refused []string // the modules that could not be loaded, called so
}

// modprobe is the tool of that name.
func (c *command) modprobe() int {
	p := &prober{c: c, exported: c.getenv(optionsVariable)}
	inherited := splitQuoted(p.exported)
	opts := c.getopt("arw:RibfDcnC:d:S:sqvVh", modprobeOptions, append(inherited, c.argv[1:]...))
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
		p.keep(key, opts.value)
		if len(opts.args) < len(c.argv)-1 {
			p.export(key, opts.value)
		}
	}
	if p.toSyslog {
		c.syslog = newSyslog()
	}
	if len(opts.rest) == 0 && p.query != 'c' {
		c.say(levelError, "missing parameters. See -h.")
		return failure
	}
	if p.json && (p.query != 'D' || p.remove) { // a request for JSON is not meant to change anything
		c.say(levelError, "--json goes together with --show-depends only.")
		return failure
	}
	p.open()
	if p.db != nil {
		defer p.db.Close()
	}
	status := p.run(opts.rest)
	p.hint(opts.rest)
	return status
}

// keep keeps an option that diagnose has too.
func (p *prober) keep(key rune, value string) {
	switch key {
	case 'C', 'd', 'S':
		p.given = append(p.given, "-"+string(key), value)
	case 'b':
		p.given = append(p.given, "-b")
	}
}

// hint tells how to find out why modules could not be loaded. A pipe of configuration that
// was read cannot be read again.
func (p *prober) hint(args []string) {
	if p.refused == nil || p.dryRun || p.configs.files != nil {
		return
	}
	words := p.given
	if params := joinParams(args[1:]); !p.all && params != "" {
		words = append(words, "-p", params)
	}
	if slices.ContainsFunc(p.refused, func(arg string) bool { return strings.HasPrefix(arg, "-") }) {
		words = append(words, "--")
	}
	p.c.hint(append(words, p.refused...))
}

// set takes an option. It reports false if the tool cannot continue.
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
	case keyJSON:
		p.json = true
	case 'n':
		p.dryRun = true
	case 'C':
		return p.configs.add(p.c, value)
	case 'b':
		p.plans.UseBlacklist = true
	case 'i':
		p.plans.IgnoreCommands = true
	case 'd':
		p.root = value
	case 'S':
		p.release = releaseName(value)
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
	ms, err := strconv.ParseInt(value, 0, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		p.c.say(levelError, "unexpected wait value '%s'.", value)
		return false
	}
	p.wait = time.Duration(min(max(ms, 0), math.MaxInt32)) * time.Millisecond
	return true
}

// open opens the indexes. If it cannot, no module is found.
func (p *prober) open() {
	db, err := p.c.openDB(p.root, p.release, p.configs)
	if err == nil {
		if p.query == 'c' || p.query == 0 && !p.dryRun {
			p.c.warnOfConfig(db)
		}
		p.db, p.dir = db, db.Dir()
	}
	if err != nil || !filepath.IsAbs(p.dir) {
		release := p.release
		if release == "" {
			release, _ = kmod.RunningRelease()
		}
		p.dir = p.c.moduleDir(p.root, release)
	}
}

// run does what was requested with the arguments.
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
	case p.query == 'D' && p.json:
		return p.showPlan(args)
	case p.all:
		return p.probeAll(args)
	}
	return p.probe(args[0], joinParams(args[1:]))
}

// fatalLevel is the severity of being unable to do anything about a module:
// with -a the tool continues.
func (p *prober) fatalLevel() level {
	if p.all {
		return levelWarning
	}
	return levelFatal
}
