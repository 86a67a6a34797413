package kmod

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gokmod/gokmod/internal/modconf"
	"github.com/gokmod/gokmod/internal/modname"
	"github.com/gokmod/gokmod/internal/plain"
)

// Request asks for one module.
type Request struct {
	// Name is a module's name or an alias; see [DB.Lookup].
	Name string

	// Module, if not nil, takes the place of Name: a module as [DB.Modules] or
	// [DB.Lookup] gives it.
	Module *Module

	// For is what the reason says instead of Name, such as the pattern that selects
	// a module.
	For string

	// Origin, if not nil, is the line of configuration that the reason names.
	Origin *Origin

	// Optional is PlanOptions.SkipUnknown for this request. What is more, if
	// PlanOptions.Exclude or Keep leave its module out, the plan has a skipped step
	// that says so.
	Optional bool

	// Path, if not "", is a module file of this machine that replaces Name, and the
	// DB's file for a module of its name. Its dependencies are those that the DB has
	// for a module of that name. If one call asks for several files, they are read,
	// and each comes after those whose symbols it needs or that it names as its
	// dependencies, whatever the order of the requests. A file that does not say what
	// it needs keeps its place in that order.
	Path string

	// Params are the parameters of the module, in the form of [Step.Params].
	// They follow those of the configuration, and do not apply to what else is loaded
	// for the module.
	Params string
}

// PlanOptions are the options of [DB.PlanRequests]. The zero value, or nil,
// means what modprobe(8) does without options.
type PlanOptions struct {
	// UseBlacklist skips blacklisted modules even if they are requested by their own
	// names, and not only by an alias.
	UseBlacklist bool

	// IgnoreCommands inserts requested modules even if an install line says to run a
	// command instead. What is loaded for them is still subject to such lines.
	IgnoreCommands bool

	// NoCommands plans as if the configuration had no install lines at all, for
	// requested modules as well as for what is loaded for them: each is inserted from
	// its file. A name that only an install or a remove line knows is unknown. That
	// is for images without a shell, and for programs that run no commands.
	NoCommands bool

	// SkipUnknown plans the rest when nobody knows a requested name: for that one the
	// plan has a skipped step (SkipMissing) that was requested, and a run reports
	// it as OutcomeSkipped with an error that wraps ErrNotFound, but does not fail.
	// It is the same for a name that is no valid alias, which no module can have, and
	// for one that an alias line of the configuration gives to a module that does not
	// exist. If the indexes that would know the name are missing, that is an error
	// nonetheless, as is a Request.Path that cannot be read.
	SkipUnknown bool

	// KeepBlacklisted plans blacklisted modules even if only an alias names them.
	KeepBlacklisted bool

	// NoSoftdeps leaves soft dependencies out.
	NoSoftdeps bool

	// Weakdeps also plans the weak dependencies of all modules of the plan. An image
	// must have them, as modules may ask for them by themselves.
	Weakdeps bool

	// BuiltinDeps makes the soft and weak dependencies of built-ins count too. They
	// are in none of depmod's indexes, and modprobe(8) does not load them; the kernel
	// asks for them by itself.
	BuiltinDeps bool

	// Exclude names modules that soft and weak dependencies and optional requests do
	// not bring in, nor anything that needs them.
	Exclude []string

	// Keep, if not nil, is asked for each module that a soft or weak dependency or an
	// optional request brings in, and for what that module needs, with the reason
	// (for the latter ReasonDependency). If it returns false, the module stays out as
	// if Exclude named it. It may be asked for the same module again.
	Keep func(m Module, why Reason) bool

	// NoCmdline leaves the kernel command line out of the configuration.
	NoCmdline bool
}

// Plan works out what has to be done to load the modules that the names stand for,
// with what they need. An alias of several modules means all of them. If a name is
// unknown, the whole plan fails; see PlanOptions.SkipUnknown.
func (db *DB) Plan(names ...string) (*Plan, error) {
	requests := make([]Request, len(names))
	for i, name := range names {
		requests[i].Name = name
	}
	return db.PlanRequests(nil, requests...)
}

