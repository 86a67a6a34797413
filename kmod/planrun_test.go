package kmod_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/fstest"
	"testing/synctest"

	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/kmodtest"
	"github.com/gokmod/gokmod/kmod/live"
)

// softLoader makes a loader of softTree with configuration, and its kernel.
func softLoader(t *testing.T, config string, cfg kmod.LoaderConfig) (*kmod.Loader, *kmodtest.Kernel) {
	t.Helper()
	k := kmodtest.New(modtest.Release)
	k.Symbols = []string{"printk"}
	cfg.Kernel = k
	db := dbtest.Open(t, &kmod.Config{FS: softTree(), Release: modtest.Release, ConfigFiles: []kmod.ConfigFile{{Name: "a.conf", Text: config}}})
	return kmod.NewLoader(db, &cfg), k
}

// outcomes returns what became of each step.
func outcomes(r *kmod.Result) string {
	var words []string
	for _, s := range r.Steps {
		words = append(words, fmt.Sprintf("%s: %v", s.Step.Module.Name, s.Outcome))
	}
	return strings.Join(words, ", ")
}

func TestRunOutcomes(t *testing.T) {
	fail := func(modules ...string) func(*kmodtest.Kernel) {
		return func(k *kmodtest.Kernel) {
			for _, m := range modules {
				k.Fail(m, syscall.ENODEV)
			}
		}
	}
	forbid := func(modules ...string) func(*kmod.Step) error {
		return func(s *kmod.Step) error {
			if slices.Contains(modules, s.Module.Name) {
				return errors.New("not here")
			}
			return nil
		}
	}
	command := func(err error) func(context.Context, *kmod.Command) error {
		return func(context.Context, *kmod.Command) error { return err }
	}
	errCommand := errors.New("exit status 1")
	tests := []struct {
		name   string
		config string
		loader kmod.LoaderConfig
		setup  func(*kmodtest.Kernel)
		before []string // loaded first
		opts   *kmod.RunOptions
		names  []string
		want   string
		err    error
	}{
		{"all", "", kmod.LoaderConfig{}, nil, nil, nil, []string{"top", "inside"},
			"base: inserted, mid: inserted, low: inserted, pre: inserted, top: inserted, post: inserted, inside: built in", nil},
		{"live already", "", kmod.LoaderConfig{}, nil, []string{"low", "base"}, nil, []string{"top"},
			"base: live already, mid: inserted, low: live already, pre: inserted, top: inserted, post: inserted", nil},
		{"what was asked for is live", "softdep top pre: pre post: post\n", kmod.LoaderConfig{}, fail("pre", "post"), []string{"top"}, nil, []string{"top"},
			"base: live already, mid: live already, low: live already, pre: not needed, top: live already, post: not needed", nil},
		{"a hard dependency fails", "", kmod.LoaderConfig{}, fail("mid"), nil, nil, []string{"top", "low"},
			"base: inserted, mid: failed, low: not reached, pre: not reached, top: not reached, post: not reached", kmod.ErrInit},
		{"keep going", "", kmod.LoaderConfig{}, fail("mid"), nil, &kmod.RunOptions{KeepGoing: true}, []string{"top", "low"},
			"base: inserted, mid: failed, low: inserted, pre: inserted, top: not reached, post: not needed", kmod.ErrInit},
		{"rollback", "", kmod.LoaderConfig{}, fail("top"), []string{"base"}, &kmod.RunOptions{Rollback: true}, []string{"top"},
			"base: live already, mid: removed again, low: removed again, pre: removed again, top: failed, post: not reached", kmod.ErrInit},
		{"soft dependencies fail", "", kmod.LoaderConfig{}, fail("low", "post"), nil, nil, []string{"top"},
			"base: inserted, mid: inserted, low: failed, pre: not reached, top: inserted, post: failed", nil},
		{"forbidden", "", kmod.LoaderConfig{Policy: forbid("top")}, nil, nil, nil, []string{"top"},
			"base: not needed, mid: not needed, low: not needed, pre: not needed, top: failed, post: not reached", kmod.ErrForbidden},
		{"forbidden dependency", "", kmod.LoaderConfig{Policy: forbid("base")}, nil, nil, &kmod.RunOptions{KeepGoing: true}, []string{"top", "pre"},
			"base: failed, mid: not needed, low: inserted, pre: inserted, top: not reached, post: not needed", kmod.ErrForbidden},
		{"forbidden soft dependency", "", kmod.LoaderConfig{Policy: forbid("low")}, nil, nil, nil, []string{"top"},
			"base: inserted, mid: inserted, low: not needed, pre: not reached, top: inserted, post: inserted", nil},
		{"forbidden but live", "", kmod.LoaderConfig{Policy: forbid()}, nil, []string{"base"}, nil, []string{"mid"},
			"base: live already, mid: inserted", nil},
		{"blacklisted alias", "blacklist top\n", kmod.LoaderConfig{}, nil, nil, nil, []string{"x:1", "base"},
			"base: inserted, top: skipped", nil},
		{"alias of nothing", "alias y nosuch\n", kmod.LoaderConfig{}, nil, nil, nil, []string{"y"}, "nosuch: skipped", kmod.ErrNotFound},
		{"missing soft dependency", "softdep low pre: nosuch\n", kmod.LoaderConfig{}, nil, nil, nil, []string{"low"},
			"low: inserted, nosuch: skipped", nil},
		{"command", "install mid cmd\n", kmod.LoaderConfig{Command: command(nil)}, nil, nil, nil, []string{"mid"},
			"base: inserted, mid: ran", nil},
		{"command fails", "install base cmd\n", kmod.LoaderConfig{Command: command(errCommand)}, nil, nil, nil, []string{"mid"},
			"base: failed, mid: not reached", errCommand},
		{"nobody to run it", "install base cmd\n", kmod.LoaderConfig{}, nil, nil, nil, []string{"mid"},
			"base: failed, mid: not reached", kmod.ErrNoCommand},
		{"dry", "install low cmd\n", kmod.LoaderConfig{}, nil, []string{"base"}, &kmod.RunOptions{DryRun: true}, []string{"top"},
			"base: live already, mid: inserted, low: ran, pre: inserted, top: inserted, post: inserted", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.loader.Parallel = 1
			loader, k := softLoader(t, test.config, test.loader)
			if test.before != nil {
				if _, err := kmod.NewLoader(loader.DB(), &kmod.LoaderConfig{Kernel: k}).Load(context.Background(), test.before...); err != nil {
					t.Fatal(err)
				}
				for _, soft := range []string{"pre", "post"} {
					_ = k.DeleteModule(soft, 0)
				}
			}
			before := k.Modules()
			if test.setup != nil {
				test.setup(k)
			}
			plan, err := loader.DB().Plan(test.names...)
			if err != nil {
				t.Fatal(err)
			}
			result, err := loader.Run(context.Background(), plan, test.opts)
			if !errors.Is(err, test.err) {
				t.Errorf("error is %v, want %v", err, test.err)
			}
			if got := outcomes(result); got != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
			checkAgainstKernel(t, result, k, before, test.opts)
		})
	}
}

