//go:build amd64 || arm64

package kmod_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/internal/test/systest"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/live"
)

// budget is what an operation costs when it is done again: exactly these system calls,
// and about that many allocations at most. Both are the same on every machine, and so show
// what a measurement of time does not.
type budget struct {
	name   string
	do     func(*budgeted) error
	calls  map[string]int
	allocs float64
}

var budgets = []budget{
	{"open a DB below a root, close it", (*budgeted).openClose, map[string]int{
		"openat": 2, "openat2": 1, "fstat": 2, "epoll_ctl": 1, "close": 3}, 28},
	{"open a DB of this machine, close it", (*budgeted).openMachine, map[string]int{}, 13},
	{"look a module up with its dependencies, cold", (*budgeted).cold, map[string]int{
		"openat": 2, "openat2": 12, "fstat": 9, "fcntl": 1, "epoll_ctl": 2, "getdents64": 3,
		"read": 8, "pread64": 1, "close": 9}, 200},
	{"look a name up", func(b *budgeted) error { return b.lookup("gm_mid") }, map[string]int{}, 4},
	{"look a modalias up", func(b *budgeted) error {
		return b.lookup("pci:v00001AF4d000010FFsv00001AF4sd00001100bc02sc00i00")
	}, map[string]int{}, 11},
	{"plan a load", (*budgeted).plan, map[string]int{}, 24},
	{"load a plain module", func(b *budgeted) error { return b.load("gm_base") }, map[string]int{
		"fstatat": 2, "openat2": 1, "fcntl": 1, "epoll_ctl": 1, "fstat": 1, "pread64": 1, "finit_module": 1, "close": 1}, 56},
	{"load a compressed module", func(b *budgeted) error { return b.load("gm_param") }, map[string]int{
		"fstatat": 2, "openat2": 1, "fstat": 1, "pread64": 2, "init_module": 1, "close": 1}, 64},
	{"load a module that needs another", func(b *budgeted) error { return b.load("gm_mid") }, map[string]int{
		"fstatat": 3, "openat2": 2, "fcntl": 1, "epoll_ctl": 1, "fstat": 2, "pread64": 3, "finit_module": 1, "init_module": 1,
		"close": 2}, 86},
	{"insert a plain module", func(b *budgeted) error { return b.insert("updates/gm_base.ko") }, map[string]int{
		"openat": 1, "fcntl": 1, "epoll_ctl": 1, "fstat": 1, "pread64": 1, "finit_module": 1, "close": 1}, 9},
	{"insert a compressed module", func(b *budgeted) error { return b.insert("kernel/gm/gm_param.ko.xz") }, map[string]int{
		"openat": 1, "fstat": 1, "pread64": 2, "init_module": 1, "close": 1}, 14},
	{"ask for the status of an absent module", (*budgeted).status, map[string]int{"openat": 1, "fstatat": 2}, 13},
	{"list 100 loaded modules", (*budgeted).list, map[string]int{
		"openat": 2, "openat2": 1, "fstat": 2, "epoll_ctl": 1, "read": 3, "close": 3}, 130},
}

// budgeted has what the operations need.
type budgeted struct {
	root   string
	db     *kmod.DB
	loader *kmod.Loader
}

// deaf is the running kernel, which is asked for inserts that it refuses at once, whoever
// asks: with a flag that none knows, and of an image without bytes. They count as made.
type deaf struct{ live.Host }

func (k *deaf) FinitModule(f *os.File, params string, _ live.InsertFlags) error {
	_ = k.Host.FinitModule(f, params, 1<<30)
	return nil
}

func (k *deaf) InitModule(_ []byte, params string) error {
	_ = k.Host.InitModule(nil, params)
	return nil
}

func newBudgeted(t *testing.T, root string) *budgeted {
	t.Helper()
	if _, err := os.Stat("/sys/module"); err != nil {
		t.Skipf("sysfs does not show modules: %v", err)
	}
	b := &budgeted{root: root}
	var err error
	if b.db, err = kmod.Open(b.config()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.db.Close() })
	b.loader = kmod.NewLoader(b.db, &kmod.LoaderConfig{Kernel: &deaf{}})
	return b
}

