package kmod_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/diagnose"
	"github.com/gokmod/gokmod/kmod/kmodtest"
	"github.com/gokmod/gokmod/kmod/live"
	"github.com/gokmod/gokmod/kmod/uevent"
)

// discTree has drive, which needs disc, which needs core. The file of disc is
// disc-current.ko. wheel is there for soft dependencies.
func discTree(config string) *kmodtest.Tree {
	return &kmodtest.Tree{
		Modules: []kmodtest.Module{
			{Name: "core"},
			{Name: "disc", Path: "updates/disc-current.ko", Depends: []string{"core"}, Aliases: []string{"bus:disc*"}},
			{Name: "drive", Depends: []string{"disc"}, Aliases: []string{"bus:drive*"}},
			{Name: "wheel"},
			{Name: "other"},
		},
		Modprobe: config,
	}
}

// counted is a kernel in memory that counts how often its list of modules is
// read.
type counted struct {
	*kmodtest.Kernel
	proc *dbtest.Opens
}

func (k *counted) Proc() fs.FS { return k.proc }

// world is a tree with a kernel and a loader for them.
type world struct {
	*kmod.Loader
	files  *dbtest.Opens
	kernel *counted
}

// newWorld makes a world whose kernel has some modules of the tree already,
// inserted by another process.
func newWorld(t *testing.T, tree *kmodtest.Tree, cfg kmod.LoaderConfig, live ...string) *world {
	t.Helper()
	files, err := tree.FS()
	if err != nil {
		t.Fatal(err)
	}
	kernel := tree.Kernel()
	w := &world{
		files:  &dbtest.Opens{FS: files, Count: map[string]int{}},
		kernel: &counted{kernel, &dbtest.Opens{FS: kernel.Proc(), Count: map[string]int{}}},
	}
	db := dbtest.Open(t, &kmod.Config{FS: files, Release: "6.1.0-test"})
	elsewhere := kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: kernel})
	for _, name := range live {
		if _, err := elsewhere.Load(context.Background(), name); err != nil {
			t.Fatal(err)
		}
	}
	cfg.Kernel = w.kernel
	w.Loader = kmod.NewLoader(dbtest.Open(t, &kmod.Config{FS: w.files, Release: "6.1.0-test"}), &cfg)
	return w
}

func (w *world) wantKernel(t *testing.T, modules ...string) {
	t.Helper()
	if got := w.kernel.Modules(); !slices.Equal(got, modules) {
		t.Errorf("the kernel has %v, want %v", got, modules)
	}
}

// TestOwnNameLoad: a module that is in the kernel by its own name counts as loaded when
// requested by the name of its file, by an alias, or by a module that needs it.
func TestOwnNameLoad(t *testing.T) {
	for _, test := range []struct{ name, live, ask, want string }{
		{"second time", "disc-current", "disc-current", "core: live already, disc_current: live already"},
		{"by alias", "disc-current", "bus:disc1", "core: live already, disc_current: live already"},
		{"user", "disc-current", "drive", "core: live already, disc_current: live already, drive: inserted"},
		{"user by alias", "disc-current", "bus:drive1", "core: live already, disc_current: live already, drive: inserted"},
		{"user, second time", "drive", "drive", "core: live already, disc_current: live already, drive: live already"},
		{"own name", "disc-current", "disc", "disc: live already"},
	} {
		for _, dry := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, dry %v", test.name, dry), func(t *testing.T) {
				w := newWorld(t, discTree(""), kmod.LoaderConfig{}, test.live)
				if test.name == "own name" {
					result, err := w.Load(context.Background(), test.ask)
					if err != nil || outcomes(result) != test.want {
						t.Errorf("%v, %v", outcomes(result), err)
					}
					return
				}
				plan, err := w.DB().Plan(test.ask)
				if err != nil {
					t.Fatal(err)
				}
				result, err := w.Run(context.Background(), plan, &kmod.RunOptions{DryRun: dry})
				if err != nil || outcomes(result) != test.want {
					t.Errorf("%v, %v, want %v", outcomes(result), err, test.want)
				}
			})
		}
	}
}

