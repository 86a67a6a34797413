package main

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"syscall"

	"github.com/gokmod/gokmod/depmod"
	"github.com/gokmod/gokmod/internal/openfile"
	"github.com/gokmod/gokmod/internal/plain"
	"github.com/gokmod/gokmod/modinfo"
)

// report prints the findings in the order in which kmod comes across them.
func (d *indexer) report(index *depmod.Index) {
	r := &index.Report
	for _, w := range r.Config {
		d.c.say(levelError, "%s:%d: %s", w.File, w.Line, w.Text)
	}
	for _, e := range r.Unreadable {
		if !d.opened(&e) {
			d.reportUnreadable(&e)
		}
	}
	for _, e := range r.Externals {
		d.c.say(levelError, "could not open directory %s: %s", plain.Line(e.Path), reason(e.Err))
	}
	d.reportMissing(r, false)
	for _, e := range r.Unreadable {
		if d.opened(&e) {
			d.reportUnreadable(&e)
		}
	}
	for _, e := range r.BadVersions {
		d.c.say(levelWarning, "could not read the symbol versions of %s: %s",
			plain.Line(e.Path), fileReason(e.Path, e.Err))
	}
	d.reportSymbols(index)
	for _, f := range r.BadFields {
		if errors.Is(f.Err, modinfo.ErrBracket) {
			d.c.say(levelWarning, "Unmatched bracket in %s", f.Value)
			continue
		}
		d.c.say(levelWarning, "left out the %s %q of %s: %s", f.Field, f.Value, f.Module, f.Err)
	}
	d.reportUnlisted(r)
}

// reportUnlisted tells how many more findings there are.
func (d *indexer) reportUnlisted(r *depmod.Report) {
	mismatched := 0
	if d.checkSymbols && d.versions {
		mismatched = r.Unlisted.Mismatched
	}
	for _, more := range []struct {
		level level
		count int
		what  string
	}{
		{levelError, r.Unlisted.Config, "lines of configuration that are ignored"},
		{levelError, r.Unlisted.Unreadable, "files and directories that cannot be read"},
		{levelError, r.Unlisted.Externals, "external directories that cannot be opened"},
		{levelWarning, r.Unlisted.BadVersions, "modules whose symbol versions cannot be read"},
		{levelWarning, r.Unlisted.Unresolved, "unknown symbols that modules need"},
		{levelWarning, mismatched, "symbols about whose version modules disagree"},
		{levelError, r.Unlisted.Devnames, "device nodes without numbers"},
		{levelWarning, r.Unlisted.BadFields, "aliases, dependencies and symbols that are left out"},
	} {
		if more.count > 0 {
			d.c.say(more.level, "and %d more %s", more.count, more.what)
		}
	}
}

// reportEnd tells why there is no index: the module directory cannot be read,
// or a file without which the index would be wrong.
func (d *indexer) reportEnd(err error) {
	if file := (*depmod.FileError)(nil); errors.Is(err, depmod.ErrBudget) && errors.As(err, &file) {
		d.c.say(levelFatal, "could not index %s: %s", plain.Line(file.Path), file.Err)
		return
	} else if errors.As(err, &file) {
		d.c.say(levelFatal, "could not read %s: %s", plain.Line(file.Path), reason(file.Err))
		return
	}
	dir := d.dir(d.root)
	if _, statErr := os.Stat(dir); statErr != nil {
		err = statErr // it has the system's own reason
	}
	d.c.say(levelError, "could not open directory %s: %s", dir, reason(err))
	d.c.say(levelFatal, "could not search modules: %s", reason(err))
}

// opened reports whether a file was taken for a module, or for a file of the
// kernel's build, until its contents were read.
func (d *indexer) opened(e *depmod.FileError) bool {
	name := path.Base(e.Path)
	known := modinfo.IsModuleFile(name) || strings.HasPrefix(name, "modules.") || slices.Contains(d.files, e.Path)
	return known && !errors.Is(e.Err, openfile.ErrNotRegular) && !errors.Is(e.Err, fs.ErrNotExist) &&
		!errors.Is(e.Err, depmod.ErrName)
}

// reportUnreadable reports a file or directory that is left out.
func (d *indexer) reportUnreadable(e *depmod.FileError) {
	name := path.Base(e.Path)
	switch {
	case strings.HasPrefix(name, "modules."):
		d.c.say(levelWarning, "could not open %s at %s: %s", name, filepath.Dir(e.Path), reason(e.Err))
	case errors.Is(e.Err, depmod.ErrName):
		d.c.say(levelError, "left out %s: %s", plain.Line(e.Path), e.Err)
	case errors.Is(e.Err, openfile.ErrNotRegular):
		d.c.say(levelError, "unsupported file type %s: %o", plain.Line(e.Path), fileType(e.Path))
	case modinfo.IsModuleFile(name) || slices.Contains(d.files, e.Path):
		d.c.say(levelError, "failed to load symbols from %s: %s", plain.Line(e.Path), fileReason(e.Path, e.Err))
	default:
		d.c.say(levelError, "could not open directory %s: %s", plain.Line(e.Path), reason(e.Err))
	}
}

