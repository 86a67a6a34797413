package kmod_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/kmodtest"
)

// driverFile is a module file outside of every index. depends is the field of that
// name, "-" for none.
type driverFile struct {
	name, own      string // of the file, and of the module if that is another
	exports, needs string
	depends        string
	noSymbols      bool
}

func (d driverFile) build() []byte {
	m := modtest.Named(d.name, strings.Fields(d.exports), strings.Fields(d.needs))
	if d.own != "" {
		m.Modinfo[1] = "name=" + d.own
	}
	if d.depends != "-" {
		m.Modinfo = append(m.Modinfo, "depends="+d.depends)
	}
	m.NoSymtab = d.noSymbols
	return m.Build()
}

// requestFiles writes files and asks for them, in the order of the names.
func requestFiles(t *testing.T, files []driverFile, names ...string) []kmod.Request {
	t.Helper()
	dir := t.TempDir()
	for _, d := range files {
		if err := os.WriteFile(filepath.Join(dir, d.name+".ko"), d.build(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "junk.ko"), []byte("not a module"), 0o644); err != nil {
		t.Fatal(err)
	}
	requests := make([]kmod.Request, len(names))
	for i, name := range names {
		requests[i].Path = filepath.Join(dir, name+".ko")
	}
	return requests
}

var drivers = []driverFile{
	{name: "core", exports: "core_do"},
	{name: "bus", exports: "bus_do", needs: "core_do printk"},
	{name: "nic", needs: "bus_do"},
	{name: "told", depends: "bus", noSymbols: true},
	{name: "mute", depends: "-", noSymbols: true},
	{name: "dumb", depends: "-", noSymbols: true},
	{name: "left", exports: "left_do", needs: "right_do"},
	{name: "right", exports: "right_do", needs: "left_do"},
	{name: "nv-current", own: "nv", exports: "nv_do"},
	{name: "nv-user", depends: "nv", noSymbols: true},
}

// waits shows for what the steps of a plan wait: "c a+b,d" is c, which needs a and
// b and comes after d.
func waits(p *kmod.Plan) string {
	var steps []string
	for _, s := range p.Steps {
		text := s.Module.Name
		var needs, after []string
		for _, at := range s.Needs {
			needs = append(needs, p.Steps[at].Module.Name)
		}
		for _, at := range s.After {
			after = append(after, p.Steps[at].Module.Name)
		}
		if needs != nil || after != nil {
			text += " " + strings.Join(needs, "+")
		}
		if after != nil {
			text += "," + strings.Join(after, "+")
		}
		steps = append(steps, text)
	}
	return strings.Join(steps, "; ")
}

// TestPlanFiles: what files requested together need of each other decides their order;
// otherwise it is that of the requests.
func TestPlanFiles(t *testing.T) {
	db := dbtest.Open(t, &kmod.Config{FS: fstest.MapFS{}, Release: release})
	for names, want := range map[string]string{
		"core bus":                "core; bus core",
		"bus core":                "core; bus core",
		"nic bus core":            "core; bus core; nic core+bus",
		"core nic":                "core; nic",
		"nic core":                "nic; core",
		"told bus core":           "core; bus core; told core+bus",
		"mute core":               "mute; core ,mute",
		"core mute":               "core; mute ,core",
		"mute dumb":               "mute; dumb ,mute",
		"core junk dumb nic mute": "core; junk ,core; dumb ,junk; nic ,dumb; mute ,dumb+nic",
		"left right":              "left; right left",
		"right left":              "right; left right",
		"nv-user nv-current":      "nv_current; nv_user nv_current",
		"core core":               "core",
		"nic mute":                "nic; mute ,nic",
	} {
		plan, err := db.PlanRequests(nil, requestFiles(t, drivers, strings.Fields(names)...)...)
		if err != nil {
			t.Fatal(err)
		}
		if got := waits(plan); got != want {
			t.Errorf("%s: %s, want %s", names, got, want)
		}
	}
	requests := requestFiles(t, drivers, "bus", "core")
	requests[0].Params, requests[1].Params = "x=1", "y=2"
	plan, err := db.PlanRequests(nil, requests...)
	if err != nil || plan.Steps[0].Params != "y=2" || plan.Steps[1].Params != "x=1" {
		t.Errorf("got %v, %v", plan, err)
	}
	why := []kmod.Reason{{Kind: kmod.ReasonRequested, Of: requests[1].Path}, {Kind: kmod.ReasonDependency, Of: "bus"}}
	if !reflect.DeepEqual(plan.Steps[0].Reasons, why) {
		t.Errorf("the reasons are %v", plan.Steps[0].Reasons)
	}
	requests[1].Path += "x"
	_, err = db.PlanRequests(nil, requests...)
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "core.kox") {
		t.Errorf("an absent file gives %v", err)
	}
}