// TestOwnNameStatus: both names stand for the module, before and after.
func TestOwnNameStatus(t *testing.T) {
	w := newWorld(t, discTree(""), kmod.LoaderConfig{})
	status := func(name string, want kmod.Status) {
		t.Helper()
		if got, err := w.Status(name); got != want || err != nil {
			t.Errorf("%s is %v, %v, want %v", name, got, err, want)
		}
	}
	status("disc-current", kmod.StatusLoadable)
	status("disc", kmod.StatusAbsent)
	if _, err := w.Live("disc-current"); !errors.Is(err, kmod.ErrNotLoaded) {
		t.Errorf("not loaded: %v", err)
	}
	coming, release := w.kernel.Block("disc")
	loaded := make(chan error)
	go func() {
		_, err := w.Load(context.Background(), "disc-current")
		loaded <- err
	}()
	<-coming
	status("disc-current", kmod.StatusComing)
	release()
	if err := <-loaded; err != nil {
		t.Fatal(err)
	}
	status("disc-current", kmod.StatusLive)
	status("disc", kmod.StatusLive)
	for _, name := range []string{"disc", "disc-current"} {
		if m, err := w.Live(name); err != nil || m.Name != "disc" {
			t.Errorf("%s: %v, %v", name, m, err)
		}
	}
	var names []string
	for m, err := range live.Loaded(w.Kernel()) {
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, m.Name)
	}
	if !slices.Equal(names, []string{"disc", "core"}) {
		t.Errorf("loaded are %v", names)
	}
}

// TestOwnNameUnload: either name removes the module, and it goes with what it was
// loaded for.
func TestOwnNameUnload(t *testing.T) {
	all := "drive removed (requested of drive), disc removed (unused of drive), core removed (unused of drive)"
	alone := "disc removed (requested of NAME), core removed (unused of disc)"
	for _, test := range []struct {
		name, live, want string
		opts             kmod.UnloadOptions
		config           string
		err              error
	}{
		{"drive", "drive", all, kmod.UnloadOptions{}, "", nil},
		{"disc", "disc-current", alone, kmod.UnloadOptions{}, "", nil},
		{"disc-current", "disc-current", alone, kmod.UnloadOptions{}, "", nil},
		{"bus:disc1", "disc-current", alone, kmod.UnloadOptions{}, "", nil},
		{"disc-current", "drive", "disc failed (requested of disc-current)", kmod.UnloadOptions{}, "", kmod.ErrInUse},
		{"disc-current", "drive", "drive removed (holder of disc), disc removed (requested of disc-current), " +
			"core removed (unused of disc)", kmod.UnloadOptions{Holders: true}, "", nil},
		{"disc-current", "wheel", "disc_current not loaded (requested of disc-current)", kmod.UnloadOptions{}, "", nil},
		{"disc-current", "disc-current", "disc removed (requested of disc-current), core removed (unused of disc), " +
			"wheel removed (soft dependency of disc)", kmod.UnloadOptions{}, "softdep disc-current pre: wheel", nil},
		{"wheel", "disc-current", "disc removed (soft dependency of wheel), core removed (unused of disc), " +
			"wheel removed (requested of wheel)", kmod.UnloadOptions{}, "softdep wheel post: disc-current", nil},
		{"drive", "drive", "drive removed (requested of drive), disc ran (unused of drive)",
			kmod.UnloadOptions{}, "remove disc-current stay", nil},
	} {
		for _, dry := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s with %s, dry %v", test.name, test.live, dry), func(t *testing.T) {
				var commands []string
				run := func(_ context.Context, c *kmod.Command) error {
					commands = append(commands, c.Module)
					return nil
				}
				w := newWorld(t, discTree(test.config), kmod.LoaderConfig{Command: run}, test.live, "wheel")
				opts := test.opts
				opts.DryRun = dry
				result, err := w.Unload(context.Background(), &opts, test.name)
				want := strings.ReplaceAll(test.want, "NAME", test.name)
				if got := strings.Join(history(result), ", "); got != want || !errors.Is(err, test.err) {
					t.Errorf("got\n%s, %v\nwant\n%s, %v", got, err, want, test.err)
				}
				for _, module := range commands {
					if module != "disc_current" {
						t.Errorf("the command is that of %s", module)
					}
				}
			})
		}
	}
}

