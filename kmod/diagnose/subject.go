package diagnose

import (
	"errors"
	"io"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"github.com/gokmod/gokmod/internal/kernfs"
	"github.com/gokmod/gokmod/internal/modfile"
	"github.com/gokmod/gokmod/internal/modname"
	"github.com/gokmod/gokmod/internal/openfile"
	"github.com/gokmod/gokmod/internal/plain"
	"github.com/gokmod/gokmod/internal/symtab"
	"github.com/gokmod/gokmod/internal/sys"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/modinfo"
)

// subject is a module file that is diagnosed, or that others need: what was read
// from it, once, and what was found about it.
type subject struct {
	module kmod.Module
	name   string // by its file
	path   string // as shown

	reading sync.Once
	err     error
	form    modfile.Form // how the file is compressed
	info    modinfo.Info
	size    uint64 // size of the kernel's struct module in it, 0 for none
	own     string // the module's own name, "" if it is not known
	bare    bool   // without a symbol table
	needed  []modinfo.Needed
	damaged error // why there are no versions of needed
	exports map[string]modinfo.Export

	examining sync.Once
	findings  []Finding
	unchecked []Unchecked
	uses      []*subject // modules diagnosed together with it that it uses directly
	needs     []string   // names of modules whose symbols it uses
}

// localName is the module in a file of this machine.
func localName(path string) kmod.Module {
	return kmod.Module{Name: modname.FromPath(path), Path: path, Local: true}
}

// subject returns the subject of a module, the same one for all callers.
func (d *Diagnoser) subject(m kmod.Module) *subject {
	key := subjectKey{m.Path, m.Local}
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.subjects[key]
	if s == nil {
		s = &subject{module: m, name: m.Name, path: m.Path}
		d.subjects[key] = s
	}
	return s
}

// read reads the file, once.
func (s *subject) read(db *kmod.DB) {
	s.reading.Do(func() { s.err = s.open(db) })
}

// exhaustion returns an error if descriptors or memory ran out when the file was
// read, nil otherwise.
func (s *subject) exhaustion() error {
	if !sys.Exhausted(s.err) {
		return nil
	}
	return &fs.PathError{Op: "read", Path: s.path, Err: openfile.Cause(moduleCause(s.err))}
}

func (s *subject) open(db *kmod.DB) error {
	file, err := openModule(db, s.module)
	if err != nil {
		return err
	}
	defer file.Close()
	if s.form, err = file.Form(); err != nil {
		return err
	}
	content, err := file.Content()
	if err != nil {
		return err
	}
	defer content.Release()
	return s.parse(content.ReaderAt, content.Size)
}

// openModule opens the file of a module of the DB, or of this machine.
func openModule(db *kmod.DB, m kmod.Module) (*modfile.File, error) {
	var limit int64
	if db != nil {
		limit = db.MaxModuleSize()
	}
	if m.Local {
		return modfile.Open(m.Path, limit)
	}
	fsys, prefix := db.FS()
	return modfile.OpenFS(fsys, strings.TrimPrefix(m.Path, prefix), limit)
}

// parse takes in an uncompressed module.
func (s *subject) parse(r io.ReaderAt, size int64) error {
	f, err := modinfo.NewFile(r, size, nil)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Info()
	if err != nil {
		return err
	}
	s.info, s.size, s.bare, s.own = *info, f.StructSize(), !f.HasSymbols(), kernfs.OwnName(f)
	if s.needed, err = f.Needed(); err != nil {
		return err
	}
	if !s.versioned() {
		_, s.damaged = f.Versions()
	}
	exports, err := f.Exports()
	if err != nil {
		return err
	}
	s.exports = make(map[string]modinfo.Export, len(exports))
	for _, e := range exports {
		s.exports[e.Name] = e
	}
	return nil
}

// kernelName is the name that the kernel knows the module by.
func (s *subject) kernelName() string {
	if s.own != "" {
		return s.own
	}
	return s.name
}

// versioned reports whether the module has the versions of the symbols that it was
// built with.
func (s *subject) versioned() bool {
	return slices.ContainsFunc(s.needed, func(n modinfo.Needed) bool { return n.HasCRC })
}

// free reports whether the module may use symbols that are for GPL modules only.
func (s *subject) free() bool { return s.info.GPLCompatible() }

// lookupName is the name by which the provider of a needed symbol is found.
func lookupName(n *modinfo.Needed) string { return symtab.Needed(n.Name, 0) }

// finding starts a finding about the module. Copies of it would be 5 KB.
//
//go:noinline
func (s *subject) finding(kind FindingKind, severity Severity, text ...string) *Finding {
	return &Finding{Kind: kind, Severity: severity, Module: s.name, Path: s.path, Text: strings.Join(text, "")}
}

// maxFindings bounds what is kept about one module. Real ones need a few thousand
// symbols at most; a hostile file can name millions.
const maxFindings = 10_000

// add keeps findings.
func (s *subject) add(list ...*Finding) {
	for _, f := range list {
		if len(s.findings) < maxFindings {
			s.findings = append(s.findings, *f)
		}
	}
}

// skip notes what could not be checked.
func (s *subject) skip(kind FindingKind, what, why string) {
	s.unchecked = append(s.unchecked, Unchecked{kind, what, why})
}

// moduleCause returns the cause of an error of reading a module, without the path.
func moduleCause(err error) error {
	if fileErr := (*modinfo.Error)(nil); errors.As(err, &fileErr) {
		return fileErr.Err
	}
	return err
}

// broken reports that the file cannot be read, or is not a module.
func (s *subject) broken() *Finding {
	err := moduleCause(s.err)
	f := s.finding(FindingFile, SeverityWould, "The file of ", plain.Name(s.name), " cannot be used: ", openfile.Cause(err).Error(), ".")
	switch {
	case errors.Is(err, fs.ErrPermission):
		f.Severity = SeverityMight // nothing is known about the module
		f.Advice = "Ask again as a user who may read the file, such as root."
	case errors.Is(err, fs.ErrNotExist):
		f.Advice = "Install the module again, or run depmod if it was removed on purpose."
	case errors.Is(err, modinfo.ErrFormat):
		f.Advice = "Build or copy the file again."
	}
	return f
}
