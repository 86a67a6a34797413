package main

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
	"syscall"

	"github.com/gokmod/gokmod/depmod"
	"github.com/gokmod/gokmod/internal/tree"
	"github.com/gokmod/gokmod/kmod"
)

// indexer is a call of depmod.
type indexer struct {
	c       *command
	release string
	files   []string // the only modules, nil for all

	root, outRoot, moduleDir string
	configs                  configPlaces
	systemMap, symvers       string
	image                    string // of the kernel
	versions                 bool   // of the kernel's symbols are known
	cache                    string
	prefix                   byte // of symbols
	all, quick               bool
	checkSymbols             bool
	dryRun                   bool
	warn                     bool
	json                     bool
}

// depmod is the tool of that name: it makes the index files of a module
// directory.
func (c *command) depmod() int {
	c.spendFor(0)
	d := &indexer{c: c, moduleDir: "/lib/modules"}
	opts := c.getopt("aAb:m:o:C:E:F:evnP:wurqVh", depmodOptions, c.argv[1:])
	for key := opts.next(); key != optEnd; key = opts.next() {
		switch key {
		case 'V':
			return c.showVersion()
		case 'h':
			return c.showUsage(depmodUsage)
		}
		if !d.set(key, opts.value) {
			return failure
		}
	}
	if !d.arguments(opts.rest) {
		return failure
	}
	cfg := d.config()
	if d.quick && d.upToDate(cfg) {
		return success
	}
	if !d.loadKernel(cfg) || !d.checkFiles(cfg) {
		return failure
	}
	return d.run(cfg)
}

// isKernelVersion reports whether a word begins like a kernel release, with two
// numbers, and could be the name of a directory. A regular expression would
// take time at every start of any of the tools.
func isKernelVersion(word string) bool {
	major, rest, dot := strings.Cut(word, ".")
	minor := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
	return dot && major != "" && strings.Trim(major, "0123456789") == "" && minor > 0 && !strings.ContainsAny(rest, "/\x00")
}

// arguments takes the kernel release and the files.
func (d *indexer) arguments(args []string) bool {
	if len(args) == 0 {
		release, err := kmod.RunningRelease()
		if err != nil {
			d.c.say(levelFatal, "could not find the release of the running kernel: %s", reason(err))
			return false
		}
		d.release = release
		return true
	}
	d.release = releaseName(args[0])
	if !strings.HasPrefix(args[0], d.release) || !isKernelVersion(d.release) {
		d.c.say(levelError, "Bad version passed %s", args[0])
		return false
	}
	if len(args) > 1 && !d.all && !d.quick { // both are about all modules
		d.files = args[1:]
	}
	return true
}

// config says what to scan.
func (d *indexer) config() *depmod.Config {
	cfg := &depmod.Config{
		Release: d.release, ModuleDir: d.belowRoot(), SymbolPrefix: d.prefix,
		ConfigRoot: d.c.config.ConfigRoot, ConfigDirs: d.c.config.ConfigDirs,
		NoConfig: d.files != nil, // it decides between modules, which are given
		Files:    d.files, Cache: d.cache, Progress: d.progress(),
	}
	if d.configs.dirs != nil {
		cfg.ConfigDirs = d.configs.dirs
		for _, f := range d.configs.files {
			cfg.ConfigFiles = append(cfg.ConfigFiles, depmod.ConfigFile(f))
		}
	}
	switch {
	case d.root == "" || d.root == "/":
	case d.files != nil: // which may be outside the root
		d.place(cfg)
	default:
		cfg.Root, cfg.HostLinks = d.base(d.root), true
	}
	return cfg
}

// progress returns what is called while modules are read.
func (d *indexer) progress() func(done, total int) {
	bar, known := newProgressBar(d.c.stderr), false
	return func(done, total int) {
		if !known {
			d.c.spendFor(total)
		}
		known = true
		bar.show(done, total)
	}
}

// belowRoot is the module directory as a path below a root.
func (d *indexer) belowRoot() string { return d.moduleDir + "/" + d.release }

// place resolves links below the root to the module directory and the files in
// it: the machine itself would resolve them differently.
func (d *indexer) place(cfg *depmod.Config) {
	dir := d.dir(d.root)
	cfg.ModuleDir, cfg.Files = dir, slices.Clone(d.files)
	t, err := tree.Open(d.c.path(d.root), true)
	if err != nil {
		return // the scan will report why
	}
	defer t.Close()
	if name, ok := tree.Below(d.belowRoot()); ok {
		if real, err := t.Real(name); err == nil {
			cfg.ModuleDir = real
		}
	}
	for i, file := range cfg.Files {
		if rest, ok := strings.CutPrefix(file, dir+"/"); ok {
			cfg.Files[i] = cfg.ModuleDir + "/" + rest
		}
	}
}

// base makes a root absolute. A final slash stays, as in the paths that kmod
// makes of it.
func (d *indexer) base(root string) string {
	base := d.c.path(root)
	if strings.HasSuffix(root, "/") {
		base += "/"
	}
	return base
}

