package kmod_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/kmodtest"
)

// TestRunRandom runs random plans with failures, cancellations and any number of
// steps at a time.
func TestRunRandom(t *testing.T) {
	rounds := uint64(1000)
	if testing.Short() && !raceEnabled {
		rounds = 100
	}
	for seed := range rounds {
		c := newRandomRun(t, seed)
		checkOrder(t, c.plan)
		c.same(t)
		c.any(t, &kmod.RunOptions{})
		c.any(t, &kmod.RunOptions{KeepGoing: true})
		c.any(t, &kmod.RunOptions{Rollback: true, KeepGoing: c.r.IntN(2) == 0})
		if t.Failed() {
			t.Fatalf("seed %d: %v of %+v\nlive %v, failing %v, forbidden %v",
				seed, c.names, c.tree, c.live, c.failing, c.forbidden)
		}
	}
}

// randomRun is a plan with what is already in the kernel and what goes wrong.
type randomRun struct {
	r                        *rand.Rand
	tree                     *kmodtest.Tree
	db                       *kmod.DB
	plan                     *kmod.Plan
	names                    []string
	live, failing, forbidden []string
}

func newRandomRun(t *testing.T, seed uint64) *randomRun {
	t.Helper()
	c := &randomRun{r: rand.New(rand.NewPCG(seed, 10))}
	c.tree = softRandomTree(c.r)
	db, err := c.tree.Open()
	if err != nil {
		t.Fatal(err)
	}
	c.db = db
	t.Cleanup(func() { db.Close() })
	some := func(one int) []string {
		var names []string
		for _, m := range c.tree.Modules {
			if c.r.IntN(one) == 0 {
				names = append(names, m.Name)
			}
		}
		return names
	}
	if c.names = some(3); c.names == nil {
		c.names = []string{"m0"}
	}
	c.live, c.failing, c.forbidden = some(8), some(3), some(16)
	if c.plan, err = db.Plan(c.names...); err != nil {
		t.Fatal(err)
	}
	return c
}

// softRandomTree has modules m0, m1 … most of whose dependencies are soft; hard
// ones lead to those of higher numbers.
func softRandomTree(r *rand.Rand) *kmodtest.Tree {
	tree := &kmodtest.Tree{}
	n := 4 + r.IntN(8)
	some := func(from int) string {
		var names []string
		for range r.IntN(3) {
			if i := from + r.IntN(n); i < n {
				names = append(names, fmt.Sprintf("m%d", i))
			}
		}
		return strings.Join(names, " ")
	}
	for i := range n {
		m := kmodtest.Module{Name: fmt.Sprintf("m%d", i)}
		switch r.IntN(12) {
		case 0:
			m.Builtin = true
		case 1:
			tree.Modprobe += "install " + m.Name + " true\n"
		case 2:
			m.Softdeps = []string{"pre: nosuch"}
		case 3, 4, 5:
			m.Softdeps = []string{"pre: " + some(0)}
		default:
			m.Softdeps = []string{"pre: " + some(0) + " post: " + some(0) + " " + some(0)}
		}
		if !m.Builtin {
			m.Depends = strings.Fields(some(i + 1 + n/2))
		}
		tree.Modules = append(tree.Modules, m)
	}
	return tree
}

// checkOrder: a module that comes later than one after which it is to be loaded
// waits for that, directly or not.
func checkOrder(t *testing.T, p *kmod.Plan) {
	t.Helper()
	waits := make([]map[int]bool, len(p.Steps))
	for i := range p.Steps {
		s := &p.Steps[i]
		waits[i] = map[int]bool{}
		for _, at := range slices.Concat(s.Needs, s.After) {
			waits[i][at] = true
			maps.Copy(waits[i], waits[at])
		}
		for _, why := range s.Reasons {
			at := slices.IndexFunc(p.Steps, func(other kmod.Step) bool { return other.Module.Name == why.Of })
			if why.Kind == kmod.ReasonSoftPost && at < i && s.Action != kmod.ActionSkip && !waits[i][at] {
				t.Errorf("%s is a %v, but does not wait for it", s.Module.Name, why)
			}
		}
	}
}

// trial is one run of a plan, and what happened in the kernel.
type trial struct {
	result *kmod.Result
	err    error
	kernel *kmodtest.Kernel
	before []string // in the kernel
	done   []string // steps that ended, by their callback

	mu     sync.Mutex
	events []string // "+m1" for the begin of an init function or a command, "-m1" for its end
}

func (tr *trial) note(event string) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.events = append(tr.events, event)
}

// run runs the plan on a new kernel. cancelAt is the number of inits and commands
// after which the context ends, -1 for never.
func (c *randomRun) run(t *testing.T, opts kmod.RunOptions, parallel, cancelAt int) *trial {
	t.Helper()
	tr := &trial{kernel: c.tree.Kernel()}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	load := kmod.NewLoader(c.db, &kmod.LoaderConfig{Kernel: tr.kernel, Parallel: 1})
	_, _ = load.Load(ctx, c.live...)
	tr.before = tr.kernel.Modules()
	begun, pauses := 0, c.pauses()
	act := func(name string) error {
		tr.mu.Lock()
		if begun++; begun == cancelAt {
			cancel()
		}
		tr.mu.Unlock()
		tr.note("+" + name)
		defer tr.note("-" + name)
		for range pauses() {
			runtime.Gosched()
		}
		if slices.Contains(c.failing, name) {
			return syscall.ENODEV
		}
		return nil
	}
	tr.kernel.OnInit = func(name, _ string) error { return act(name) }
	opts.Done = func(r *kmod.StepResult) { tr.done = append(tr.done, r.Step.Module.Name) }
	loader := kmod.NewLoader(c.db, &kmod.LoaderConfig{
		Kernel: tr.kernel, Parallel: parallel,
		Command: func(_ context.Context, cmd *kmod.Command) error { return act(cmd.Module) },
		Policy: func(s *kmod.Step) error {
			if slices.Contains(c.forbidden, s.Module.Name) {
				return errors.New("not here")
			}
			return nil
		},
	})
	tr.result, tr.err = loader.Run(ctx, c.plan, &opts)
	return tr
}