// PlanRequests is [DB.Plan] for requests with parameters. If two requests are for the
// same module, their parameters are joined in order.
//
// A module's hard dependencies and its soft "pre" dependencies come before it, the
// soft "post" ones after it, each of these with all of its own. If soft dependencies
// contradict each other or the hard ones, the first one encountered gives way: a
// module always comes before the first one that needs it.
func (db *DB) PlanRequests(opts *PlanOptions, requests ...Request) (*Plan, error) {
	return db.planWith(opts, nil, requests)
}

// planWith is PlanRequests with a function that makes the steps of modules that the DB
// does not know but the kernel has; nil if the kernel is not asked.
func (db *DB) planWith(opts *PlanOptions, liveStep func(Request) (Step, bool), requests []Request) (*Plan, error) {
	if opts == nil {
		opts = &PlanOptions{}
	}
	p := newPlanner(db, opts)
	p.liveStep = liveStep
	if err := configError(p.conf); err != nil {
		return nil, err
	}
	p.expect(len(requests))
	files, err := p.readFiles(requests)
	if err != nil {
		return nil, err
	}
	for _, r := range requests {
		if r.Path == "" {
			err = p.request(r)
		} else {
			err, files = p.file(files[0]), files[1:]
		}
		if err != nil {
			return nil, err
		}
	}
	return p.finish()
}

func newPlanner(db *DB, opts *PlanOptions) *planner {
	conf := db.conf
	if opts.NoCmdline {
		conf = db.fileConf
	}
	p := &planner{
		db: db, conf: conf(), opts: opts, plan: &Plan{}, left: maxEdges,
		index: map[string]int{}, visited: map[visit]bool{}, modules: newResolver(db), complete: map[string]bool{},
	}
	p.modules.noCommands = opts.NoCommands
	for _, name := range opts.Exclude {
		note(&p.excluded, modname.Normalize(name), true)
	}
	if opts.BuiltinDeps {
		p.builtins = &builtinFields{db: db}
	}
	return p
}

// The bounds of what expect makes room for, in requests.
const (
	manyRequests = 16
	maxRoom      = 1024
)

// expect allocates for what many requests lead to.
func (p *planner) expect(requests int) {
	if requests < manyRequests {
		return
	}
	room := min(requests, maxRoom)
	p.plan.Steps = make([]Step, 0, room)
	p.index, p.visited, p.complete = make(map[string]int, room), make(map[visit]bool, room), make(map[string]bool, room)
	p.modules.lines, p.modules.paths = make(map[string]depLine, room), make(map[string]Module, room)
}

// planner collects the steps of a plan.
type planner struct {
	db      *DB
	modules *resolver
	conf    *modconf.Config
	opts    *PlanOptions
	plan    *Plan
	index   map[string]int // step of each module, by name
	visited map[visit]bool // what was asked for, or is a soft dependency

	// complete are the modules whose turn has ended well, by any name: everything
	// that they need has its step, with them as a reason.
	complete map[string]bool
	settled  map[softTurn]bool // soft dependencies that have all been visited
	skipped  []Step
	params   []given

	skippedAt map[string]int      // index in skipped, by name
	named     map[string][]Module // what the names in soft dependencies stand for
	left      int                 // dependencies that may still be followed
	chain     []string            // modules whose soft dependencies are nested
	excluded  map[string]bool     // modules that soft dependencies do not bring in
	builtins  *builtinFields      // if those of built-ins count too, else nil
	insisted  map[string]bool     // missing modules that are requested and not optional

	liveStep func(Request) (Step, bool) // asks the kernel about a name that the DB does not know
	there    []Step                     // what only the kernel knows

	files   map[string]*requestedFile // by module name
	ordered []int                     // steps of files since the last one that does not say what it needs
	silent  bool                      // there was such a file
}

// visit is the turn of a module, which also has one for each of its aliases.
type visit struct{ module, alias string }

// given are parameters from the caller.
type given struct {
	step   int
	params string
}