// checkAgainstKernel compares what the result says was inserted with what the
// kernel has.
func checkAgainstKernel(t *testing.T, r *kmod.Result, k *kmodtest.Kernel, before []string, opts *kmod.RunOptions) {
	t.Helper()
	want := slices.Clone(before)
	if opts == nil || !opts.DryRun {
		want = append(want, r.Inserted()...)
	}
	slices.Sort(want)
	got := k.Modules()
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("the kernel has %v, the result says %v", got, want)
	}
	for _, s := range r.Steps {
		switch s.Outcome {
		case kmod.OutcomeFailed, kmod.OutcomeSkipped:
			if s.Err == nil {
				t.Errorf("%s is %v without an error", s.Step.Module.Name, s.Outcome)
			}
		case kmod.OutcomeInserted, kmod.OutcomeLive, kmod.OutcomeBuiltin, kmod.OutcomeRan:
			if s.Err != nil {
				t.Errorf("%s is %v with error %v", s.Step.Module.Name, s.Outcome, s.Err)
			}
		}
	}
}

// TestRunBuiltin: nothing is done for a requested module that is in the kernel image,
// neither by its command nor for its soft dependencies, but these count if it is the
// soft dependency of another one.
func TestRunBuiltin(t *testing.T) {
	const config = "install inside cmd\nsoftdep inside pre: b\nsoftdep c pre: inside\n"
	for name, want := range map[string]string{
		"inside": "b: not needed, inside: built in",
		"c":      "b: inserted, inside: built in, c: inserted",
	} {
		loader := kmod.NewLoader(dbtest.Configured(t, flatTree(), config), &kmod.LoaderConfig{
			Kernel: kmodtest.New(modtest.Release),
			Policy: func(s *kmod.Step) error {
				if s.Module.Name == "inside" {
					return errors.New("not here")
				}
				return nil
			},
		})
		plan, err := loader.DB().Plan(name)
		if err != nil {
			t.Fatal(err)
		}
		result, err := loader.Run(t.Context(), plan, &kmod.RunOptions{DryRun: true})
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got := outcomes(result); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}

func TestRunErrors(t *testing.T) {
	loader, k := softLoader(t, "", kmod.LoaderConfig{Policy: func(s *kmod.Step) error {
		if s.Module.Name == "base" {
			return fmt.Errorf("not on %s", "Sundays")
		}
		return nil
	}})
	result, err := loader.Load(context.Background(), "top")
	var policy *kmod.Error
	const want = "load module base: policy forbids it: not on Sundays (needed by mid, for top)"
	if !failedTo(err, "load", &policy) || policy.Module != "base" || !strings.HasPrefix(err.Error(), "load module base: policy forbids it: not on Sundays") {
		t.Errorf("got %v, want %s", err, want)
	}
	var dependency *kmod.Error
	if last := result.Steps[4]; !failedTo(last.Err, "need", &dependency) || dependency.Dependency != "base" || !errors.Is(last.Err, kmod.ErrForbidden) {
		t.Errorf("top has %v", last.Err)
	}
	if len(k.Calls()) != 0 {
		t.Errorf("calls are %v", k.Calls())
	}
	loader, _ = softLoader(t, "blacklist top\n", kmod.LoaderConfig{})
	result, err = loader.Load(context.Background(), "x:1")
	if err != nil || !errors.Is(result.Steps[0].Err, kmod.ErrBlacklisted) ||
		result.Steps[0].Err.Error() != "skip module top: the module is blacklisted (a.conf line 1)" {
		t.Errorf("a blacklisted module gives %v, %v", result.Steps[0].Err, err)
	}
}

// TestRunParallel: steps that do not wait for each other are under way at the
// same time, and the others are not.
func TestRunParallel(t *testing.T) {
	loader, k := softLoader(t, "", kmod.LoaderConfig{Parallel: 3})
	var mu sync.Mutex
	arrived := map[string]bool{}
	both := make(chan struct{})
	k.OnInit = func(module, _ string) error {
		mu.Lock()
		arrived[module] = true
		if arrived["base"] && arrived["low"] && module != "mid" && module != "pre" && !arrived["mid"] && !arrived["pre"] {
			close(both)
		}
		mu.Unlock()
		if module == "base" || module == "low" {
			<-both // each waits for the other one
		}
		return nil
	}
	result, err := loader.Load(context.Background(), "top")
	if err != nil {
		t.Fatal(err)
	}
	order := k.Modules()
	if len(result.Inserted()) != 6 || slices.Index(order, "post") != 5 || slices.Index(order, "top") != 4 {
		t.Errorf("the order was %v", order)
	}
}

// flatLoader makes a loader of n modules that need nothing, each of size bytes at least.
// Their init functions wait until release is called.
func flatLoader(t *testing.T, n, size int, cfg kmod.LoaderConfig) (k *kmodtest.Kernel, load func(), release func()) {
	var modules []modtest.TreeModule
	var names []string
	var releases []func()
	k = kmodtest.New(modtest.Release)
	for i := range n {
		name := fmt.Sprint("m", i)
		image := modtest.Named(name, nil, nil).Build()
		image = append(image, make([]byte, max(size-len(image), 0))...)
		modules = append(modules, modtest.TreeModule{Path: name + ".ko", File: image})
		_, release := k.Block(name)
		names, releases = append(names, name), append(releases, release)
	}
	db, err := kmod.Open(&kmod.Config{FS: modtest.Tree(nil, modules...), Release: modtest.Release, NoConfig: true})
	if err != nil {
		t.Fatal(err)
	}
	cfg.Kernel = k
	load = func() {
		defer db.Close()
		if result, err := kmod.NewLoader(db, &cfg).Load(context.Background(), names...); err != nil || len(result.Inserted()) != n {
			t.Errorf("%v, %v", result, err)
		}
	}
	return k, load, func() {
		for _, release := range releases {
			release()
		}
	}
}

// TestParallel: so many init functions run at a time, except that large images in
// memory are bounded by the number of processors.
func TestParallel(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	const large = 16<<20 + 1
	for _, test := range []struct{ parallel, processors, modules, size, want int }{
		{0, 2, 9, 0, 8}, {0, 9, 10, 0, 9}, {3, 2, 4, 0, 3}, {1, 2, 2, 0, 1}, {20, 2, 12, 0, 12},
		{0, 1, 2, large, 1}, {0, 1, 2, large - 1, 2}, {2, 2, 3, large, 2},
	} {
		runtime.GOMAXPROCS(test.processors)
		synctest.Test(t, func(t *testing.T) {
			k, load, release := flatLoader(t, test.modules, test.size, kmod.LoaderConfig{Parallel: test.parallel})
			go load()
			synctest.Wait()
			coming := 0
			for m, err := range live.Loaded(k) {
				if err != nil || m.State != live.StateComing {
					t.Errorf("%s is %v, %v", m.Name, m.State, err)
				}
				coming++
			}
			if coming != test.want {
				t.Errorf("%+v: %d are coming", test, coming)
			}
			release()
			synctest.Wait()
		})
	}
}

// TestRunStarts: the callbacks come in the order of what happens.
func TestRunStarts(t *testing.T) {
	loader, _ := softLoader(t, "", kmod.LoaderConfig{Parallel: 1})
	plan, err := loader.DB().Plan("mid", "inside")
	if err != nil {
		t.Fatal(err)
	}
	var log []string
	_, err = loader.Run(context.Background(), plan, &kmod.RunOptions{
		Start: func(s *kmod.Step) { log = append(log, "start "+s.Module.Name) },
		Done:  func(r *kmod.StepResult) { log = append(log, fmt.Sprintf("%s %v", r.Step.Module.Name, r.Outcome)) },
	})
	want := []string{"start base", "base inserted", "start mid", "mid inserted", "inside built in"}
	if err != nil || !slices.Equal(log, want) {
		t.Errorf("got %v, %v", log, err)
	}
}

// TestRunCancelled: no step begins after the context has ended.
func TestRunCancelled(t *testing.T) {
	for _, rollback := range []bool{false, true} {
		loader, k := softLoader(t, "", kmod.LoaderConfig{Parallel: 1})
		ctx, cancel := context.WithCancel(context.Background())
		k.OnInit = func(module, _ string) error {
			if module == "mid" {
				cancel()
			}
			return nil
		}
		plan, err := loader.DB().Plan("top")
		if err != nil {
			t.Fatal(err)
		}
		result, err := loader.Run(ctx, plan, &kmod.RunOptions{Rollback: rollback})
		want := []string{"base", "mid"}
		if rollback {
			want = nil
		}
		if !errors.Is(err, context.Canceled) || !slices.Equal(k.Modules(), want) {
			t.Errorf("rollback %v: %v, the kernel has %v, %s", rollback, err, k.Modules(), outcomes(result))
		}
	}
}

// TestManyAskAtOnce: goroutines with one loader and with loaders of their own,
// as processes would, ask for overlapping sets.
func TestManyAskAtOnce(t *testing.T) {
	shared, k := softLoader(t, "", kmod.LoaderConfig{})
	sets := [][]string{{"top"}, {"pre", "mid"}, {"post", "low"}, {"base"}, {"x:3", "pre"}}
	var wg sync.WaitGroup
	for i := range 200 {
		loader := shared
		if i%5 == 0 {
			loader = kmod.NewLoader(shared.DB(), &kmod.LoaderConfig{Kernel: k})
		}
		wg.Go(func() {
			result, err := loader.Load(context.Background(), sets[i%len(sets)]...)
			if err != nil {
				t.Error(err)
				return
			}
			for _, s := range result.Steps {
				// Once top is live, nobody needs post any more, which is just
				// being loaded by another goroutine.
				late := s.Step.Module.Name == "post" && s.Outcome == kmod.OutcomeNotNeeded
				if s.Outcome != kmod.OutcomeInserted && s.Outcome != kmod.OutcomeLive && !late {
					t.Errorf("%s is %v, %v", s.Step.Module.Name, s.Outcome, s.Err)
				}
			}
		})
	}
	wg.Wait()
	inserts := map[string]int{}
	for _, c := range k.Calls() {
		if c.Err == nil {
			inserts[c.Module]++
		}
	}
	for _, name := range []string{"base", "mid", "low", "pre", "top", "post"} {
		if inserts[name] != 1 {
			t.Errorf("%s was inserted %d times", name, inserts[name])
		}
	}
}

// TestOneInsert: of several goroutines that ask for a module, one inserts it,
// and the others get the same answer.
func TestOneInsert(t *testing.T) {
	for _, errno := range []syscall.Errno{0, syscall.ENODEV} {
		loader, k := softLoader(t, "", kmod.LoaderConfig{})
		k.Fail("low", errno)
		coming, release := k.Block("low")
		const callers = 20
		results := make(chan error, callers)
		for range callers {
			go func() {
				_, err := loader.Load(context.Background(), "low")
				results <- err
			}()
		}
		<-coming
		release()
		for range callers {
			if err := <-results; errno == 0 && err != nil || errno != 0 && !errors.Is(err, errno) {
				t.Errorf("with errno %v an answer is %v", errno, err)
			}
		}
		if calls := len(k.Calls()); errno == 0 && calls != 1 {
			t.Errorf("%d calls", calls)
		}
	}
}

// TestComingElsewhere: another process inserts the module at the same time.
func TestComingElsewhere(t *testing.T) {
	for _, test := range []struct {
		name  string
		errno syscall.Errno
		times int
		want  kmod.Outcome
	}{
		{"well", 0, 0, kmod.OutcomeLive},
		{"fails there", syscall.ENODEV, 1, kmod.OutcomeInserted},
		{"fails everywhere", syscall.ENODEV, 2, kmod.OutcomeFailed},
	} {
		t.Run(test.name, func(t *testing.T) {
			other, k := softLoader(t, "", kmod.LoaderConfig{})
			k.FailTimes("low", test.errno, test.times)
			coming, release := k.Block("low")
			done := make(chan struct{})
			go func() {
				_, _ = other.Load(context.Background(), "low")
				close(done)
			}()
			<-coming
			loader := kmod.NewLoader(other.DB(), &kmod.LoaderConfig{Kernel: &watched{Kernel: k, looked: release}})
			result, err := loader.Load(context.Background(), "low")
			if (err != nil) != (test.want == kmod.OutcomeFailed) || result.Steps[0].Outcome != test.want {
				t.Errorf("%s: %v", outcomes(result), err)
			}
			<-done
		})
	}
}

// TestComingForever: the context ends the wait for another process.
func TestComingForever(t *testing.T) {
	other, k := softLoader(t, "", kmod.LoaderConfig{})
	coming, release := k.Block("low")
	done := make(chan struct{})
	go func() {
		_, _ = other.Load(context.Background(), "low")
		close(done)
	}()
	<-coming
	ctx, cancel := context.WithCancel(context.Background())
	loader := kmod.NewLoader(other.DB(), &kmod.LoaderConfig{Kernel: &watched{Kernel: k, looked: cancel}})
	if _, err := loader.Load(ctx, "low"); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
	release()
	<-done
}

// watched calls looked when the state of a module has been looked at twice.
type watched struct {
	*kmodtest.Kernel
	looks  int
	looked func()
}

func (w *watched) Sys() fs.FS {
	if w.looks++; w.looks == 2 {
		w.looked()
	}
	return w.Kernel.Sys()
}

// TestUnknownButLive: a module in the kernel needs no file.
func TestUnknownButLive(t *testing.T) {
	_, k := loadTop(t)
	db := dbtest.Open(t, &kmod.Config{FS: fstest.MapFS{}, Release: modtest.Release})
	loader := kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: k})
	result, err := loader.Load(context.Background(), "top", "base")
	if err != nil || outcomes(result) != "top: live already, base: live already" {
		t.Errorf("%v, %v", result, err)
	}
	result, err = loader.Load(context.Background(), "top", "base", "top")
	if err != nil || outcomes(result) != "top: live already, base: live already" {
		t.Errorf("asked twice: %v, %v", outcomes(result), err)
	}
	result, err = loader.Load(context.Background(), "top", "nosuch")
	if !errors.Is(err, kmod.ErrNotFound) || result.Inserted() != nil {
		t.Errorf("%v, error is %v", result, err)
	}
}