// fileType is the type of a file as the system's number.
func fileType(name string) uint32 {
	info, err := os.Stat(name)
	if err != nil {
		return 0
	}
	switch mode := info.Mode().Type(); {
	case mode&fs.ModeNamedPipe != 0:
		return syscall.S_IFIFO
	case mode&fs.ModeSocket != 0:
		return syscall.S_IFSOCK
	case mode&fs.ModeCharDevice != 0:
		return syscall.S_IFCHR
	case mode&fs.ModeDevice != 0:
		return syscall.S_IFBLK
	case mode.IsDir():
		return syscall.S_IFDIR
	}
	return 0
}

// reportMissing reports missing files of the kernel's build: modules.order, or
// those from which only index files are made.
func (d *indexer) reportMissing(r *depmod.Report, builtin bool) {
	for _, e := range r.Missing {
		name := path.Base(e.Path)
		if strings.HasPrefix(name, "modules.builtin") == builtin {
			d.c.say(levelWarning, "could not open %s at %s: %s", name, filepath.Dir(e.Path), reason(e.Err))
		}
	}
}

// symbolLine is a line about a symbol that a module needs.
type symbolLine struct {
	module, at int
	text       string
	warning    bool
}

// reportSymbols tells which symbols cause dependencies, are unknown, or have
// other versions.
func (d *indexer) reportSymbols(index *depmod.Index) {
	var lines []symbolLine
	places := map[string]int{}
	for i, m := range index.Modules() {
		places[m.Path] = i
	}
	if d.c.verbosity >= levelNotice {
		for need := range index.Dependencies() {
			text := d.file(index, need.Module.Path) + " needs \"" + need.Symbol + "\": " + d.file(index, need.By.Path)
			lines = append(lines, symbolLine{places[need.Module.Path], need.At, text, false})
		}
	}
	for _, u := range index.Report.Unresolved {
		lines = append(lines, symbolLine{places[u.Path], u.At, d.file(index, u.Path) + " needs unknown symbol " + u.Symbol, true})
	}
	if d.checkSymbols && d.versions {
		for _, m := range index.Report.Mismatched {
			lines = append(lines, symbolLine{places[m.Path], m.At, d.file(index, m.Path) + " disagrees about version of symbol " + m.Symbol, true})
		}
	}
	sort.SliceStable(lines, func(a, b int) bool {
		return cmp.Or(lines[a].module-lines[b].module, lines[a].at-lines[b].at) < 0
	})
	for _, l := range lines {
		if l.warning {
			d.c.say(levelWarning, "%s", l.text)
		} else {
			d.c.show(l.text)
		}
	}
}

// file is the whole path of a module.
func (d *indexer) file(index *depmod.Index, path string) string {
	if strings.HasPrefix(path, "/") {
		return path
	}
	return d.dir(d.root) + "/" + path
}

// reportCycles tells which modules need each other.
func (d *indexer) reportCycles(e *depmod.CycleError) {
	for _, c := range e.Cycles {
		d.c.say(levelError, "Cycle detected: %s -> %s", strings.Join(c, " -> "), c[0])
	}
	d.c.say(levelError, "Found %d modules in dependency cycles!", e.Modules)
	if d.json {
		d.c.stdout.Write(jsonLine(newIndexJSON(e.Index)))
	}
}

// reportNone tells that there is nothing to index.
func (d *indexer) reportNone(e *depmod.NoModulesError) {
	d.c.say(levelFatal, "none of the modules in %s can be read; the indexes stay as they are",
		plain.Line(e.Index.Dir()))
	if d.json {
		d.c.stdout.Write(jsonLine(newIndexJSON(e.Index)))
	}
}

// reportDevices reports device nodes without numbers.
func (d *indexer) reportDevices(index *depmod.Index) {
	for _, node := range index.Report.Devnames {
		d.c.say(levelError, "Module '%s' has devname (%s) but lacks major and minor information. Ignoring.", node.Module, node.Name)
	}
}

// reportWritten reports what only concerns files that are written.
func (d *indexer) reportWritten(index *depmod.Index) {
	if d.warn {
		for twice := range index.DuplicateAliases() {
			d.c.say(levelWarning, "duplicate module alias:\n%s %s", twice.Alias, twice.Module)
		}
	}
	d.reportMissing(&index.Report, true)
}