// TestOwnNameRemove: one module by either name; without a DB by its own only.
func TestOwnNameRemove(t *testing.T) {
	w := newWorld(t, discTree(""), kmod.LoaderConfig{}, "disc-current")
	var remove *kmod.Error
	err := kmod.NewLoader(nil, &kmod.LoaderConfig{Kernel: w.kernel}).Remove(t.Context(), "disc-current", 0)
	if !failedTo(err, "remove", &remove) || !errors.Is(err, kmod.ErrNotLoaded) || remove.Module != "disc_current" {
		t.Errorf("without a DB: %v", err)
	}
	if err := w.Remove(t.Context(), "disc-current", 0); err != nil {
		t.Error(err)
	}
	w.wantKernel(t, "core")
	if err := w.Remove(t.Context(), "disc-current", 0); !errors.Is(err, kmod.ErrNotLoaded) {
		t.Errorf("the second time: %v", err)
	}
}

// TestOwnNameRollback: what a failed run inserted is removed again, even if the index has
// a module of the other name.
func TestOwnNameRollback(t *testing.T) {
	for _, second := range []bool{false, true} {
		tree := discTree("")
		if second {
			tree.Modules[3] = kmodtest.Module{Name: "wheel", Path: "kernel/disc.ko"}
		}
		w := newWorld(t, tree, kmod.LoaderConfig{})
		w.kernel.Fail("drive", syscall.EIO)
		plan, err := w.DB().Plan("drive")
		if err != nil {
			t.Fatal(err)
		}
		result, err := w.Run(context.Background(), plan, &kmod.RunOptions{Rollback: true})
		want := "core: removed again, disc_current: removed again, drive: failed"
		if !errors.Is(err, syscall.EIO) || outcomes(result) != want {
			t.Errorf("%s, %v", outcomes(result), err)
		}
		w.wantKernel(t)
	}
}

// TestOwnNameTogether: however many callers ask for a module, and by whatever name, it is
// inserted once.
func TestOwnNameTogether(t *testing.T) {
	w := newWorld(t, discTree("alias disc disc-current"), kmod.LoaderConfig{})
	coming, release := w.kernel.Block("disc")
	first := make(chan error)
	go func() {
		_, err := w.Load(context.Background(), "disc-current")
		first <- err
	}()
	<-coming
	var group sync.WaitGroup
	for _, name := range []string{"disc", "disc-current", "drive", "bus:disc7"} {
		group.Add(1)
		go func() {
			defer group.Done()
			if _, err := w.Load(context.Background(), name); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}()
	}
	release()
	if err := <-first; err != nil {
		t.Error(err)
	}
	group.Wait()
	w.wantKernel(t, "core", "disc", "drive")
	inserted := 0
	for _, c := range w.kernel.Calls() {
		if c.Module == "disc" && c.Err == nil {
			inserted++
		}
	}
	if inserted != 1 {
		t.Errorf("it was inserted %d times", inserted)
	}
}

// TestOwnNameTwins: two files with one module, of which the kernel takes one.
func TestOwnNameTwins(t *testing.T) {
	tree := discTree("")
	twin := kmodtest.Module{Name: "disc-legacy", Depends: []string{"core"}, Fields: []string{"name=disc"}}
	tree.Modules = append(tree.Modules, twin)
	w := newWorld(t, tree, kmod.LoaderConfig{})
	var group sync.WaitGroup
	var mu sync.Mutex
	inserted := 0
	for range 4 {
		for _, name := range []string{"disc-current", "disc-legacy"} {
			group.Add(1)
			go func() {
				defer group.Done()
				result, err := w.Load(context.Background(), name)
				if err != nil {
					t.Errorf("%s: %v", name, err)
					return
				}
				mu.Lock()
				defer mu.Unlock()
				if result.Steps[len(result.Steps)-1].Outcome == kmod.OutcomeInserted {
					inserted++
				}
			}()
		}
	}
	group.Wait()
	if w.wantKernel(t, "core", "disc"); inserted != 1 {
		t.Errorf("it was inserted %d times", inserted)
	}
}