// TestUnknownButNamed: a module that only the kernel knows may have a step already,
// as a soft dependency that is missing.
func TestUnknownButNamed(t *testing.T) {
	loader, k := softLoader(t, "softdep low pre: gone\n", kmod.LoaderConfig{})
	if err := k.InitModule(module("gone", nil, nil, ""), ""); err != nil {
		t.Fatal(err)
	}
	result, err := loader.Load(t.Context(), "low", "gone", "gone")
	if err != nil || outcomes(result) != "low: inserted, gone: live already" {
		t.Errorf("%v, %v", result, err)
	}
}

// TestForbiddenIsNotInserted: a module that policy keeps out but that is in the kernel
// is not inserted if it is removed meanwhile.
func TestForbiddenIsNotInserted(t *testing.T) {
	loader, k := softLoader(t, "softdep top pre: low\n", kmod.LoaderConfig{Parallel: 1, Policy: func(s *kmod.Step) error {
		if s.Module.Name == "low" {
			return errors.New("not here")
		}
		return nil
	}})
	if err := k.InitModule(module("low", nil, nil, ""), ""); err != nil {
		t.Fatal(err)
	}
	plan, err := loader.DB().Plan("top")
	if err != nil {
		t.Fatal(err)
	}
	start := func(s *kmod.Step) {
		if s.Module.Name == "low" {
			_ = k.DeleteModule("low", 0)
		}
	}
	if _, err := loader.Run(t.Context(), plan, &kmod.RunOptions{Start: start}); err != nil {
		t.Error(err)
	}
	for _, c := range k.Calls()[1:] {
		if c.Module == "low" {
			t.Errorf("the kernel was asked for %+v", c)
		}
	}
}

