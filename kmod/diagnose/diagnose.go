package diagnose

import (
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/gokmod/gokmod/internal/symtab"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/live"
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

	// SystemMap is the System.map of the kernel, which has only the names that the
	// kernel exports. It is not read if Symvers is set. nil for none. Without
	// either, /proc/kallsyms of Kernel is read. On kernels where that lists
	// functions only, a symbol that it lacks may exist all the same.
	SystemMap io.Reader

	// Vermagic is the kernel's vermagic. "" means that of other modules in the
	// module directory.
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
	db           *kmod.DB // nil for none
	opts         Options
	symbols      *symtab.Exports // of the kernel image, and of modules; nil for none
	stub         bool            // the file lists no symbols of the kernel image, as some from distributions do
	facts        *kernelFacts
	foreignCache foreignCache
	together     together

	mu       sync.Mutex
	subjects map[subjectKey]*subject
	failed   error // a file could not be read for want of descriptors or memory
}

// New makes a Diagnoser. It fails when opts.Symvers or opts.SystemMap cannot be
// read, or when descriptors or memory run out. A nil DB means that the kernel's
// module directory is not available; modules then go by path.
func New(db *kmod.DB, opts *Options) (*Diagnoser, error) {
	if opts == nil {
		opts = &Options{}
	}
	d := newDiagnoser(db, opts, &kernelFacts{})
	var err error
	switch {
	case opts.Symvers != nil:
		if d.symbols, err = symtab.ReadExports(opts.Symvers); err != nil {
			return nil, fmt.Errorf("read Module.symvers: %w", err)
		}
	case opts.SystemMap != nil:
		if d.symbols, err = symtab.ReadMapExports(opts.SystemMap); err != nil {
			return nil, fmt.Errorf("read System.map: %w", err)
		}
	}
	if d.symbols != nil && !d.symbols.HasKernel() {
		d.symbols, d.stub = nil, true
	}
	files := make([]*subject, len(opts.Together))
	for i, path := range opts.Together {
		files[i] = d.subject(localName(path))
	}
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