// maxEdges bounds the dependencies that a plan follows. All modules of a
// distribution's kernel together have about ten thousand; a damaged or hostile
// modules.dep can have any number, in a file of a few kilobytes.
const maxEdges = 1 << 20

// maxDepth bounds how deep soft dependencies may be nested.
const maxDepth = 100

// Reasons why no plan is made.
var (
	errEdges = errors.New("the lists of dependencies are too long")
	errDepth = errors.New("soft dependencies lie too deep within each other")
)

// dependencies is DB.Dependencies with the bound.
func (p *planner) dependencies(m Module) ([]Module, error) {
	if m.Builtin || m.Path == "" {
		return nil, nil
	}
	deps, known, err := p.modules.dependencies(m.Name)
	if !known || err != nil {
		return nil, err // a file outside the index has none
	}
	return deps, p.spend(m.Name, len(deps))
}

// spend counts edges of a module.
func (p *planner) spend(module string, edges int) error {
	if p.left -= edges; p.left < 0 {
		return fmt.Errorf("plan the load of module %s: %w", plain.Name(module), errEdges)
	}
	return nil
}

func (p *planner) request(r Request) error {
	if r.Module != nil {
		r.Name = r.Module.Name
		return p.requested(r, []Module{*r.Module})
	}
	if p.optional(&r) {
		if err := p.spend(r.Name, lookupCost); err != nil {
			return err
		}
	}
	found, err := p.modules.lookup(r.Name)
	if err == nil && len(found) == 0 {
		err = p.db.unknown(r.Name)
	}
	if lookup := (*LookupError)(nil); errors.As(err, &lookup) {
		return p.unknown(r, lookup)
	}
	if err != nil {
		return err
	}
	return p.requested(r, found)
}

// optional reports whether a plan is made even if there is no module for a request.
func (p *planner) optional(r *Request) bool { return r.Optional || p.opts.SkipUnknown }

// unknown plans a request for a name that the DB does not know, or that is not valid.
// That it stands for nothing is an answer only if the indexes that would know exist.
func (p *planner) unknown(r Request, err *LookupError) error {
	if p.liveStep != nil && errors.Is(err, ErrNotFound) {
		if s, found := p.liveStep(r); found {
			p.there = append(p.there, s)
			return nil
		}
	}
	if err.Absence != nil || !p.optional(&r) {
		return err
	}
	p.skip(Module{Name: modname.Normalize(r.Name)}, r.reason(), Skip{Kind: SkipMissing})
	return nil
}

// reason returns why the modules of a request are in a plan.
func (r *Request) reason() Reason {
	return Reason{Kind: ReasonRequested, Of: cmp.Or(r.For, r.Name), Origin: r.Origin}
}

// requested plans the modules that a request stands for.
func (p *planner) requested(r Request, found []Module) error {
	for _, m := range found {
		why := r.reason()
		if r.Optional {
			out, err := p.leftOut(m, why)
			if err != nil {
				return err
			}
			if out {
				p.skip(m, why, Skip{Kind: SkipExcluded})
				continue
			}
		}
		if !m.found() && !p.optional(&r) {
			note(&p.insisted, m.Name, true)
		}
		if origin, yes := p.conf.Blacklisted(m.Name); yes && p.blacklists(m) {
			p.skip(m, why, Skip{Kind: SkipBlacklisted, Origin: publicOrigin(origin)})
			continue
		}
		at, err := p.visit(m, why)
		if err != nil {
			return err
		}
		if at >= 0 && r.Params != "" {
			p.params = append(p.params, given{at, r.Params})
		}
	}
	return nil
}

// blacklists reports whether a blacklist line keeps a requested module out.
func (p *planner) blacklists(m Module) bool {
	return !p.opts.KeepBlacklisted && (m.Alias != "" || p.opts.UseBlacklist)
}

// skip notes a module that is left alone. It shows in the plan unless something
// else brings the module in.
func (p *planner) skip(m Module, why Reason, skip Skip) {
	if at, known := p.skippedAt[m.Name]; known {
		p.skipped[at].addReason(why, false)
		return
	}
	note(&p.skippedAt, m.Name, len(p.skipped))
	p.skipped = append(p.skipped, Step{Action: ActionSkip, Module: m, Skip: &skip, Reasons: []Reason{why}})
}

