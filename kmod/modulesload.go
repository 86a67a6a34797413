package kmod

import (
	"context"
	"errors"
	"io/fs"

	"github.com/gokmod/gokmod/internal/modconf"
	"github.com/gokmod/gokmod/internal/plain"
	"github.com/gokmod/gokmod/internal/tree"
)

// ReadModulesLoad returns the modules that are to be loaded when the machine starts, by
// their names or aliases, each with the line that lists it: first those of modules_load=
// on the kernel command line, then those in the files of modules-load.d(5). These are
// looked for, below ConfigRoot, in etc/modules-load.d, run/modules-load.d,
// usr/local/lib/modules-load.d, usr/lib/modules-load.d and lib/modules-load.d, where a
// file hides those of the same name in later directories, and read in the order of their
// names. [Loader.LoadListed] loads what they list.
//
// Of the configuration, Root, HostLinks, FS, ConfigRoot, NoConfig, Cmdline, NoCmdline and
// Initramfs count; nil means this machine. What is wrong in the files is never fatal: the
// warnings tell. The error is not nil if the root cannot be opened, descriptors or memory
// run out, or the disk fails.
func ReadModulesLoad(cfg *Config) (lines []ConfigLine, warnings []Warning, err error) {
	if cfg == nil {
		cfg = &Config{}
	}
	top, err := tree.Of(cfg.FS, cfg.Root, cfg.HostLinks)
	if err != nil {
		return nil, nil, err
	}
	defer top.Close()
	t, err := top.ForConfig(cfg.FS, cfg.Root, cfg.ConfigRoot, cfg.HostLinks)
	if err != nil {
		return nil, nil, err
	}
	defer t.Close()
	list := readListed(t, cfg)
	for _, m := range list.Modules {
		lines = append(lines, ConfigLine{Origin: Origin(m.Origin), Module: m.Module, Text: m.Module})
	}
	return lines, publicWarnings(list.Warnings), unreadable(list.Err)
}

// initrdRelease is the file by which an initramfs is known, see os-release(5).
const initrdRelease = "etc/initrd-release"

// readListed reads which modules are to be loaded when the machine starts.
func readListed(t *tree.Tree, cfg *Config) *modconf.ModulesLoad {
	if cfg.NoConfig {
		return &modconf.ModulesLoad{}
	}
	sources := modconf.ModulesLoadSources{
		FS: t.FS, Prefix: t.Prefix, Dirs: modconf.ModulesLoadDirs(), Initramfs: cfg.Initramfs,
	}
	if !sources.Initramfs {
		_, err := fs.Stat(t.FS, initrdRelease)
		sources.Initramfs = err == nil
	}
	var failed *fs.PathError
	if !cfg.NoCmdline {
		sources.Cmdline, sources.CmdlineName, failed = readCmdline(t, cfg)
	}
	list := modconf.ReadModulesLoad(sources)
	if list.Err == nil {
		list.Err = failed
	}
	return list
}

// LoadListed loads the modules that are to be loaded when the machine starts, as
// systemd-modules-load(8) does: those of [ReadModulesLoad], with the configuration of the
// Loader's DB, in one plan. The lists are read at each call. Blacklisted modules are left
// out, unless opts says to keep them. KeepGoing is always on.
//
// The result has a skipped step for each name that is unknown, and the warnings say which
// these are, besides what is wrong in the files. The error joins those of the listed
// modules that failed. Result and error are those of [Loader.Run] otherwise; the result is
// nil when there is no plan, as when modules are listed and the indexes do not exist
// (ErrNoModuleDir, ErrNoIndexes).
func (l *Loader) LoadListed(ctx context.Context, opts *LoadOptions) (*Result, []Warning, error) {
	if l.db == nil {
		return nil, nil, errNoDB
	}
	with := LoadOptions{}
	if opts != nil {
		with = *opts
	}
	with.Plan.UseBlacklist, with.Plan.SkipUnknown, with.Run.KeepGoing = true, true, true
	if _, _, err := l.db.deps.get(""); errors.Is(err, fs.ErrClosed) {
		return nil, nil, err // the files that list modules cannot be read any more
	}
	list := readListed(l.db.config, &l.db.cfg)
	warnings := publicWarnings(list.Warnings)
	if err := unreadable(list.Err); err != nil {
		return nil, warnings, err
	}
	requests := make([]Request, len(list.Modules))
	for i, m := range list.Modules {
		requests[i] = Request{Name: m.Module, Origin: publicOrigin(m.Origin)}
	}
	result, err := l.LoadRequests(ctx, &with, requests...)
	if result != nil {
		warnings = append(warnings, result.unknown()...)
	}
	return result, warnings, err
}

// unknown returns a warning for each line that asks for a module that does not exist.
func (r *Result) unknown() (list []Warning) {
	for i := range r.Steps {
		s := &r.Steps[i]
		if s.Outcome != OutcomeSkipped || s.Step.Skip.Kind != SkipMissing {
			continue
		}
		for _, why := range s.Step.Reasons {
			if why.Kind == ReasonRequested && why.Origin != nil {
				list = append(list, Warning{*why.Origin, "there is no module " + plain.Name(why.Of)})
			}
		}
	}
	return list
}
