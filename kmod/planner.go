package kmod

import (
	"errors"
	"fmt"
	"slices"

	"github.com/gokmod/gokmod/internal/modconf"
)

// Request asks for one module.
type Request struct {
	// Name is a module's name or an alias; see [DB.Lookup].
	Name string

	// Path, if not "", is a module file of this machine that takes the place
	// of Name. Its dependencies are those that the DB knows for a module of the
	// file's name.
	Path string

	// Params are the parameters of the module, in the form of [Step.Params].
	// They follow those of the configuration, and do not concern what else is
	// loaded for the module.
	Params string
}

// PlanOptions are the options of [DB.PlanRequests]. The zero value, or nil,
// means what modprobe(8) does without options.
type PlanOptions struct {
	// UseBlacklist skips blacklisted modules also where they are asked for by
	// their own names, and not only by an alias.
	UseBlacklist bool

	// IgnoreCommands inserts modules that are asked for even where an install
	// line says to run a command instead. Those that are loaded for them are
	// still subject to such lines.
	IgnoreCommands bool

	// NoSoftdeps leaves soft dependencies out.
	NoSoftdeps bool
}

// Plan works out what has to be done to load the modules that the names stand
// for, with what they need. An alias of several modules means all of them. A
// name that is unknown fails the whole plan.
func (db *DB) Plan(names ...string) (*Plan, error) {
	requests := make([]Request, len(names))
	for i, name := range names {
		requests[i].Name = name
	}
	return db.PlanRequests(nil, requests...)
}

// PlanRequests is [DB.Plan] for requests with parameters. Where two requests
// concern the same module, their parameters are joined in order.
//
// Before a module come its hard dependencies and its soft "pre" dependencies,
// after it the soft "post" ones, each of these with all of its own. Soft
// dependencies in a cycle, or that need the module themselves, come behind it.
func (db *DB) PlanRequests(opts *PlanOptions, requests ...Request) (*Plan, error) {
	if opts == nil {
		opts = &PlanOptions{}
	}
	p := planner{
		db: db, conf: db.conf(), opts: opts, plan: &Plan{}, left: maxEdges,
		index: map[string]int{}, entered: map[string]bool{},
	}
	for _, r := range requests {
		if err := p.request(r); err != nil {
			return nil, err
		}
	}
	p.finish()
	return p.plan, nil
}

// planner collects the steps of a plan.
type planner struct {
	db      *DB
	conf    *modconf.Config
	opts    *PlanOptions
	plan    *Plan
	index   map[string]int  // step of each module, by name
	entered map[string]bool // modules whose turn has begun, but which have no step yet
	delayed []delayed
	skipped []Step
	params  []given
	left    int // dependencies that may still be followed
	depth   int // of soft dependencies within each other
}

// given are parameters from the caller.
type given struct {
	step   int
	params string
}

// maxEdges bounds the dependencies that a plan goes through. All modules of a
// distribution's kernel together have some ten thousand; a damaged or hostile
// modules.dep can have any number, in a file of a few kilobytes.
const maxEdges = 1 << 20

// maxDepth bounds how deep soft dependencies may lie within each other.
const maxDepth = 1000

// Reasons for which no plan is made.
var (
	errEdges = errors.New("the lists of dependencies are too long")
	errDepth = errors.New("soft dependencies lie too deep within each other")
)

// dependencies is DB.Dependencies with the bound.
func (p *planner) dependencies(m Module) ([]Module, error) {
	if m.Builtin || m.Path == "" {
		return nil, nil
	}
	deps, known, err := p.db.dependencies(m.Name)
	if !known || err != nil {
		return nil, err // a file outside the index has none
	}
	return deps, p.spend(m, len(deps))
}

// spend counts edges.
func (p *planner) spend(m Module, edges int) error {
	if p.left -= edges; p.left < 0 {
		return fmt.Errorf("plan the load of module %s: %w", printable(m.Name), errEdges)
	}
	return nil
}