// TestRunOddPlan: a plan that no DB made is checked before it runs.
func TestRunOddPlan(t *testing.T) {
	loader, k := softLoader(t, "", kmod.LoaderConfig{})
	low := kmod.Module{Name: "low"}
	for name, plan := range map[string]*kmod.Plan{
		"none":              nil,
		"no such step":      {Steps: []kmod.Step{{Module: low, Needs: []int{1}}}},
		"negative":          {Steps: []kmod.Step{{Module: low, After: []int{-1}}}},
		"itself":            {Steps: []kmod.Step{{Module: low, Needs: []int{0}}}},
		"a later one":       {Steps: []kmod.Step{{Module: low, Needs: []int{1}}, {Module: low}}},
		"no command":        {Steps: []kmod.Step{{Module: low, Action: kmod.ActionCommand}}},
		"no reason":         {Steps: []kmod.Step{{Module: low, Action: kmod.ActionSkip}}},
		"no such action":    {Steps: []kmod.Step{{Module: low, Action: 99}}},
		"no file":           {Steps: []kmod.Step{{Module: low}}},
		"reasons in a loop": {Steps: []kmod.Step{{Module: low, Reasons: []kmod.Reason{{Of: "low"}, {Kind: kmod.ReasonSoftPre, Of: "low"}}}}},
	} {
		for _, opts := range []*kmod.RunOptions{nil, {DryRun: true}} {
			result, err := loader.Run(context.Background(), plan, opts)
			if err == nil || len(result.Inserted()) > 0 || len(k.Modules()) > 0 {
				t.Errorf("%s, %+v: %v, %v", name, opts, result, err)
			}
		}
	}
}