// TestOwnNameComing: a caller that asks for a module by the name that only the kernel has
// waits for the insert under way.
func TestOwnNameComing(t *testing.T) {
	for _, fails := range []bool{false, true} {
		w := newWorld(t, discTree(""), kmod.LoaderConfig{})
		if fails {
			w.kernel.Fail("disc", syscall.EIO)
		}
		coming, release := w.kernel.Block("disc")
		first := make(chan error)
		go func() {
			_, err := w.Load(context.Background(), "disc-current")
			first <- err
		}()
		<-coming
		result, err := w.Load(waitedFor{context.Background(), release}, "disc")
		if failed := <-first; errors.Is(failed, syscall.EIO) != fails {
			t.Errorf("the first answer is %v", failed)
		}
		switch {
		case fails && !errors.Is(err, kmod.ErrNotFound):
			t.Errorf("after a failure: %v", err)
		case !fails && (err != nil || outcomes(result) != "disc: live already"):
			t.Errorf("%v, %v", outcomes(result), err)
		}
	}
}

// TestOwnNameColdplug: devices whose driver is there by another name need nothing.
func TestOwnNameColdplug(t *testing.T) {
	w := newWorld(t, discTree(""), kmod.LoaderConfig{}, "disc-current")
	devices := func(yield func(uevent.Device, error) bool) {
		_ = yield(uevent.Device{Modalias: "bus:disc1"}, nil) && yield(uevent.Device{Modalias: "bus:drive1"}, nil)
	}
	result, err := w.Coldplug(context.Background(), &kmod.ColdplugOptions{Devices: devices})
	if err != nil || outcomes(result.Result) != "core: live already, disc_current: live already, drive: inserted" {
		t.Errorf("%v, %v", result, err)
	}
	w.wantKernel(t, "core", "disc", "drive")
}

// TestOwnNameInsert: the error of an insert from a file says that the module is
// there, and by which name.
func TestOwnNameInsert(t *testing.T) {
	dir := t.TempDir()
	if err := discTree("").Write(dir); err != nil {
		t.Fatal(err)
	}
	kernel := discTree("").Kernel()
	kernel.OnCall = func(c kmodtest.Call) error {
		if c.Module == "other" {
			return syscall.EEXIST // of its own init function
		}
		return nil
	}
	db := dbtest.Open(t, &kmod.Config{Root: dir, Release: "6.1.0-test"})
	loader := kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: kernel})
	if _, err := loader.Load(context.Background(), "disc-current"); err != nil {
		t.Fatal(err)
	}
	file := dir + "/lib/modules/6.1.0-test/updates/disc-current.ko"
	err := loader.Insert(t.Context(), file, "", 0)
	if !errors.Is(err, kmod.ErrExists) || errors.Is(err, kmod.ErrInit) ||
		!strings.Contains(err.Error(), "already; its own name is disc (EEXIST)") {
		t.Errorf("insert: %v", err)
	}
	result, err := loader.LoadRequests(context.Background(), nil, kmod.Request{Path: file})
	if err != nil || outcomes(result) != "core: live already, disc_current: live already" {
		t.Errorf("by its path: %v, %v", outcomes(result), err)
	}
	if _, err := loader.Load(context.Background(), "other"); !errors.Is(err, kmod.ErrInit) {
		t.Errorf("a module whose init function says EEXIST: %v", err)
	}
}

