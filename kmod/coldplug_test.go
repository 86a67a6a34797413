package kmod_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/internal/test/kmodref"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/kmodtest"
	"github.com/gokmod/gokmod/kmod/kmodtest/vm"
	"github.com/gokmod/gokmod/kmod/uevent"
)

// machine is a tree of drivers for the devices of plugged.
func machine() *kmodtest.Tree {
	return &kmodtest.Tree{
		Modules: []kmodtest.Module{
			{Name: "bus"},
			{Name: "nic", Depends: []string{"bus"}, Aliases: []string{"pci:v1d*", "pci:v1d2*"}},
			{Name: "disk", Depends: []string{"bus"}, Aliases: []string{"pci:v2d*"}, Softdeps: []string{"pre: helper"}},
			{Name: "helper"},
			{Name: "generic", Aliases: []string{"pci:v*"}},
			{Name: "noisy", Aliases: []string{"pci:v1d*"}},
			{Name: "serial", Builtin: true, Aliases: []string{"acpi:serial"}},
		},
		Modprobe: "blacklist noisy\nalias usb:v9* nosuch\n",
	}
}

// plugged are devices of a machine.
func plugged() []uevent.Device {
	return []uevent.Device{
		{Devpath: "/devices/acpi/s", Modalias: "acpi:serial"},
		{Devpath: "/devices/pci/1", Modalias: "pci:v1d1"},
		{Devpath: "/devices/pci/2", Modalias: "pci:v2d1"},
		{Devpath: "/devices/pci/3", Modalias: "pci:v1d1"},
		{Devpath: "/devices/pci/4", Modalias: "pci:v1d2"},
		{Devpath: "/devices/usb/5", Modalias: "usb:unknown"},
		{Devpath: "/devices/usb/6", Modalias: "usb:odd]"},
	}
}

func openTree(tb testing.TB, tree *kmodtest.Tree) *kmod.DB {
	tb.Helper()
	db, err := tree.Open()
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { db.Close() })
	return db
}

func TestColdplug(t *testing.T) {
	tree := machine()
	kernel := tree.Kernel()
	kernel.Plug(plugged()...)
	loader := kmod.NewLoader(openTree(t, tree), &kmod.LoaderConfig{Kernel: kernel})
	res, err := loader.Coldplug(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if res.Devices != 7 || res.Aliases != 6 || !slices.Equal(res.Unknown, []string{"usb:unknown", "usb:odd]"}) {
		t.Errorf("%d devices, %d aliases, unknown %q", res.Devices, res.Aliases, res.Unknown)
	}
	got := kernel.Modules()
	slices.Sort(got)
	if want := []string{"bus", "disk", "generic", "helper", "nic"}; !slices.Equal(got, want) {
		t.Errorf("loaded %q, want %q", got, want)
	}
	outcomes := map[string]kmod.Outcome{}
	for _, s := range res.Steps {
		outcomes[s.Step.Module.Name] = s.Outcome
	}
	if outcomes["serial"] != kmod.OutcomeBuiltin || outcomes["noisy"] != kmod.OutcomeSkipped {
		t.Errorf("outcomes %v", outcomes)
	}
	// The second time there is nothing to do.
	if res, err = loader.Coldplug(t.Context(), nil); err != nil || len(res.Inserted()) != 0 {
		t.Errorf("again: inserted %q, %v", res.Inserted(), err)
	}
}

// TestColdplugGoesOn: a driver that fails does not keep others from being loaded.
func TestColdplugGoesOn(t *testing.T) {
	tree := machine()
	kernel := tree.Kernel()
	kernel.Fail("nic", syscall.ENODEV)
	loader := kmod.NewLoader(openTree(t, tree), &kmod.LoaderConfig{Kernel: kernel})
	res, err := loader.Coldplug(t.Context(), &kmod.ColdplugOptions{Devices: sequence(plugged(), nil)})
	if !errors.Is(err, syscall.ENODEV) || res == nil {
		t.Fatalf("result %v, error %v", res, err)
	}
	got := kernel.Modules()
	slices.Sort(got)
	if want := []string{"bus", "disk", "generic", "helper"}; !slices.Equal(got, want) {
		t.Errorf("loaded %q, want %q", got, want)
	}
}

// sequence yields devices, and then an error if there is one.
func sequence(devices []uevent.Device, err error) iter.Seq2[uevent.Device, error] {
	return func(yield func(uevent.Device, error) bool) {
		for _, d := range devices {
			if !yield(d, nil) {
				return
			}
		}
		if err != nil {
			yield(uevent.Device{}, err)
		}
	}
}

func TestColdplugFails(t *testing.T) {
	tree := machine()
	db := openTree(t, tree)
	kernel := tree.Kernel()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	broken := errors.New("sysfs is gone")
	tests := []struct {
		name string
		ctx  context.Context
		db   *kmod.DB
		opts *kmod.ColdplugOptions
		want error
	}{
		{"devices cannot be read", t.Context(), db, &kmod.ColdplugOptions{Devices: sequence(plugged(), broken)}, broken},
		{"there are none to be seen", t.Context(), db, &kmod.ColdplugOptions{Devices: uevent.Present(fstest.MapFS{})}, fs.ErrNotExist},
		{"the context ended", ended, db, &kmod.ColdplugOptions{Devices: sequence(plugged(), nil)}, context.Canceled},
		{"no DB", t.Context(), nil, &kmod.ColdplugOptions{Devices: sequence(plugged(), nil)}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			loader := kmod.NewLoader(test.db, &kmod.LoaderConfig{Kernel: kernel})
			res, err := loader.Coldplug(test.ctx, test.opts)
			if err == nil || res != nil || test.want != nil && !errors.Is(err, test.want) {
				t.Errorf("result %v, error %v, want %v", res, err, test.want)
			}
			if len(kernel.Modules()) != 0 {
				t.Errorf("loaded %q", kernel.Modules())
			}
		})
	}
}