// TestAliasOfUnknownButLive: nor does a module that an alias of the configuration names.
func TestAliasOfUnknownButLive(t *testing.T) {
	_, k := loadTop(t)
	loader := kmod.NewLoader(dbtest.Configured(t, fstest.MapFS{}, "alias y top\nalias z gone\n"), &kmod.LoaderConfig{Kernel: k})
	result, err := loader.Load(context.Background(), "y")
	if err != nil || outcomes(result) != "top: live already" {
		t.Errorf("%s: %v", outcomes(result), err)
	}
	result, err = loader.Load(context.Background(), "z")
	if skip := (*kmod.Error)(nil); !failedTo(err, "skip", &skip) || skip.Module != "gone" || outcomes(result) != "gone: skipped" {
		t.Errorf("%s: %v", outcomes(result), err)
	}
}

// blindKernel is one whose /proc and /sys are not mounted.
type blindKernel struct{ *kmodtest.Kernel }

func (blindKernel) Proc() fs.FS { return fstest.MapFS{} }
func (blindKernel) Sys() fs.FS  { return fstest.MapFS{} }

// TestWithoutProc: loading and unloading do not depend on what the kernel shows in /proc
// and /sys.
func TestWithoutProc(t *testing.T) {
	loader, k := softLoader(t, "", kmod.LoaderConfig{})
	loader = kmod.NewLoader(loader.DB(), &kmod.LoaderConfig{Kernel: blindKernel{k}})
	for _, inserted := range []int{6, 0} {
		result, err := loader.Load(context.Background(), "top")
		if err != nil || len(result.Inserted()) != inserted {
			t.Errorf("%s: %v", outcomes(result), err)
		}
	}
	if _, err := loader.Load(context.Background(), "nosuch"); !errors.Is(err, kmod.ErrNotFound) {
		t.Errorf("error is %v", err)
	}
	result, err := loader.Unload(context.Background(), &kmod.UnloadOptions{KeepUnused: true}, "top")
	if err != nil || !slices.Equal(result.Removed(), []string{"top"}) || slices.Contains(k.Modules(), "top") {
		t.Errorf("removed %v, %v", result.Removed(), err)
	}
	if _, err := loader.Unload(context.Background(), nil, "base"); !errors.Is(err, kmod.ErrInUse) {
		t.Errorf("error is %v", err)
	}
	for _, err := range live.Loaded(loader.Kernel()) {
		t.Errorf("a list of loaded modules: %v", err)
	}
}