// TestPlanFilesOfIndex: a requested file replaces the DB's, even if something else brings
// the module in before its turn.
func TestPlanFilesOfIndex(t *testing.T) {
	tree := kmodtest.Tree{Modules: []kmodtest.Module{
		{Name: "low"}, {Name: "core", Depends: []string{"low"}}, {Name: "bus", Depends: []string{"core"}},
		{Name: "user", Depends: []string{"bus"}}, {Name: "soft", Softdeps: []string{"pre: core"}},
	}}
	db, err := tree.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	low := driverFile{name: "low", exports: "low_do", needs: "core_do"}
	files := requestFiles(t, append(drivers, low), "bus", "core", "low")
	bus, core, lowest := files[0], files[1], files[2]
	tests := []struct {
		requests []kmod.Request
		want     string
		local    int
	}{
		{[]kmod.Request{core}, "low; core low", 1},
		{[]kmod.Request{bus, core}, "low; core low; bus low+core", 2},
		{[]kmod.Request{{Name: "user"}, core}, "low; core low; bus low+core; user low+core+bus", 1},
		{[]kmod.Request{{Name: "user"}, bus, core}, "low; core low; bus low+core; user low+core+bus", 2},
		{[]kmod.Request{{Name: "soft"}, core}, "low; core low; soft ,core", 1},
		{[]kmod.Request{{Name: "core"}, core}, "low; core low", 1},
		{[]kmod.Request{lowest, core}, "low; core low", 2}, // the index knows otherwise
	}
	for i, test := range tests {
		plan, err := db.PlanRequests(nil, test.requests...)
		if err != nil {
			t.Fatal(err)
		}
		local := 0
		for _, s := range plan.Steps {
			if filepath.IsAbs(s.Module.Path) {
				local++
			}
		}
		if got := waits(plan); got != test.want || local != test.local {
			t.Errorf("%d: %s with %d files, want %s with %d", i, got, local, test.want, test.local)
		}
	}
}

// TestLoadFiles: files that need each other do not race.
func TestLoadFiles(t *testing.T) {
	for _, names := range [][]string{{"core", "bus", "nic"}, {"nic", "bus", "core"}} {
		kernel := kmodtest.New(release)
		kernel.Symbols = []string{"printk"}
		early := ""
		kernel.OnCall = func(c kmodtest.Call) error {
			for need := range strings.SplitSeq(map[string]string{"bus": "core", "nic": "core bus"}[c.Module], " ") {
				if state, _ := fs.ReadFile(kernel.Sys(), "module/"+need+"/initstate"); need != "" && string(state) != "live\n" {
					early += c.Module + " before " + need + "\n"
				}
			}
			return nil
		}
		db := dbtest.Open(t, &kmod.Config{FS: fstest.MapFS{}, Release: release})
		loader := kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: kernel, Parallel: 4})
		coming, freed := kernel.Block("core")
		answer := make(chan error, 1)
		go func() {
			result, err := loader.LoadRequests(t.Context(), nil, requestFiles(t, drivers, names...)...)
			if err == nil && !slices.Equal(result.Inserted(), []string{"core", "bus", "nic"}) {
				err = fmt.Errorf("inserted %v", result.Inserted())
			}
			answer <- err
		}()
		select {
		case <-coming:
			freed()
		case err := <-answer:
			t.Fatal(err)
		}
		if err := <-answer; err != nil || early != "" {
			t.Errorf("%v: %v\n%s", names, err, early)
		}
	}
}

// TestHostileFiles: files that all need each other cost no more than the bound
// allows.
func TestHostileFiles(t *testing.T) {
	const count = 400
	var files []driverFile
	var names, symbols []string
	for i := range count {
		symbols = append(symbols, fmt.Sprintf("s%d", i))
	}
	for i := range count {
		name := fmt.Sprintf("m%d", i)
		files = append(files, driverFile{name: name, exports: symbols[i], needs: strings.Join(symbols, " ")})
		names = append(names, name)
	}
	db := dbtest.Open(t, &kmod.Config{FS: fstest.MapFS{}, Release: release})
	plan, err := db.PlanRequests(nil, requestFiles(t, files, names...)...)
	if plan != nil || err == nil || !strings.Contains(err.Error(), "too long") {
		t.Errorf("got %v", err)
	}
}
