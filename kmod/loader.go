package kmod

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/gokmod/gokmod/internal/kallsyms"
	"github.com/gokmod/gokmod/internal/modname"
	"github.com/gokmod/gokmod/kmod/live"
)

// LoaderConfig holds the options of a [Loader]. The zero value, or nil, means
// the defaults.
type LoaderConfig struct {
	// Kernel is what to act on. nil means the running kernel, &live.Host{}.
	Kernel live.Kernel

	// Policy, if not nil, is asked about every module before anything is
	// inserted, dependencies included, and about every install command. An
	// error forbids the module: neither it nor anything that needs it is loaded, and
	// the error is the reason in an [Error] of "load". Calls do not overlap within
	// one Run, but two Runs may ask at the same time. A step names the module as the
	// DB knows it, but the kernel goes by the name in the file. Names are therefore
	// not enough for a tree that is not trusted: use Verify.
	Policy func(*Step) error

	// Verify, if not nil, is asked about the contents of every module before it
	// is inserted: image is the uncompressed module, which it must neither
	// change nor keep. An error forbids the module, as one of Policy does. The
	// kernel then gets exactly these bytes, by init_module(2), never the file;
	// where it takes modules from files only, nothing can be loaded. name is that
	// of the file; it has to be the one that stands in the module unless
	// VerifyName accepts another, and a module cannot be forced.
	// Modules that are live are left alone. Calls may overlap. Package modsig has
	// a function for it that verifies signatures: Keyring.Verifier. It does not
	// concern what Command runs.
	Verify func(name string, image []byte) error

	// VerifyName, if not nil, is asked about a module that Verify accepts and whose
	// own name, by which the kernel will know it, is not that of its file:
	// nvidia-current.ko holds nvidia. nil accepts none, as a file that replaces
	// another one may have a valid signature too. An error forbids the module. Calls
	// may overlap. It only counts together with Verify.
	VerifyName func(file, own string) error

	// Command, if not nil, runs the command of an install or a remove line of
	// the configuration, and returns when it has ended. Calls may overlap.
	// Without it, such a step fails with an [Error] of "run"; this package never
	// runs a shell.
	Command func(context.Context, *Command) error

	// Parallel is how many steps of a plan may be under way at the same time.
	// 0 means 8, or one for each CPU that the process may use if there are more, as
	// init functions mostly wait for devices; 1 keeps to the order of the plan. In any
	// case a Run unpacks at most one module for each CPU at the same time, and holds
	// no more images of over 16 MB than that. With KeepGoing of RunOptions it makes no difference to the
	// result, unless the context ends or something else loads or removes modules.
	Parallel int

	// Unpack says who unpacks compressed modules where both can.
	Unpack Unpack

	// KernelLog lets the error of an insert that fails carry what the kernel
	// logged about it ([Error].Log). The Kernel has to be a [live.LogOpener],
	// and the process must be allowed to read its log; otherwise inserts work as
	// without KernelLog. It costs a few microseconds per insert, and never waits.
	KernelLog bool

	// Explain, if not nil, is asked about every module that the kernel refuses and
	// may say more about the reason, as the Explainer of package diagnose does.
	// Without it the error says what the kernel's answer means, names the missing
	// symbols, and has the lines of the log.
	Explain func(*Refusal)
}

// Unpack is a choice of who unpacks a compressed module file.
type Unpack uint8

// The choices for unpacking. If the preferred way does not work (the kernel does not
// know the codec, or takes modules from files only, as with LoadPin), the Loader uses
// the other one.
const (
	// UnpackAuto is UnpackSelf at present. Loading 474 modules of Linux 6.12 in a
	// virtual machine with two processors took 10.9 to 11.9 s with that and 10.3 to
	// 12.9 s with UnpackKernel, which is no significant difference. On its own, the
	// Loader's xz decoder is faster than those written in C.
	UnpackAuto Unpack = iota

	// UnpackSelf: the Loader unpacks and passes the image to init_module(2).
	UnpackSelf

	// UnpackKernel: the kernel gets the file as it is, by finit_module(2).
	UnpackKernel
)

// Loader carries out plans: it inserts modules into a kernel and removes them.
// It is safe for concurrent use: goroutines that ask for the same module wait
// for one insert, and so do processes, as far as the kernel lets them.
type Loader struct {
	db     *DB
	opened bool // the DB is the loader's own
	cfg    LoaderConfig
	kernel live.Kernel
	codec  kernelCodec
	shown  shownModules
	pause  func(context.Context, time.Duration) error

	mu      sync.Mutex
	flights map[string]*flight // inserts under way, by module

	image kallsyms.Image // to explain failed inserts
}