// TestOwnNamePolicy: what is in the kernel is not subject to policy, to commands
// or to verifying, and nothing is loaded for it any more.
func TestOwnNamePolicy(t *testing.T) {
	no := errors.New("no")
	forbid := func(s *kmod.Step) error {
		if s.Module.Name == "disc_current" {
			return no
		}
		return nil
	}
	verify := func(name string, _ []byte) error {
		if name == "disc_current" {
			return no
		}
		return nil
	}
	for name, test := range map[string]struct {
		cfg    kmod.LoaderConfig
		config string
	}{
		"policy":          {kmod.LoaderConfig{Policy: forbid}, ""},
		"verify":          {kmod.LoaderConfig{Verify: verify}, ""},
		"command":         {kmod.LoaderConfig{}, "install disc-current true"},
		"soft dependency": {kmod.LoaderConfig{}, "softdep disc-current pre: wheel post: other"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, discTree(""), test.cfg, "disc-current")
			files, err := discTree(test.config).FS()
			if err != nil {
				t.Fatal(err)
			}
			cfg := test.cfg
			cfg.Kernel = w.kernel
			loader := kmod.NewLoader(dbtest.Open(t, &kmod.Config{FS: files, Release: "6.1.0-test"}), &cfg)
			result, err := loader.Load(context.Background(), "disc-current")
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range result.Steps {
				if s.Step.Module.Name == "disc_current" && s.Outcome != kmod.OutcomeLive {
					t.Errorf("%v", outcomes(result))
				}
			}
			w.wantKernel(t, "core", "disc")
			if result, err = loader.Load(context.Background(), "drive"); err != nil {
				t.Errorf("what needs it: %v, %v", outcomes(result), err)
			}
		})
	}
}

// TestOwnNameVerify: a module whose name is not that of its file needs consent.
func TestOwnNameVerify(t *testing.T) {
	verify := func(string, []byte) error { return nil }
	w := newWorld(t, discTree(""), kmod.LoaderConfig{Verify: verify})
	_, err := w.Load(context.Background(), "drive")
	if !errors.Is(err, kmod.ErrForbidden) || !strings.Contains(err.Error(), "the file holds the module disc") {
		t.Errorf("without VerifyName: %v", err)
	}
	w.wantKernel(t, "core")
	var asked []string
	no := errors.New("no")
	for _, answer := range []error{no, nil} {
		w = newWorld(t, discTree(""), kmod.LoaderConfig{Verify: verify, VerifyName: func(file, own string) error {
			asked = append(asked, file+" is "+own)
			return answer
		}})
		if _, err = w.Load(context.Background(), "drive"); !errors.Is(err, answer) {
			t.Errorf("VerifyName says %v: %v", answer, err)
		}
	}
	if !slices.Equal(asked, []string{"disc_current is disc", "disc_current is disc"}) {
		t.Errorf("asked %v", asked)
	}
	w.wantKernel(t, "core", "disc", "drive")
}

// TestOwnNameDiagnose: that the names differ is worth a note.
func TestOwnNameDiagnose(t *testing.T) {
	for _, live := range []string{"wheel", "disc-current"} {
		w := newWorld(t, discTree(""), kmod.LoaderConfig{}, live)
		d, err := diagnose.Module(w.DB(), &diagnose.Options{Kernel: w.kernel}, kmod.Request{Name: "disc-current"})
		if err != nil {
			t.Fatal(err)
		}
		var kinds []diagnose.FindingKind
		for _, f := range d.Findings {
			if kinds = append(kinds, f.Kind); f.Kind == diagnose.FindingName &&
				(f.Severity != diagnose.SeverityNote || f.Want != "disc_current" || f.Got != "disc" || f.Module != "disc_current") {
				t.Errorf("%+v", f)
			}
		}
		if !slices.Contains(kinds, diagnose.FindingName) || slices.Contains(kinds, diagnose.FindingLoaded) != (live != "wheel") {
			t.Errorf("findings are\n%v", d)
		}
	}
}

