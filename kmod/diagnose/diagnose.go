package diagnose

import (
	"io"
	"slices"
	"sync"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/live"
	"github.com/gokmod/gokmod/modinfo"
)

// Options say which kernel modules are diagnosed for, and what is known about it.
// The zero value, or nil, means the kernel of the DB's release, of which only the
// module directory is known.
type Options struct {
	// Kernel is the running kernel, whose state then counts. nil means that the
	// modules are not for a kernel that runs here; only files count.
	Kernel live.Kernel

	// Symvers is the Module.symvers of the kernel's build, the best source: it has
	// what the kernel exports, with versions, licenses and namespaces. nil for none.
	Symvers io.Reader

	// Image is the image of the kernel, which says what the Module.symvers of its build
	// says of the kernel itself, and the vermagic. Exports are taken from it if Symvers
	// is nil. It must stay open while New runs. nil means the image that lies below
	// the DB's root as boot/vmlinuz-RELEASE, or as vmlinuz in the module directory,
	// if it is that of the kernel; it is read if neither Symvers nor SystemMap tell
	// what the kernel exports, and when that is first needed.
	Image *modinfo.Kernel

	// SystemMap is the System.map of the kernel, which has only the names that the
	// kernel exports. It is not read if Symvers or Image is set. nil for none.
	//
	// Without any of the three, /proc/kallsyms of Kernel is read. On kernels where
	// that lists functions only, a symbol that it lacks may exist all the same.
	SystemMap io.Reader

	// Vermagic is the kernel's vermagic. "" means that of Image, or of other modules
	// in the module directory.
	Vermagic string

	// Together are further module files of this machine that are to be loaded as
	// well, such as all of a driver package. They take precedence over modules of
	// the same names in the module directory and Symvers. Files that cannot be read
	// are reported where a symbol is missing that they may export.
	Together []string

	// Flags are the flags that the modules would be inserted with.
	Flags live.InsertFlags

	// UseBlacklist is as in [kmod.PlanOptions].
	UseBlacklist bool

	// RequireSignature: the kernel takes signed modules only. A Kernel is asked in
	// any case.
	RequireSignature bool
}

// Module says what would keep a module from being loaded. An unknown name is an
// error, unless the running kernel has the module, and so is a path without a file;
// anything wrong with the module itself is a finding. To diagnose many modules, use
// [New].
func Module(db *kmod.DB, opts *Options, r kmod.Request) (*Diagnosis, error) {
	d, err := New(db, opts)
	if err != nil {
		return nil, err
	}
	return d.Diagnose(r)
}

// Diagnoser diagnoses modules for one kernel. It keeps what it reads and so does not
// see files change later, but asks for the state of the running kernel every time.
// It is safe for concurrent use, and made for thousands of modules diagnosed by
// several goroutines.
type Diagnoser struct {
	db               *kmod.DB // nil for none
	opts             Options
	given            kernelWord // what the files say that were given
	stub             bool       // one of them lists no symbols of the kernel, as some from distributions do
	facts            *kernelFacts
	foreignCache     foreignCache
	liveExportsCache liveExportsCache
	together         together

	mu       sync.Mutex
	subjects map[subjectKey]*subject
	failed   error // a file could not be read for want of descriptors or memory
}

// New makes a Diagnoser. It fails when opts.Symvers, opts.Image or opts.SystemMap cannot
// be read, or when descriptors or memory run out. A nil DB means that the kernel's
// module directory is not available; modules then go by path.
func New(db *kmod.DB, opts *Options) (*Diagnoser, error) {
	if opts == nil {
		opts = &Options{}
	}
	d := newDiagnoser(db, opts, &kernelFacts{})
	if err := d.readGiven(opts); err != nil {
		return nil, err
	}
	files := make([]*subject, len(opts.Together))
	for i, path := range opts.Together {
		files[i] = d.subject(localName(path))
	}
	var err error
	if d.together, err = readTogether(db, files); err != nil {
		return nil, err
	}
	return d, nil
}

// Diagnose says what would keep a module from being loaded, as [Module] does.
func (d *Diagnoser) Diagnose(r kmod.Request) (*Diagnosis, error) {
	plan, err := d.plan(r)
	if err != nil {
		return nil, err
	}
	w := &diagnosing{d: d, plan: plan, result: &Diagnosis{Findings: []Finding{}}, worst: map[*subject]Severity{}}
	for i := range plan.Steps {
		if plan.Steps[i].Requested() {
			w.result.Modules = append(w.result.Modules, plan.Steps[i].Module)
		}
	}
	for i := range plan.Steps {
		w.step(&plan.Steps[i])
	}
	slices.Sort(w.result.Needs)
	w.result.Needs = slices.Compact(w.result.Needs)
	if err := d.failure(); err != nil {
		return nil, err
	}
	return w.result, nil
}