// OpenLoader is [Open] and [NewLoader] in one. nil means the defaults of each. Close
// the Loader when it is no longer needed.
func OpenLoader(cfg *Config, lc *LoaderConfig) (*Loader, error) {
	db, err := Open(cfg)
	if err != nil {
		return nil, err
	}
	l := NewLoader(db, lc)
	l.opened = true
	return l, nil
}

// NewLoader makes a Loader that finds modules in db, which stays the caller's to close.
// Without a DB (nil) it can insert files, remove modules and read the kernel's state.
func NewLoader(db *DB, cfg *LoaderConfig) *Loader {
	l := &Loader{db: db, kernel: &live.Host{}, pause: pause, flights: map[string]*flight{}}
	if cfg != nil {
		l.cfg = *cfg
	}
	if l.cfg.Kernel != nil {
		l.kernel = l.cfg.Kernel
	}
	return l
}

// Close closes the DB that OpenLoader opened, as [DB.Close] does: later calls that need
// it fail with an error that wraps fs.ErrClosed. A DB that NewLoader was given stays
// open. Close may be called more than once, and while other calls are under way.
func (l *Loader) Close() error {
	if !l.opened {
		return nil
	}
	return l.db.Close()
}

// DB returns the DB that the loader finds modules in, nil for none.
func (l *Loader) DB() *DB { return l.db }

// Kernel returns the kernel that the loader acts on.
func (l *Loader) Kernel() live.Kernel { return l.kernel }

// errNoDB is the error when a Loader without a DB is given a name.
var errNoDB = errors.New("there is no DB to find modules in")

// LoadOptions are the options of calls that plan and run in one. The zero value, or
// nil, means the defaults.
type LoadOptions struct {
	// Plan are the options for the plan.
	Plan PlanOptions

	// Run are the options for carrying out the plan.
	Run RunOptions
}

// Load loads modules into the running kernel, as [Loader.Load] does: the simplest case
// in one call. A program that loads more than once uses [OpenLoader].
func Load(ctx context.Context, names ...string) (*Result, error) {
	l, err := OpenLoader(nil, nil)
	if err != nil {
		return nil, err
	}
	defer l.Close()
	return l.Load(ctx, names...)
}

// Load inserts the modules that the names (or aliases) stand for, with what
// they need. It is [DB.Plan] and [Loader.Run] in one. The result is nil when
// there is no plan, as when a name is unknown.
func (l *Loader) Load(ctx context.Context, names ...string) (*Result, error) {
	requests := make([]Request, len(names))
	for i, name := range names {
		requests[i].Name = name
	}
	return l.LoadRequests(ctx, nil, requests...)
}

// LoadRequests is [Loader.Load] with options and for requests with parameters. All of
// them make one plan. A module that is in the kernel already, live, by whatever name,
// or built in, is not an error even if the DB knows nothing of it, as in a container
// without /lib/modules.
func (l *Loader) LoadRequests(ctx context.Context, opts *LoadOptions, requests ...Request) (*Result, error) {
	if l.db == nil {
		return nil, errNoDB
	}
	if opts == nil {
		opts = &LoadOptions{}
	}
	plan, err := l.db.planWith(&opts.Plan, func(r Request) (Step, bool) { return l.unknownStep(ctx, r) }, requests)
	if err != nil {
		return nil, err
	}
	return l.Run(ctx, plan, &opts.Run)
}

// addThere adds the step of a module that only the kernel knows, unless the plan has
// one already because it was requested twice or a soft dependency names it.
func (p *Plan) addThere(s Step) {
	at := slices.IndexFunc(p.Steps, func(other Step) bool { return other.Module.Name == s.Module.Name })
	if at < 0 {
		p.Steps = append(p.Steps, s)
		return
	}
	p.Steps[at].addReason(s.Reasons[0], false)
}

// unknownStep makes the step of a module that only the kernel knows.
func (l *Loader) unknownStep(ctx context.Context, r Request) (s Step, found bool) {
	status, _ := l.settled(ctx, modname.Normalize(r.Name))
	return inKernelStep(r, status)
}

// inKernelStep makes the step of a module that is in the kernel, by its status there.
func inKernelStep(r Request, status live.Status) (s Step, found bool) {
	s = Step{
		Module: Module{Name: modname.Normalize(r.Name)}, Params: r.Params,
		Reasons: []Reason{r.reason()},
	}
	switch status {
	case live.StatusLive:
	case live.StatusBuiltin:
		s.Action, s.Module.Builtin = ActionBuiltin, true
	default:
		return s, false
	}
	return s, true
}