// TestOwnNameKeptOut: the names that the kernel's command line keeps out are those
// in the files.
func TestOwnNameKeptOut(t *testing.T) {
	tree := kmodtest.Tree{Modules: []kmodtest.Module{{Name: "nvidia", Path: "updates/nvidia-current.ko"}}}
	for name, kept := range map[string]bool{"nvidia": true, "nvidia_current": false} {
		db, err := tree.Open()
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		kernel := tree.Kernel()
		kernel.Cmdline = "quiet module_blacklist=" + name
		_, err = kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: kernel}).Load(t.Context(), "nvidia-current")
		if said := err != nil && strings.Contains(err.Error(), "module_blacklist"); said != kept || (err != nil) != kept {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestOwnNameNotAsked: if nothing is wrong, only files that are inserted are opened, and
// the list of modules is not read.
func TestOwnNameNotAsked(t *testing.T) {
	w := newWorld(t, discTree(""), kmod.LoaderConfig{}, "core")
	ctx := context.Background()
	if _, err := w.Load(ctx, "wheel"); err != nil {
		t.Fatal(err)
	}
	if n := w.kernel.proc.Of("modules"); n != 0 {
		t.Errorf("the list of modules was read %d times for an insert", n)
	}
	for range 3 {
		if _, err := w.Load(ctx, "wheel"); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"wheel", "disc-current", "drive", "nosuch"} {
			_, _ = w.Status(name)
		}
		plan, err := w.DB().Plan("drive", "wheel")
		if err != nil {
			t.Fatal(err)
		}
		w.kernel.proc.Of("modules")
		if _, err := w.Run(ctx, plan, &kmod.RunOptions{DryRun: true}); err != nil {
			t.Fatal(err)
		}
		if n := w.kernel.proc.Of("modules"); n != 1 {
			t.Errorf("the list of modules was read %d times for a dry run", n)
		}
	}
	if _, err := w.Unload(ctx, nil, "wheel", "other"); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]int{
		"wheel.ko": 1, "disc-current.ko": 0, "drive.ko": 0, "core.ko": 0, "other.ko": 0,
	} {
		if n := w.files.Of(name); n != want {
			t.Errorf("%s was opened %d times, want %d", name, n, want)
		}
	}
}

// TestOwnNameReadOnce: a module's own name is read only where the kernel has
// modules that no index knows, only of modules that were asked about, and once.
func TestOwnNameReadOnce(t *testing.T) {
	w := newWorld(t, discTree(""), kmod.LoaderConfig{}, "disc-current")
	var group sync.WaitGroup
	for range 4 {
		group.Add(1)
		go func() {
			defer group.Done()
			for range 3 {
				if status, err := w.Status("disc-current"); status != kmod.StatusLive || err != nil {
					t.Errorf("disc-current is %v, %v", status, err)
				}
				if status, err := w.Status("wheel"); status != kmod.StatusLoadable || err != nil {
					t.Errorf("wheel is %v, %v", status, err)
				}
				if status, err := w.Status("core"); status != kmod.StatusLive || err != nil {
					t.Errorf("core is %v, %v", status, err)
				}
			}
		}()
	}
	group.Wait()
	for name, want := range map[string]int{
		"disc-current.ko": 1, "wheel.ko": 1, "core.ko": 0, "drive.ko": 0, "other.ko": 0,
	} {
		if n := w.files.Of(name); n != want {
			t.Errorf("%s was opened %d times, want %d", name, n, want)
		}
	}
	// An insert finds out by itself what is there, even though there is a module
	// that no index knows.
	if _, err := w.Load(context.Background(), "other"); err != nil {
		t.Fatal(err)
	}
	if n := w.files.Of("other.ko"); n != 1 {
		t.Errorf("other.ko was opened %d times for its insert", n)
	}
}

// TestOwnNameDamaged: a module whose file cannot be read, or has a name that no kernel
// could have, goes by the name of its file.
func TestOwnNameDamaged(t *testing.T) {
	for _, field := range []string{"name=../../etc", "name=" + strings.Repeat("x", 1<<16), "name="} {
		tree := discTree("")
		tree.Modules[4].Fields = []string{field}
		w := newWorld(t, tree, kmod.LoaderConfig{}, "disc-current")
		if status, err := w.Status("other"); status != kmod.StatusLoadable || err != nil {
			t.Errorf("%.20s: other is %v, %v", field, status, err)
		}
	}
	w := newWorld(t, discTree(""), kmod.LoaderConfig{}, "disc-current")
	files := w.files.FS.(fstest.MapFS)
	files["lib/modules/6.1.0-test/updates/disc-current.ko"] = &fstest.MapFile{Data: []byte("text"), Mode: 0o644}
	if status, err := w.Status("disc-current"); status != kmod.StatusLoadable || err != nil {
		t.Errorf("a file that is not a module: %v, %v", status, err)
	}
	result, err := w.Unload(context.Background(), nil, "disc")
	if err != nil || !slices.Equal(result.Removed(), []string{"disc", "core"}) {
		t.Errorf("removed %v, %v", result.Removed(), err)
	}
}