// pauses returns lengths for the pauses that let other steps overtake.
func (c *randomRun) pauses() func() int {
	var mu sync.Mutex
	r := rand.New(rand.NewPCG(c.r.Uint64(), 1))
	return func() int {
		mu.Lock()
		defer mu.Unlock()
		return 1 << r.IntN(8)
	}
}

// same: if neither a failure nor anything else ends the run, the result does not depend
// on how many steps run at a time.
func (c *randomRun) same(t *testing.T) {
	t.Helper()
	want := ""
	for _, parallel := range []int{1, 2, 4, 16} {
		tr := c.run(t, kmod.RunOptions{KeepGoing: true}, parallel, -1)
		c.check(t, tr)
		for i := range tr.result.Steps {
			c.checkReached(t, tr, &tr.result.Steps[i])
		}
		if len(tr.done) != len(c.plan.Steps) {
			t.Errorf("%d of %d steps ended", len(tr.done), len(c.plan.Steps))
		}
		switch got := tr.String(); {
		case want == "":
			want = got
		case got != want:
			t.Errorf("with %d at a time:\n%s\nnot:\n%s", parallel, got, want)
		}
	}
}

// String is everything that the caller of a run can see, except the order of events.
func (tr *trial) String() string {
	var b strings.Builder
	for _, s := range tr.result.Steps {
		fmt.Fprintln(&b, s.Step.Module.Name, s.Outcome, s.Required, s.Err)
	}
	modules := tr.kernel.Modules()
	slices.Sort(modules)
	fmt.Fprintln(&b, tr.err, modules)
	return b.String()
}

// checkReached checks an outcome of a run in which every step had its turn.
func (c *randomRun) checkReached(t *testing.T, tr *trial, s *kmod.StepResult) {
	t.Helper()
	var need *kmod.Error
	if s.Outcome == kmod.OutcomeNotReached && !failedTo(s.Err, "need", &need) {
		t.Errorf("%s is not reached, with the error %v", s.Step.Module.Name, s.Err)
	}
	if s.Outcome != kmod.OutcomeNotNeeded {
		return
	}
	for _, why := range s.Step.Reasons {
		at := slices.IndexFunc(c.plan.Steps, func(other kmod.Step) bool { return other.Module.Name == why.Of })
		if why.Kind == kmod.ReasonRequested {
			t.Errorf("%s was asked for, but not needed", s.Step.Module.Name)
		} else if o := tr.result.Steps[at].Outcome; o == kmod.OutcomeInserted || o == kmod.OutcomeRan {
			t.Errorf("%s is a %v, but not needed", s.Step.Module.Name, why)
		}
	}
}

// any: whatever ends a run, and when, these hold.
func (c *randomRun) any(t *testing.T, opts *kmod.RunOptions) {
	t.Helper()
	tr := c.run(t, *opts, 1+c.r.IntN(16), c.r.IntN(8))
	c.check(t, tr)
	ended := map[string]bool{}
	for _, name := range tr.done {
		if ended[name] {
			t.Errorf("%s ended twice", name)
		}
		ended[name] = true
	}
	for i := range tr.result.Steps {
		s := &tr.result.Steps[i]
		before := s.Outcome == kmod.OutcomeLive || s.Outcome == kmod.OutcomeBuiltin || s.Outcome == kmod.OutcomeNotReached
		if !before && !ended[s.Step.Module.Name] {
			t.Errorf("%s is %v, but has not ended", s.Step.Module.Name, s.Outcome)
		}
	}
	if opts.Rollback && tr.err != nil && !slices.Equal(tr.kernel.Modules(), tr.before) {
		t.Errorf("the kernel has %v, and had %v", tr.kernel.Modules(), tr.before)
	}
}

// there are the outcomes of steps that others can use, or could until they were removed.
var there = []kmod.Outcome{
	kmod.OutcomeInserted, kmod.OutcomeLive, kmod.OutcomeBuiltin, kmod.OutcomeRan, kmod.OutcomeRemoved,
}

// check: users come after what they need and wait for, nothing happens twice, and
// nothing is under way at the end.
func (c *randomRun) check(t *testing.T, tr *trial) {
	t.Helper()
	checkAgainstKernel(t, tr.result, tr.kernel, tr.before, nil)
	tr.mu.Lock()
	defer tr.mu.Unlock()
	position := map[string]int{}
	for i, event := range tr.events {
		if _, twice := position[event]; twice {
			t.Errorf("%s happened twice", event)
		}
		position[event] = i
	}
	for i := range c.plan.Steps {
		s := &c.plan.Steps[i]
		begin, begun := position["+"+s.Module.Name]
		if _, ended := position["-"+s.Module.Name]; begun != ended {
			t.Errorf("%s is under way", s.Module.Name)
		}
		for _, at := range slices.Concat(s.Needs, s.After) {
			before := c.plan.Steps[at].Module.Name
			if end, acted := position["-"+before]; begun && acted && end > begin {
				t.Errorf("%s began before %s ended", s.Module.Name, before)
			}
		}
		for _, at := range s.Needs {
			o := tr.result.Steps[at].Outcome
			if begun && !slices.Contains(there, o) {
				t.Errorf("%s began, and needs %s, which is %v", s.Module.Name, c.plan.Steps[at].Module.Name, o)
			}
		}
	}
}
