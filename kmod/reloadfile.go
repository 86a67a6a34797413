package kmod

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/gokmod/gokmod/internal/kernfs"
	"github.com/gokmod/gokmod/internal/modfile"
	"github.com/gokmod/gokmod/internal/modname"
	"github.com/gokmod/gokmod/internal/openfile"
	"github.com/gokmod/gokmod/internal/plain"
	"github.com/gokmod/gokmod/internal/reason"
	"github.com/gokmod/gokmod/kmod/live"
	"github.com/gokmod/gokmod/modinfo"
)

// fileID is what tells module files apart.
type fileID struct {
	own  string // the module's own name, "" if it has none
	info *modinfo.Info
}

func identify(f *modinfo.File) (fileID, error) {
	info, err := f.Info()
	return fileID{kernfs.OwnName(f), info}, err
}

// origin tells whether a live module was loaded from a file.
type origin int8

// The origins, the likelier the higher.
const (
	originOther   origin = iota - 1
	originUnknown        // neither has an id
	originSame
)

// isOf compares the ids of a file with those of a live module.
func (id fileID) isOf(m *live.Module) origin {
	compare := func(file, live string) origin {
		switch {
		case file == "" || live == "":
			return originUnknown
		case file == live:
			return originSame
		}
		return originOther
	}
	build, _ := m.BuildID() // what the kernel does not show is not known
	source, _ := m.Srcversion()
	return cmp.Or(compare(string(id.info.BuildID), string(build)), compare(id.info.Srcversion(), source))
}

// kept is a module file in memory, whatever happens to the file.
type kept struct {
	fileID
	module Module
	data   []byte // as in the file, maybe compressed
}

// keep reads a module file.
func (db *DB) keep(m Module) (*kept, error) {
	data, err := db.readModule(m)
	if err != nil {
		return nil, err
	}
	k := &kept{module: m, data: data}
	return k, inspect(modfile.NewBytes(data, db.maxModuleSize), func(f *modinfo.File) (err error) {
		k.fileID, err = identify(f)
		return err
	})
}

// readModule reads the file of a module as it is.
func (db *DB) readModule(m Module) ([]byte, error) {
	f, err := db.OpenModule(m)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, openfile.Cause(err)
	}
	return openfile.ReadAll(nil, f, info.Size(), modfile.Limit(db.maxModuleSize))
}

// open opens the file if it is still the same, as some kernels take modules only from
// files, or else what is in memory.
func (k *kept) open(db *DB) (*modfile.File, error) {
	if data, err := db.readModule(k.module); err == nil && bytes.Equal(data, k.data) {
		return openModule(db, k.module)
	}
	return modfile.NewBytes(k.data, db.maxModuleSize), nil
}

// readOldFiles reads the files that live modules may have been loaded from.
func (r *reload) readOldFiles() error {
	for _, path := range r.opts.OldFiles {
		m := Module{Name: modname.FromPath(path), Path: path, Local: true}
		k, err := r.l.db.keep(m)
		if err == nil && k.own != m.Name {
			err = fmt.Errorf("the file holds the module %s", plain.Name(k.own))
		}
		if err != nil {
			return m.failed("insert", openfile.Cause(err))
		}
		r.old = append(r.old, k)
	}
	return nil
}

// findOld finds the file that a module was loaded from among those at hand; if none is
// known to be that, the first one that may be, or else one that comes next to it.
func (r *reload) findOld(o *outgoing, m *live.Module) {
	best := originOther
	for _, k := range r.candidates(o) {
		if k.own != o.Module {
			continue
		}
		if from := k.isOf(m); o.old == nil || from > best {
			o.old, best = k, from
		}
	}
	o.sure = best != originOther
}

// candidates are the files that a module may have been loaded from, as far as they can
// be read.
func (r *reload) candidates(o *outgoing) []*kept {
	files := slices.Clone(r.old)
	add := func(m Module) {
		if k, err := r.l.db.keep(m); err == nil {
			files = append(files, k)
		}
	}
	m := r.plan.Steps[r.steps[o.Module]].Module
	if listed, err := r.l.fileOf(o.Module, r.gone); err == nil && listed.found() {
		add(listed)
		if listed.Path == m.Path {
			return files
		}
	}
	add(m)
	return files
}

// readNewFiles reads what the new modules, and those that come back, say.
func (r *reload) readNewFiles() error {
	r.files = map[string]fileID{}
	for name, i := range r.steps {
		s := &r.plan.Steps[i]
		if s.Action != ActionInsert {
			continue
		}
		f, err := openInfo(r.l.db, s.Module)
		if err != nil {
			return s.Module.failed("insert", openfile.Cause(err))
		}
		id, err := identify(f)
		f.Close()
		if err != nil {
			return s.Module.failed("insert", err)
		}
		r.files[name] = id
	}
	return nil
}

// checkNewFiles compares the new modules with those that they replace.
func (r *reload) checkNewFiles() error {
	for name, id := range r.files {
		m := &r.plan.Steps[r.steps[name]].Module
		status := live.StatusAbsent
		if id.own != name && !r.gone[name] {
			status, _ = r.l.liveStatus(id.own)
		}
		if id.own != name && r.gone[name] || status == live.StatusLive {
			return m.failed("insert", fmt.Errorf("the file holds the module %s", plain.Name(id.own)))
		}
	}
	for _, o := range r.out {
		if !o.sure {
			continue
		}
		m := &r.plan.Steps[r.steps[o.Module]].Module
		if err := r.files[o.Module].replaces(o, r.opts.Flags); err != nil {
			return m.failed("insert", err)
		}
	}
	return nil
}

// replaces returns why the kernel, which took the old module, would not take a new one.
func (id fileID) replaces(o *outgoing, flags live.InsertFlags) error {
	got, want := id.info, o.old.info
	if got.Machine != want.Machine || got.Is64 != want.Is64 || got.BigEndian != want.BigEndian {
		text := fmt.Sprintf("it is built for %s, the module in the kernel for %s", got.Architecture(), want.Architecture())
		return reason.New(text, ErrIncompatible)
	}
	forced := flags&live.IgnoreVermagic != 0 || strings.Contains(o.row.Taint, "F")
	if forced || sameVermagic(got.Vermagic(), want.Vermagic()) {
		return nil
	}
	text := fmt.Sprintf("its vermagic is %q, that of the module in the kernel %q", got.Vermagic(), want.Vermagic())
	return reason.New(text, ErrVermagic)
}

// sameVermagic compares as the kernel does: the release does not count if symbols have
// versions. A module without vermagic is left to the kernel.
func sameVermagic(a, b string) bool {
	releaseA, restA, _ := strings.Cut(a, " ")
	releaseB, restB, _ := strings.Cut(b, " ")
	versions := slices.Contains(strings.Fields(restA), "modversions")
	return a == "" || b == "" || restA == restB && (versions || releaseA == releaseB)
}