func (p *planner) request(r Request) error {
	found, err := p.find(&r)
	if err != nil {
		return err
	}
	for _, m := range found {
		why := Reason{Kind: ReasonRequested, Of: r.Name}
		if origin, yes := p.conf.Blacklisted(m.Name); yes && (m.alias != "" || p.opts.UseBlacklist) {
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

// find looks up what a request asks for.
func (p *planner) find(r *Request) ([]Module, error) {
	if r.Path == "" {
		return p.db.Lookup(r.Name)
	}
	r.Name = r.Path
	m, err := localModule(r.Path)
	return []Module{m}, err
}

// skip notes a module that is left alone. It shows in the plan unless something
// else brings the module in.
func (p *planner) skip(m Module, why Reason, skip Skip) {
	for i := range p.skipped {
		if s := &p.skipped[i]; s.Module.Name == m.Name {
			s.Reasons = append(s.Reasons, why)
			return
		}
	}
	p.skipped = append(p.skipped, Step{Action: ActionSkip, Module: m, Skip: &skip, Reasons: []Reason{why}})
}

// visit puts a module behind its dependencies and returns its step, -1 when it
// has none, or none yet.
func (p *planner) visit(m Module, why Reason) (int, error) {
	if at, seen := p.index[m.Name]; seen {
		p.again(at, m, why)
		return at, nil
	}
	if p.entered[m.Name] {
		return -1, nil
	}
	deps, err := p.dependencies(m)
	if err != nil {
		return -1, err
	}
	for _, dep := range deps {
		if p.entered[dep.Name] {
			p.delayed = append(p.delayed, delayed{m, why, dep.Name})
			return -1, nil
		}
	}
	p.entered[m.Name] = true
	for _, dep := range deps {
		// The line lists the dependencies of dependencies too, before them, so
		// there is no need to descend, and a loop in a damaged file does no
		// harm.
		if err := p.dependency(dep, Reason{Kind: ReasonDependency, Of: m.Name}); err != nil {
			return -1, err
		}
	}
	return p.single(m, deps, why)
}

// dependency adds a module from a line of modules.dep.
func (p *planner) dependency(m Module, why Reason) error {
	if at, seen := p.index[m.Name]; seen {
		p.again(at, m, why)
		return nil
	}
	if p.entered[m.Name] {
		return nil // a damaged file
	}
	p.entered[m.Name] = true
	deps, err := p.dependencies(m)
	if err == nil {
		_, err = p.single(m, deps, why)
	}
	return err
}

// single adds a module whose hard dependencies have their steps, with its soft
// dependencies around it.
func (p *planner) single(m Module, deps []Module, why Reason) (int, error) {
	before, err := p.soft(m, ReasonSoftPre)
	if err != nil {
		return -1, err
	}
	at := p.append(p.step(m, why))
	s := &p.plan.Steps[at]
	s.After = before
	for _, dep := range deps {
		if need, planned := p.index[dep.Name]; planned && need != at {
			s.Needs = append(s.Needs, need)
		}
	}
	first := len(p.plan.Steps)
	if _, err := p.soft(m, ReasonSoftPost); err != nil {
		return -1, err
	}
	if err := p.resume(m.Name); err != nil {
		return -1, err
	}
	for i := first; i < len(p.plan.Steps); i++ {
		p.plan.Steps[i].follow(at)
	}
	return at, nil
}

// follow lets a step wait for an earlier one, unless it does already, be it
// because it waits for one behind that.
func (s *Step) follow(at int) {
	behind := func(i int) bool { return i >= at }
	if !slices.ContainsFunc(s.Needs, behind) && !slices.ContainsFunc(s.After, behind) {
		s.After = append(s.After, at)
	}
}

// step makes the step of a module.
func (p *planner) step(m Module, why Reason) Step {
	s := Step{Module: m, Reasons: []Reason{why}}
	if m.alias != "" {
		s.aliases = []string{m.alias}
	}
	for _, line := range p.conf.WeakdepsOf(m.Name) {
		s.Weak = append(s.Weak, line.Modules...)
	}
	install, yes := p.conf.Install(m.Name)
	switch {
	case yes && !(p.opts.IgnoreCommands && why.Kind == ReasonRequested):
		s.Action = ActionCommand
		s.Command = &Command{Module: m.Name, Text: install.Text, Origin: Origin(install.Origin)}
	case m.Builtin:
		s.Action = ActionBuiltin
	case m.Path == "":
		s.Action, s.Skip = ActionSkip, &Skip{Kind: SkipMissing}
	}
	return s
}

// again notes that there is one more reason for a step.
func (p *planner) again(at int, m Module, why Reason) {
	s := &p.plan.Steps[at]
	s.Reasons = append(s.Reasons, why)
	if m.alias != "" && !slices.Contains(s.aliases, m.alias) {
		s.aliases = append(s.aliases, m.alias)
	}
	if why.Kind == ReasonRequested && p.opts.IgnoreCommands && s.Action == ActionCommand {
		s.ignoreCommand()
	}
}

// ignoreCommand turns a step to what it would be without an install line.
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

func (p *planner) append(s Step) int {
	p.plan.Steps = append(p.plan.Steps, s)
	at := len(p.plan.Steps) - 1
	p.index[s.Module.Name] = at
	delete(p.entered, s.Module.Name)
	return at
}

// finish adds what is known only at the end.
func (p *planner) finish() {
	for _, s := range p.skipped {
		if _, planned := p.index[s.Module.Name]; !planned {
			p.plan.Steps = append(p.plan.Steps, s)
		}
	}
	for i := range p.plan.Steps {
		p.configuredOptions(&p.plan.Steps[i])
	}
	for _, g := range p.params {
		p.plan.Steps[g.step].addOption(Option{Params: g.params})
	}
	for i := range p.plan.Steps {
		if s := &p.plan.Steps[i]; s.Command != nil {
			s.Command.Params = s.Params
		}
	}
}

// configuredOptions gives a step the options of its module, and of the aliases
// by which it was asked for.
func (p *planner) configuredOptions(s *Step) {
	if s.Action == ActionSkip {
		return
	}
	for _, line := range p.conf.OptionsFor(append([]string{s.Module.Name}, s.aliases...)...) {
		s.addOption(Option{Params: line.Params, Origin: publicOrigin(line.Origin)})
	}
}

func (s *Step) addOption(o Option) {
	s.Options = append(s.Options, o)
	if s.Params != "" {
		s.Params += " "
	}
	s.Params += o.Params
}

func publicOrigin(o modconf.Origin) *Origin {
	public := Origin(o)
	return &public
}