// TestMissingDependencyFile: modules.dep names a file that is not there.
func TestMissingDependencyFile(t *testing.T) {
	files := softTree()
	delete(files, "lib/modules/"+modtest.Release+"/kernel/mid.ko")
	delete(files, "lib/modules/"+modtest.Release+"/kernel/low.ko")
	k := kmodtest.New(modtest.Release)
	loader := kmod.NewLoader(dbtest.Open(t, &kmod.Config{FS: files, Release: modtest.Release}), &kmod.LoaderConfig{Kernel: k, Parallel: 1})
	_, err := loader.Load(context.Background(), "top")
	var insert *kmod.Error
	if !errors.Is(err, fs.ErrNotExist) || !failedTo(err, "insert", &insert) || insert.Module != "mid" || insert.Errno != 0 ||
		!strings.Contains(err.Error(), "kernel/mid.ko") {
		t.Errorf("error is %v", err)
	}
	if result, err := loader.Load(context.Background(), "base"); err != nil {
		t.Errorf("%v, %v", result, err)
	}
}

// TestInitsOwnAnswer: an init function may return the errors that the kernel uses to
// report another insert.
func TestInitsOwnAnswer(t *testing.T) {
	for errno, tries := range map[syscall.Errno]int{syscall.EEXIST: 2, syscall.EBUSY: 4} {
		loader, k := softLoader(t, "", kmod.LoaderConfig{})
		k.Fail("low", errno)
		_, err := loader.Load(context.Background(), "low")
		if !errors.Is(err, kmod.ErrInit) || !errors.Is(err, errno) {
			t.Errorf("%v gives %v", errno, err)
		}
		if calls := len(k.Calls()); calls != tries {
			t.Errorf("%v: %d calls", errno, calls)
		}
	}
}

// failingOthers answers the first inserts as if another process were inserting the same
// module and failed.
type failingOthers struct {
	*kmodtest.Kernel
	left int
}

func (f *failingOthers) InitModule(image []byte, params string) error {
	if f.left--; f.left >= 0 {
		return syscall.EBUSY
	}
	return f.Kernel.InitModule(image, params)
}

// TestOthersFailToo: when a few processes insert a module that fails, each gets the
// reason in the end.
func TestOthersFailToo(t *testing.T) {
	loader, k := softLoader(t, "", kmod.LoaderConfig{})
	k.Fail("low", syscall.ENODEV)
	loader = kmod.NewLoader(loader.DB(), &kmod.LoaderConfig{Kernel: &failingOthers{k, 3}})
	if _, err := loader.Load(context.Background(), "low"); !errors.Is(err, syscall.ENODEV) {
		t.Error(err)
	}
}
