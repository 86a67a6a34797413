package kmod_test

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/kmod"
)

// FuzzPlan plans names with any configuration. There must be a plan or an error,
// the same every time, and a plan must be one that can be carried out.
func FuzzPlan(f *testing.F) {
	root := modtest.GoldenRoot(f)
	for _, seed := range []struct {
		config, names string
		opts          byte
	}{
		{"", "gm_top gm_soft gm_soft2 gm_dev gm_built_in nosuch", 0},
		{"softdep gm_base pre: gm_mid post: gm_soft\nsoftdep gm_mid pre: gm_base x\nalias x gm_base\nalias x* gm_soft2\n", "gm_base x xy", 0},
		{"install gm_mid true\ninstall virtual true $CMDLINE_OPTS\nalias v virtual\noptions virtual a=1\n", "gm_top v gm_mid", 2},
		{"blacklist gm_dev\nblacklist gm_mid\nalias y gm_mid\n", "gm_dev y gm_mid gm_top fs-gmfs", 1},
		{"softdep gm_built_in post: gm_dev\nsoftdep gm_dev pre: ext-golden nosuch gm_built_in\nweakdep gm_dev gm_top\n", "gm_dev fs-extgolden", 4},
		{"softdep gm_top pre: gm_top gm_soft2\nsoftdep nosuch post: gm_top\nalias z nosuch\n", "z gm_top symbol:gm_base_add", 0},
		{"alias z no_such\nsoftdep gm_top pre: gone\n", "z no-such gm_top gone a[ nosuch no_such symbol:no", 8},
		{"alias z no_such\nsoftdep gm_top pre: z\n", "gm_top no-such", 8},
		{"install gm_mid true\ninstall virtual true\nalias v virtual\ninstall fs-gmfs true\n", "gm_top v virtual fs-gmfs", 8 | 16},
		{"install gm_top true\nblacklist gm_dev\nalias y gm_dev\n", "gm_top y", 16 | 32},
	} {
		f.Add(seed.config, seed.names, seed.opts)
	}
	f.Fuzz(func(t *testing.T, config, names string, flags byte) {
		opts := &kmod.PlanOptions{UseBlacklist: flags&1 > 0, IgnoreCommands: flags&2 > 0, NoSoftdeps: flags&4 > 0,
			SkipUnknown: flags&8 > 0, NoCommands: flags&16 > 0, KeepBlacklisted: flags&32 > 0}
		plan := func() (*kmod.DB, *kmod.Plan, error) {
			db := dbtest.Open(t, &kmod.Config{Root: root, Release: modtest.GoldenRelease, NoConfig: true,
				ConfigFiles: []kmod.ConfigFile{{Name: "a.conf", Text: config}}})
			var requests []kmod.Request
			for _, name := range strings.Fields(names) {
				requests = append(requests, kmod.Request{Name: name, Params: "p=1"})
			}
			p, err := db.PlanRequests(opts, requests...)
			return db, p, err
		}
		db, p, err := plan()
		if _, again, errAgain := plan(); !reflect.DeepEqual(p, again) || (err == nil) != (errAgain == nil) {
			t.Errorf("once\n%v %v\nthen\n%v %v", p, err, again, errAgain)
		}
		if err != nil {
			if p != nil {
				t.Error("an error comes with a plan")
			}
			return
		}
		checkPlan(t, p)
		checkNeeds(t, db, p)
		for i := range p.Steps {
			if opts.NoCommands && p.Steps[i].Command != nil {
				t.Errorf("%s has a command", p.Steps[i].Module.Name)
			}
		}
		for _, name := range strings.Fields(names) {
			checkRequest(t, db, p, name, opts, strings.Contains(config, "blacklist"))
		}
	})
}

// checkNeeds: a module waits for all that it depends on.
func checkNeeds(t *testing.T, db *kmod.DB, p *kmod.Plan) {
	t.Helper()
	for i := range p.Steps {
		s := &p.Steps[i]
		if s.Module.Path == "" || s.Action == kmod.ActionSkip {
			continue
		}
		deps, err := db.Dependencies(s.Module.Name)
		if err != nil {
			t.Fatal(err)
		}
		for _, dep := range deps {
			if !slices.ContainsFunc(s.Needs, func(at int) bool { return p.Steps[at].Module.Name == dep.Name }) {
				t.Errorf("%s does not wait for %s", s.Module.Name, dep.Name)
			}
		}
	}
}

// checkRequest: each module that was asked for has a step, which says so unless
// the module may have been left alone.
func checkRequest(t *testing.T, db *kmod.DB, p *kmod.Plan, name string, opts *kmod.PlanOptions, left bool) {
	t.Helper()
	found, err := db.Lookup(name)
	if lookup := (*kmod.LookupError)(nil); opts.SkipUnknown && errors.As(err, &lookup) {
		if !left {
			checkSkipped(t, p, name)
		}
		return
	}
	if err != nil {
		t.Errorf("there is a plan, but %v", err)
	}
	if opts.NoCommands && !slices.ContainsFunc(found, func(m kmod.Module) bool { return m.Path != "" || m.Builtin }) {
		return // the name may be known by a command only
	}
	asked := func(why kmod.Reason) bool { return left || why.Kind == kmod.ReasonRequested && why.Of == name }
	for _, m := range found {
		if !slices.ContainsFunc(p.Steps, func(s kmod.Step) bool {
			return s.Module.Name == m.Name && slices.ContainsFunc(s.Reasons, asked)
		}) {
			t.Errorf("%s, asked for as %s, has no step that says so", m.Name, name)
		}
	}
}

// checkSkipped: a name that nobody knows has a step that nothing depends on.
func checkSkipped(t *testing.T, p *kmod.Plan, name string) {
	t.Helper()
	module := strings.ReplaceAll(name, "-", "_")
	at := slices.IndexFunc(p.Steps, func(s kmod.Step) bool { return s.Module.Name == module })
	if at < 0 {
		t.Errorf("%s has no step", name)
		return
	}
	if s := &p.Steps[at]; s.Skip == nil || s.Skip.Kind != kmod.SkipMissing || !s.Requested() || !s.Skip.Optional {
		t.Errorf("the step of %s is %+v", name, s)
	}
}