// visit plans a module after its dependencies and returns its step, -1 when it has
// none yet because it waits for one that visits it.
func (p *planner) visit(m Module, why Reason) (int, error) {
	if err := p.fileOf(m.Name); err != nil {
		return -1, err
	}
	turn := visit{m.Name, m.Alias}
	if p.complete[m.Name] || p.visited[turn] {
		at, planned := p.index[m.Name]
		if !planned {
			return -1, nil
		}
		p.again(at, m, why, false)
		return at, nil
	}
	p.visited[turn] = true
	_, planned := p.index[m.Name]
	deps, err := p.dependencies(m)
	if err != nil {
		return -1, err
	}
	for _, dep := range deps {
		// The line also lists the dependencies of dependencies, before them, so
		// there is no need to descend, and a loop in a damaged file does no harm.
		// Nor does it matter whether the dependency itself waits for one that visits
		// this module: its turn is now.
		if err := p.dependency(dep, Reason{Kind: ReasonDependency, Of: m.Name}); err != nil {
			return -1, err
		}
	}
	at, err := p.single(m, deps, why, planned)
	p.complete[m.Name] = err == nil && at >= 0
	return at, err
}

// dependency adds a module from a line of modules.dep.
func (p *planner) dependency(m Module, why Reason) error {
	if err := p.fileOf(m.Name); err != nil {
		return err
	}
	var deps []Module
	_, planned := p.index[m.Name]
	if !planned {
		var err error
		if deps, err = p.dependencies(m); err != nil {
			return err
		}
	}
	_, err := p.single(m, deps, why, planned)
	return err
}

// single adds a module whose hard dependencies have their steps, with its soft
// dependencies around it. planned says whether it had a step when its turn began; if
// not, this is the first reason, even if something that is loaded for it brought it
// in.
func (p *planner) single(m Module, deps []Module, why Reason, planned bool) (int, error) {
	before, err := p.soft(m, ReasonSoftPre)
	if err != nil {
		return -1, err
	}
	at, brought := p.index[m.Name]
	if brought {
		p.again(at, m, why, !planned)
	} else {
		at = p.add(m, deps, why, before)
	}
	first := len(p.plan.Steps)
	if _, err := p.soft(m, ReasonSoftPost); err != nil {
		return -1, err
	}
	for i := first; i < len(p.plan.Steps); i++ {
		p.plan.Steps[i].follow(at)
	}
	return at, nil
}

// addReason adds a reason, before all others if it is the first. The same reason may
// come twice, as the turn of the module that gives it may.
func (s *Step) addReason(why Reason, first bool) {
	switch last := len(s.Reasons) - 1; {
	case s.Reasons[0].equal(why):
	case first:
		s.Reasons = slices.Insert(s.Reasons, 0, why)
	case !s.Reasons[last].equal(why):
		s.Reasons = append(s.Reasons, why)
	}
}

// follow makes a step wait for an earlier one, unless it already does so, or waits for
// one after that.
func (s *Step) follow(at int) {
	behind := func(i int) bool { return i >= at }
	if !slices.ContainsFunc(s.Needs, behind) && !slices.ContainsFunc(s.After, behind) {
		s.After = append(s.After, at)
	}
}

// add appends the step of a module.
func (p *planner) add(m Module, deps []Module, why Reason, after []int) int {
	s := p.step(m, why)
	s.After = after
	for _, dep := range deps {
		if need, planned := p.index[dep.Name]; planned {
			s.Needs = append(s.Needs, need)
		}
	}
	at := len(p.plan.Steps)
	p.plan.Steps = append(p.plan.Steps, s)
	p.index[m.Name] = at
	return at
}