// dir returns the name of the module directory below a root in messages.
func (d *indexer) dir(root string) string {
	if root == "/" {
		root = ""
	}
	if root != "" {
		root = d.c.path(root)
	}
	if d.moduleDir != "" && d.moduleDir[0] != '/' {
		root += "/"
	}
	return root + d.moduleDir + "/" + d.release
}

// checkFiles checks the files to index.
func (d *indexer) checkFiles(cfg *depmod.Config) bool {
	for i, name := range d.files {
		if !strings.HasPrefix(name, "/") {
			d.c.say(levelFatal, "%s: not absolute path.", name)
			return false
		}
		if _, err := os.Stat(cfg.Files[i]); err != nil {
			d.c.say(levelFatal, "could not create module %s: %s", name, reason(err))
			return false
		}
	}
	return true
}

// run makes the index files.
func (d *indexer) run(cfg *depmod.Config) int {
	index, err := depmod.Scan(context.Background(), cfg)
	cycle, none := (*depmod.CycleError)(nil), (*depmod.NoModulesError)(nil)
	switch {
	case errors.As(err, &cycle):
		d.report(cycle.Index)
		d.reportCycles(cycle)
		return failure
	case errors.As(err, &none):
		d.report(none.Index)
		d.reportNone(none)
		return failure
	case err != nil:
		d.reportEnd(err)
		return failure
	}
	if d.twice(index) {
		return failure
	}
	d.report(index)
	if d.dryRun {
		return d.show(index)
	}
	return d.write(index)
}

// twice reports whether two of the files to index are the same module, and
// complains.
func (d *indexer) twice(index *depmod.Index) bool {
	if d.files == nil || len(index.Report.Replaced) == 0 {
		return false
	}
	d.c.say(levelFatal, "could not add module %s: %s", d.file(index, index.Report.Replaced[0].Path), reason(syscall.EEXIST))
	return true
}

// upToDate reports whether there is nothing to do. Errors that keep it from
// finding out recur in the scan.
func (d *indexer) upToDate(cfg *depmod.Config) bool {
	ctx := context.Background()
	var fresh bool
	var err error
	root := d.root
	if d.outRoot != "" {
		root = d.outRoot
		fresh, err = depmod.UpToDateAt(ctx, cfg, d.c.path(root), d.belowRoot())
	} else {
		fresh, err = depmod.UpToDate(ctx, cfg)
	}
	if err != nil {
		return false
	}
	if err := d.missing(root, "modules.dep"); err != nil {
		d.c.say(levelError, "could not fstatat(%s, modules.dep): %s", d.dir(root), reason(err))
	}
	return fresh
}

// missing is the error for a missing file of the module directory below a root.
func (d *indexer) missing(root, name string) error {
	t, err := tree.Open(d.c.path(cmp.Or(root, "/")), true)
	if err != nil {
		return err
	}
	defer t.Close()
	below, _ := tree.Below(d.belowRoot() + "/" + name)
	_, err = fs.Stat(t.FS, below)
	return err
}

// shown are the files that a dry run prints.
var shown = []string{"modules.dep", "modules.alias", "modules.softdep", "modules.weakdep", "modules.symbols", "modules.devname"}

// show prints the text files.
func (d *indexer) show(index *depmod.Index) int {
	files, err := index.Files()
	if err != nil {
		d.c.say(levelError, "%s", err)
		return failure
	}
	if d.json {
		return d.status(index)
	}
	texts := map[string][]byte{}
	for _, f := range files {
		texts[f.Name] = f.Data
	}
	for _, name := range shown {
		d.c.stdout.Write(texts[name])
	}
	return d.status(index)
}

// write writes the files.
func (d *indexer) write(index *depmod.Index) int {
	var err error
	switch {
	case d.outRoot != "":
		err = index.WriteTo(d.c.path(d.outRoot), d.belowRoot(), nil)
	case d.root != "" && d.files != nil: // the scan had another root
		err = index.WriteTo(d.c.path(d.root), d.belowRoot(), nil)
	default:
		err = index.Write(nil)
	}
	if err != nil {
		d.c.say(levelFatal, "could not write the indexes: %s", err)
		return failure
	}
	d.reportWritten(index)
	return d.status(index)
}

// status ends the tool: it has failed if something that exists is left out.
func (d *indexer) status(index *depmod.Index) int {
	d.reportDevices(index)
	if d.json {
		d.c.stdout.Write(jsonLine(newIndexJSON(index)))
	}
	if index.Report.Unlisted.Unreadable > 0 || slices.ContainsFunc(index.Report.Unreadable, d.leavesOut) {
		return failure
	}
	return success
}

// leavesOut reports whether the index lacks something that exists, or was requested.
// Dangling links, as of a driver that was removed, and links back to a directory
// above do not count.
func (d *indexer) leavesOut(e depmod.FileError) bool {
	return d.files != nil || !errors.Is(e.Err, fs.ErrNotExist) && !errors.Is(e.Err, depmod.ErrLoop)
}