func TestColdplugOptions(t *testing.T) {
	tree := machine()
	kernel := tree.Kernel()
	loader := kmod.NewLoader(openTree(t, tree), &kmod.LoaderConfig{Kernel: kernel})
	done := 0
	res, err := loader.Coldplug(t.Context(), &kmod.ColdplugOptions{
		Devices: sequence(plugged(), nil),
		Plan:    kmod.PlanOptions{NoSoftdeps: true},
		Run:     kmod.RunOptions{DryRun: true, Done: func(*kmod.StepResult) { done++ }},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := res.Inserted(); slices.Contains(got, "helper") || !slices.Contains(got, "disk") || done != len(res.Steps) {
		t.Errorf("inserted %q, %d steps done of %d", got, done, len(res.Steps))
	}
	if len(kernel.Modules()) != 0 {
		t.Errorf("loaded %q", kernel.Modules())
	}
}

// TestLoadAliases: the result is that of Coldplug for devices with these aliases, with
// and without the blacklist.
func TestLoadAliases(t *testing.T) {
	for _, keep := range []bool{false, true} {
		tree := machine()
		db := openTree(t, tree)
		kernel, kernel2 := tree.Kernel(), tree.Kernel()
		kernel.Fail("nic", syscall.ENODEV)
		kernel2.Fail("nic", syscall.ENODEV)
		opts := kmod.LoadOptions{Plan: kmod.PlanOptions{KeepBlacklisted: keep}}
		var aliases []string
		for _, d := range plugged() {
			aliases = append(aliases, d.Modalias)
		}
		asked := slices.Clone(aliases)
		serial := &kmod.LoaderConfig{Kernel: kernel, Parallel: 1}
		res, err := kmod.NewLoader(db, serial).LoadAliases(t.Context(), &opts, aliases...)
		if !errors.Is(err, syscall.ENODEV) || !slices.Equal(aliases, asked) {
			t.Fatalf("aliases %q, error %v", aliases, err)
		}
		if slices.Contains(kernel.Modules(), "noisy") != keep || slices.Contains(kernel.Modules(), "helper") != true {
			t.Errorf("keep blacklisted %v: loaded %q", keep, kernel.Modules())
		}
		serial.Kernel = kernel2
		want, err := kmod.NewLoader(db, serial).Coldplug(t.Context(),
			&kmod.ColdplugOptions{Devices: sequence(plugged(), nil), Plan: opts.Plan})
		if !errors.Is(err, syscall.ENODEV) || outcomes(res.Result) != outcomes(want.Result) {
			t.Errorf("%s; want %s, %v", outcomes(res.Result), outcomes(want.Result), err)
		}
		if res.Devices != 0 || res.Aliases != want.Aliases || !slices.Equal(res.Unknown, want.Unknown) || opts.Run.KeepGoing {
			t.Errorf("%d devices, %d aliases, unknown %q", res.Devices, res.Aliases, res.Unknown)
		}
	}
}

func TestLoadAliasesFails(t *testing.T) {
	if res, err := kmod.NewLoader(nil, nil).LoadAliases(t.Context(), nil, "pci:v1d1"); res != nil || err == nil {
		t.Errorf("no DB: %v, %v", res, err)
	}
	tree := machine()
	kernel := tree.Kernel()
	loader := kmod.NewLoader(openTree(t, tree), &kmod.LoaderConfig{Kernel: kernel})
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := loader.LoadAliases(ended, nil, "pci:v1d1"); !errors.Is(err, context.Canceled) || len(kernel.Modules()) != 0 {
		t.Errorf("the context ended: %v, loaded %q", err, kernel.Modules())
	}
	if res, err := loader.LoadAliases(t.Context(), nil); err != nil || len(res.Steps) != 0 {
		t.Errorf("none: %v, %v", res, err)
	}
	many := make([]string, 100_000)
	for i := range many {
		many[i] = fmt.Sprintf("pci:v7d%d]", i)
	}
	if res, err := loader.LoadAliases(t.Context(), nil, append(many, "pci:v1d1")...); err != nil ||
		len(res.Unknown) != len(many) || len(res.Inserted()) != 3 {
		t.Errorf("with many that are invalid: inserted %v, %v", res.Inserted(), err)
	}
}

// TestPlanAliasesWeak: all options count.
func TestPlanAliasesWeak(t *testing.T) {
	db := dbtest.Tree(t, dbtest.Wide(), "", nil)
	plan, unknown, err := db.PlanAliases(&kmod.PlanOptions{Weakdeps: true, NoSoftdeps: true}, "fs-top", "none")
	const want = "d:base d:mid top d:helper_base weak:helper weak:x_fast weak:x_slow weak:nosuch2(missing)"
	if err != nil || reasoned(plan) != want || !slices.Equal(unknown, []string{"none"}) {
		t.Errorf("%v, unknown %q, %v", plan, unknown, err)
	}
}

// TestPlanAliases: known aliases lead to the same plan as requests for them, and
// however many aliases name a module, the reasons of what it needs do not pile up.
func TestPlanAliases(t *testing.T) {
	db := openTree(t, machine())
	aliases := []string{"pci:v1d1", "pci:v2d1", "usb:unknown", "", "pci:v1d[", "acpi:serial", "usb:v9"}
	for i := range 50 {
		aliases = append(aliases, fmt.Sprintf("pci:v%dd%d", i%2+1, i))
	}
	plan, unknown, err := db.PlanAliases(nil, aliases...)
	if err != nil || !slices.Equal(unknown, []string{"usb:unknown", "", "pci:v1d["}) {
		t.Fatalf("unknown %q, %v", unknown, err)
	}
	known := slices.DeleteFunc(slices.Clone(aliases), func(a string) bool { return slices.Contains(unknown, a) })
	requests := make([]kmod.Request, len(known))
	for i, alias := range known {
		requests[i].Name = alias
	}
	want, err := db.PlanRequests(&kmod.PlanOptions{UseBlacklist: true}, requests...)
	if err != nil || !reflect.DeepEqual(plan, want) {
		t.Errorf("plan\n%v\nwant\n%v, %v", plan, want, err)
	}
	for _, s := range plan.Steps {
		if s.Module.Name == "bus" && len(s.Reasons) != 2 {
			t.Errorf("reasons of bus: %v", s.Reasons)
		}
	}
}

func TestPlanAliasesNone(t *testing.T) {
	plan, unknown, err := openTree(t, machine()).PlanAliases(nil)
	if err != nil || len(plan.Steps) != 0 || unknown != nil {
		t.Errorf("plan %v, unknown %v, %v", plan, unknown, err)
	}
}

// TestPlanAliasesReference compares with what modprobe -b -a plans for hundreds
// of devices.
func TestPlanAliasesReference(t *testing.T) {
	modprobe := kmodref.Tool(t, "modprobe")
	root, release := realTree(t)
	empty := filepath.Join(t.TempDir(), "empty.conf")
	db, err := kmod.Open(&kmod.Config{Root: root, Release: release, NoConfig: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	aliases := append(deviceAliases(t, db, 400), "pci:v0000FFFFd0000FFFFsv0sd0bcFFscFFiFF", "usb:no")
	plan, _, err := db.PlanAliases(nil, aliases...)
	if err != nil {
		t.Fatal(err)
	}
	ours := lineSet(plan.String())
	cmd := exec.Command(modprobe, append([]string{"-d", root, "-S", release, "-C", empty, "-b", "-q", "-a", "-D"}, aliases...)...)
	var out bytes.Buffer
	cmd.Stdout = &out
	_ = cmd.Run() // fails for the unknown ones
	theirs := lineSet(out.String())
	if len(theirs) < 100 {
		t.Fatalf("modprobe plans %d modules only", len(theirs))
	}
	for _, line := range theirs {
		if !slices.Contains(ours, line) {
			t.Errorf("only modprobe has %q", line)
		}
	}
	for _, line := range ours {
		if !slices.Contains(theirs, line) {
			t.Errorf("only we have %q", line)
		}
	}
}

// lineSet returns the distinct lines of a text, sorted.
func lineSet(text string) []string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimSpace(line)
	}
	slices.Sort(lines)
	return slices.Compact(lines)
}

// realTree finds the tree of a real kernel.
func realTree(t *testing.T) (root, release string) {
	t.Helper()
	kernels := vm.Cached()
	if len(kernels) == 0 {
		kmodref.Absent(t, "there is no unpacked kernel")
	}
	return kernels[0].Dir, kernels[0].Release
}