func (b *budgeted) config() *kmod.Config {
	return &kmod.Config{Root: b.root, Release: modtest.GoldenRelease}
}

func (b *budgeted) openClose() error {
	db, err := kmod.Open(b.config())
	if err != nil {
		return err
	}
	return db.Close()
}

func (b *budgeted) openMachine() error {
	db, err := kmod.Open(&kmod.Config{ModuleDir: b.db.Dir()})
	if err != nil {
		return err
	}
	return db.Close()
}

func (b *budgeted) cold() error {
	db, err := kmod.Open(b.config())
	if err != nil {
		return err
	}
	if _, err := db.Lookup("gm_mid"); err != nil {
		return err
	}
	if _, err := db.Dependencies("gm_mid"); err != nil {
		return err
	}
	return db.Close()
}

func (b *budgeted) lookup(name string) error {
	_, err := b.db.Lookup(name)
	return err
}

func (b *budgeted) plan() error {
	_, err := b.db.Plan("gm_base")
	return err
}

func (b *budgeted) load(name string) error {
	_, err := b.loader.Load(context.Background(), name)
	return err
}

func (b *budgeted) insert(name string) error {
	return b.loader.Insert(context.Background(), filepath.Join(b.db.Dir(), name), "", 0)
}

func (b *budgeted) status() error {
	_, err := live.StatusOf(nil, "gokmod-none")
	return err
}

func (b *budgeted) list() error {
	for _, err := range live.Loaded(&live.Host{ProcDir: b.root + "/proc"}) {
		if err != nil {
			return err
		}
	}
	return nil
}

// TestBudgetProgram is the program of TestCallBudget: it does each operation once more.
func TestBudgetProgram(t *testing.T) {
	root := os.Getenv("BUDGET_TEST_ROOT")
	if root == "" {
		return
	}
	b := newBudgeted(t, root)
	for i := range budgets {
		err := budgets[i].do(b)
		systest.Measured(func() { err = errors.Join(err, budgets[i].do(b)) })
		if err != nil {
			t.Errorf("%s: %v", budgets[i].name, err)
		}
	}
}

// budgetRoot is the golden tree, with a list of loaded modules.
func budgetRoot(t *testing.T) string {
	t.Helper()
	root := modtest.GoldenRoot(t)
	if err := os.Mkdir(root+"/proc", 0o755); err != nil {
		t.Fatal(err)
	}
	rows := ""
	for i := range 100 {
		rows += fmt.Sprintf("module%d 16384 0 - Live 0x0000000000000000\n", i)
	}
	if err := os.WriteFile(root+"/proc/modules", []byte(rows), 0o644); err != nil {
		t.Fatal(err)
	}
	return root
}

// TestCallBudget counts the system calls of each operation.
func TestCallBudget(t *testing.T) {
	root := budgetRoot(t)
	newBudgeted(t, root)
	calls := systest.CallsOf(t, systest.Self("TestBudgetProgram", "BUDGET_TEST_ROOT="+root))
	if len(calls) != len(budgets) {
		t.Fatalf("%d operations were measured, want %d", len(calls), len(budgets))
	}
	for i, want := range budgets {
		if calls[i]["openat2"] == 0 && want.calls["openat2"] > 0 {
			t.Skip("without openat2 names take more calls")
		}
		if !maps.Equal(calls[i], want.calls) {
			t.Errorf("%s: %#v, want %v", want.name, calls[i], want.calls)
		}
	}
}

// TestAllocationBudget counts the allocations of each operation.
func TestAllocationBudget(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	b := newBudgeted(t, budgetRoot(t))
	for _, want := range budgets {
		var err error
		n := math.Inf(1)
		for range 3 {
			n = min(n, testing.AllocsPerRun(30, func() { err = errors.Join(err, want.do(b)) }))
		}
		// Some more are made when the collector has just emptied pools, or by what other tests left.
		if n > want.allocs*1.1+2 || err != nil {
			t.Errorf("%s: %v allocations, want at most %v; %v", want.name, n, want.allocs, err)
		}
	}
}