// step makes the step of a module.
func (p *planner) step(m Module, why Reason) Step {
	if f := p.files[m.Name]; f != nil {
		m.Path, m.Builtin, m.Local = f.module.Path, false, true
	}
	s := Step{Module: m, Reasons: []Reason{why}}
	if m.Alias != "" {
		s.aliases = []string{m.Alias}
	}
	for _, line := range p.conf.WeakdepsOf(m.Name) {
		s.Weak = append(s.Weak, line.Modules...)
	}
	install, yes := p.conf.Install(m.Name)
	switch {
	case yes && !p.opts.NoCommands && !(p.opts.IgnoreCommands && why.Kind == ReasonRequested):
		s.Action = ActionCommand
		s.Command = &Command{Module: m.Name, Text: install.Text, Origin: Origin(install.Origin)}
	case m.Builtin:
		s.Action = ActionBuiltin
	case m.Path == "":
		s.Action, s.Skip = ActionSkip, &Skip{Kind: SkipMissing}
	}
	return s
}

// again adds a reason for a step, which may become the first one.
func (p *planner) again(at int, m Module, why Reason, first bool) {
	s := &p.plan.Steps[at]
	s.addReason(why, first)
	if m.Alias != "" && !slices.Contains(s.aliases, m.Alias) {
		s.aliases = append(s.aliases, m.Alias)
	}
	if why.Kind == ReasonRequested && p.opts.IgnoreCommands && s.Action == ActionCommand {
		s.ignoreCommand()
	}
}

// ignoreCommand turns a step into what it would be without an install line.
func (s *Step) ignoreCommand() {
	s.Command = nil
	switch {
	case s.Module.Builtin:
		s.Action = ActionBuiltin
	case s.Module.Path != "":
		s.Action = ActionInsert
	default:
		s.Action, s.Skip = ActionSkip, &Skip{Kind: SkipMissing}
	}
}

// finish plans the weak dependencies, and adds what is known only at the end.
func (p *planner) finish() (*Plan, error) {
	if err := p.followWeak(); err != nil {
		return nil, err
	}
	p.addSkipped()
	for i := range p.plan.Steps {
		p.configuredOptions(&p.plan.Steps[i])
	}
	for _, g := range p.params {
		s := &p.plan.Steps[g.step]
		s.ParamSources = append(s.ParamSources, ParamSource{Params: g.params})
	}
	for i := range p.plan.Steps {
		s := &p.plan.Steps[i]
		s.joinOptions()
		if s.Action == ActionSkip && s.Skip.Kind == SkipMissing {
			s.Skip.Optional = s.Requested() && !p.insisted[s.Module.Name]
		}
	}
	for _, s := range p.there {
		p.plan.addThere(s)
	}
	return p.plan, nil
}

// addSkipped adds the steps of modules that are left alone and that nothing else brings
// in. One that is missing may have a step, too, because of an alias that names it.
func (p *planner) addSkipped() {
	for _, s := range p.skipped {
		at, planned := p.index[s.Module.Name]
		switch {
		case !planned:
			p.plan.Steps = append(p.plan.Steps, s)
		case s.Skip.Kind == SkipMissing && p.plan.Steps[at].Skip != nil:
			for _, why := range s.Reasons {
				p.plan.Steps[at].addReason(why, false)
			}
		}
	}
}

// configuredOptions gives a step the options of its module, and of the aliases that it
// was requested by.
func (p *planner) configuredOptions(s *Step) {
	if s.Action == ActionSkip {
		return
	}
	for _, line := range p.conf.OptionsFor(append([]string{s.Module.Name}, s.aliases...)...) {
		s.ParamSources = append(s.ParamSources, ParamSource{Params: line.Params, Origin: publicOrigin(line.Origin)})
	}
}

// joinOptions makes the parameter string from the options.
func (s *Step) joinOptions() {
	words := make([]string, 0, len(s.ParamSources))
	for _, o := range s.ParamSources {
		if len(words) > 0 || o.Params != "" {
			words = append(words, o.Params)
		}
	}
	s.Params = strings.Join(words, " ")
	if s.Command != nil {
		s.Command.Params = s.Params
	}
}

func publicOrigin(o modconf.Origin) *Origin {
	public := Origin(o)
	return &public
}
