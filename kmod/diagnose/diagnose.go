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

// Options say for which kernel modules are diagnosed, and what is known
// of it. The zero value, or nil, means the kernel of the DB's release, of which
// only the module directory is known.
type Options struct {
	// Kernel is the running kernel, whose state is asked for. nil means that
	// the modules are not for a kernel that runs here, and only files count.
	Kernel live.Kernel

	// Symvers is the Module.symvers of the kernel's build, which says most: what
	// the kernel exports with versions, licenses and namespaces. nil for none.
	Symvers io.Reader

	// SystemMap is the System.map of the kernel, which says only what the kernel
	// exports. It is not read where there is a Symvers. nil for none. Without
	// both, /proc/kallsyms of the Kernel is asked. A symbol that is not in a list
	// of functions only, as some kernels have it, may be there or not.
	SystemMap io.Reader

	// Vermagic is that of the kernel. "" means the one that other modules of the
	// module directory have.
	Vermagic string

	// Together are further module files of this machine that are there to be
	// loaded, such as all of a driver package. They come before what the
	// module directory and Symvers have of the same names. Those that cannot be
	// read are told of where a symbol is missing that they may have.
	Together []string

	// Flags are those with which the modules would be inserted.
	Flags live.InsertFlags

	// UseBlacklist is as in [kmod.PlanOptions].
	UseBlacklist bool

	// RequireSignature: the kernel takes signed modules only. The Kernel is
	// asked for that anyway.
	RequireSignature bool
}

// Module says what would keep a module from being loaded, before it is. An
// unknown name is an error, unless the running kernel has the module, and so is a
// path where there is no file; whatever is wrong with the module itself is a
// finding. See [New] for many.
func Module(db *kmod.DB, opts *Options, r kmod.Request) (*Diagnosis, error) {
	d, err := New(db, opts)
	if err != nil {
		return nil, err
	}
	return d.Diagnose(r)
}

// Diagnoser diagnoses modules for one kernel. What it reads, it keeps: it sees
// no change of files that happens later, though the state of the running kernel
// is asked for every time. It is safe for concurrent use, and meant to be asked
// about thousands of modules by several goroutines.
type Diagnoser struct {
	db           *kmod.DB // nil for none
	opts         Options
	symbols      *symtab.Exports // of the kernel image, and of modules; nil for none
	stub         bool            // the file of symbols has none of the kernel image, as some that distributions ship
	facts        *kernelFacts
	foreignCache foreignCache
	together     together

	mu       sync.Mutex
	subjects map[subjectKey]*subject
	failed   error // there were no descriptors or memory to read a file
}

// New makes a Diagnoser. The error is one of reading opts.Symvers or
// opts.SystemMap, or that there are no more descriptors or memory. A nil DB stands
// for a kernel of which no module directory is at hand; modules are then asked for
// by path.
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

// Diagnose is [Module].
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
