package kmod_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"unicode"

	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/kmodtest"
	"github.com/gokmod/gokmod/kmod/live"
)

// failedTo finds the error of an operation, also that of a dependency because of which
// a module was not loaded.
func failedTo(err error, op string, e **kmod.Error) bool {
	if !errors.As(err, e) {
		return false
	}
	if op != "need" {
		*e = (*e).Root()
	}
	return (*e).Op == op
}

// TestErrorSentences: an error is a sentence that names the module, quoted where that
// reads better, and what led to it.
func TestErrorSentences(t *testing.T) {
	reason := errors.New("a reason")
	origin := kmod.Origin{File: "/etc/modprobe.d/a.conf", Line: 3}
	command := &kmod.Command{Module: "a", Text: "do\x1b", Origin: origin}
	long := strings.Repeat("x", 300)
	for _, test := range []struct {
		err  kmod.Error
		want string
	}{
		{kmod.Error{Op: "insert", Module: "a", Err: reason}, "insert module a: a reason"},
		{kmod.Error{Op: "insert", Module: "a b", Path: "/m/a.ko", Chain: []string{"a b", "c", "d"},
			Errno: syscall.ENOEXEC, Detail: "more", Log: []string{"a: a line"}, Err: reason},
			`insert module "a b" (needed by c, needed by d) from /m/a.ko: a reason; more (ENOEXEC)`},
		{kmod.Error{Op: "insert", Module: "a", Chain: []string{"a"}, Errno: syscall.Errno(4000), Err: reason},
			"insert module a: a reason (errno 4000)"},
		{kmod.Error{Op: "insert", Module: "a", Log: []string{"a: one", "a: two\x1b"}, Errno: syscall.EIO, Err: reason},
			`insert module a: a reason; the kernel says "a: two\x1b" (EIO)`},
		{kmod.Error{Op: "insert", Module: "a", Log: []string{long}, Err: reason},
			`insert module a: a reason; the kernel says "` + long[:200] + `"…`},
		{kmod.Error{Op: "remove", Module: "a", Errno: syscall.EAGAIN, Err: &kmod.InUseError{Module: "a", Refcount: 1}},
			"remove module a: the module is in use (refcount 1) (EAGAIN)"},
		{kmod.Error{Op: "remove", Module: "a\n", Err: reason}, `remove module "a\n": a reason`},
		{kmod.Error{Op: "load", Module: "a", Err: reason}, "load module a: a reason"},
		{kmod.Error{Op: "load", Module: "a", Path: "/m/a.ko", Chain: []string{"a", "b", "c"}, Err: reason},
			"load module a: a reason (needed by b, for c)"},
		{kmod.Error{Op: "load", Module: "a", Chain: []string{"a"}, Err: reason}, "load module a: a reason"},
		{kmod.Error{Op: "need", Module: "a", Dependency: "b"}, "module a was not loaded, as it needs b"},
		{kmod.Error{Op: "need", Module: "a", Err: reason}, `module a was not loaded, as it needs "": a reason`},
		{kmod.Error{Op: "skip", Module: "a", Err: kmod.ErrBlacklisted}, "skip module a: the module is blacklisted"},
		{kmod.Error{Op: "skip", Module: "a", Origin: &origin, Err: kmod.ErrBlacklisted},
			"skip module a: the module is blacklisted (/etc/modprobe.d/a.conf line 3)"},
		{kmod.Error{Op: "run", Module: "a", Command: command, Chain: []string{"a", "b"}, Err: reason},
			`install command of module a ("do\x1b", /etc/modprobe.d/a.conf line 3): a reason`},
		{kmod.Error{Op: "run", Module: "a", Command: &kmod.Command{Remove: true, Origin: origin}, Err: reason},
			`remove command of module a ("", /etc/modprobe.d/a.conf line 3): a reason`},
		{kmod.Error{Op: "run", Module: "a", Err: reason}, "run module a: a reason"},
		{kmod.Error{Op: "locate", Module: "a", Path: "../b", Err: reason}, "module a: a reason"},
	} {
		err := error(&test.err)
		if err.Error() != test.want {
			t.Errorf("got  %s\nwant %s", err, test.want)
		}
		if !errors.Is(err, test.err.Err) && test.err.Err != nil || errors.Unwrap(err) != test.err.Err {
			t.Errorf("%v is not %v", err, test.err.Err)
		}
		if errors.Is(err, test.err.Errno) != (test.err.Errno != 0) || errors.Is(err, syscall.ENOENT) {
			t.Errorf("%v has another errno than %d", err, test.err.Errno)
		}
	}
}

// leavingTree is a tree whose index has a path that leads out of it.
func leavingTree() fstest.MapFS {
	files := modtest.Tree(nil)
	files["lib/modules/"+modtest.Release+"/modules.dep.bin"] = &fstest.MapFile{
		Data: modtest.Index(modtest.Entry{Key: "evil", Value: "../evil.ko:"})}
	return files
}

// opTest is a failure of an operation.
type opTest struct {
	op, module string
	fail       func(*testing.T) error
	want       string
	is         []error
}

// stepErr is the error of one step of a load, in which module base fails.
func stepErr(t *testing.T, config string, cfg kmod.LoaderConfig, name, module string) error {
	t.Helper()
	loader, k := softLoader(t, config, cfg)
	k.Fail("base", syscall.EIO)
	result, _ := loader.Load(context.Background(), name)
	at := slices.IndexFunc(result.Steps, func(s kmod.StepResult) bool { return s.Step.Module.Name == module })
	return result.Steps[at].Err
}

// planPath is the error of a plan with a path that is not the module's.
func planPath(t *testing.T, name, path string) error {
	loader, _ := dbtest.Loader(t, chainTree(), false)
	plan := &kmod.Plan{Steps: []kmod.Step{{Module: kmod.Module{Name: name, Path: path}}}}
	_, err := loader.Run(context.Background(), plan, nil)
	return err
}

var opTests = []opTest{
	{"insert", "base", func(t *testing.T) error { return stepErr(t, "", kmod.LoaderConfig{}, "mid", "base") },
		"insert module base (needed by mid) from lib/modules/6.1.0-test/kernel/base.ko: the module's init function failed (EIO)",
		[]error{kmod.ErrInit, syscall.EIO}},
	{"need", "top", func(t *testing.T) error { return stepErr(t, "", kmod.LoaderConfig{}, "top", "top") },
		"module top was not loaded, as it needs base: insert module base (needed by top) from " +
			"lib/modules/6.1.0-test/kernel/base.ko: the module's init function failed (EIO)",
		[]error{kmod.ErrInit, syscall.EIO}},
	{"load", "base", func(t *testing.T) error {
		policy := func(s *kmod.Step) error { return map[string]error{"base": fs.ErrInvalid}[s.Module.Name] }
		return stepErr(t, "", kmod.LoaderConfig{Policy: policy}, "top", "base")
	}, "load module base: policy forbids it: invalid argument (needed by top)",
		[]error{kmod.ErrForbidden, fs.ErrInvalid}},
	{"load", "a", func(t *testing.T) error {
		policy := func(*kmod.Step) error { return fs.ErrInvalid }
		return kmod.NewLoader(nil, &kmod.LoaderConfig{Kernel: kmodtest.New(modtest.Release), Policy: policy}).Insert(t.Context(), "/m/a.ko", "", 0)
	}, "load module a: policy forbids it: invalid argument", []error{kmod.ErrForbidden, fs.ErrInvalid}},
	{"load", "base", func(t *testing.T) error {
		verify := func(string, []byte) error { return fs.ErrInvalid }
		return stepErr(t, "", kmod.LoaderConfig{Verify: verify}, "base", "base")
	}, "load module base: policy forbids it: invalid argument", []error{kmod.ErrForbidden, fs.ErrInvalid}},
	{"load", "base", func(t *testing.T) error {
		verify := func(string, []byte) error { return kmod.ErrBusy }
		return stepErr(t, "", kmod.LoaderConfig{Verify: verify}, "base", "base")
	}, "load module base: policy forbids it: a module of that name is being inserted or removed",
		[]error{kmod.ErrForbidden, kmod.ErrBusy}},
	{"skip", "top", func(t *testing.T) error { return stepErr(t, "blacklist top\n", kmod.LoaderConfig{}, "x:1", "top") },
		"skip module top: the module is blacklisted (a.conf line 1)", []error{kmod.ErrBlacklisted}},
	{"skip", "gone", func(t *testing.T) error { return stepErr(t, "alias z gone\n", kmod.LoaderConfig{}, "z", "gone") },
		"skip module gone: module not found", []error{kmod.ErrNotFound, fs.ErrNotExist}},
	{"run", "low", func(t *testing.T) error {
		return stepErr(t, "install low do $it\n", kmod.LoaderConfig{}, "low", "low")
	}, `install command of module low ("do $it", a.conf line 1): no function was given to run commands with`,
		[]error{kmod.ErrNoCommand, errors.ErrUnsupported}},
	{"run", "top", func(t *testing.T) error {
		loader, _ := loadedSoft(t, "remove top do it\n")
		_, err := loader.Unload(context.Background(), nil, "top")
		return err
	}, `remove command of module top ("do it", a.conf line 1): no function was given to run commands with`,
		[]error{kmod.ErrNoCommand, errors.ErrUnsupported}},
	{"remove", "mid", func(t *testing.T) error {
		loader, _ := loadTop(t)
		return loader.Remove(t.Context(), "mid", 0)
	}, "remove module mid: the module is in use by top (refcount 1) (EAGAIN)", []error{kmod.ErrInUse, syscall.EAGAIN}},
	{"locate", "evil", func(t *testing.T) error {
		_, err := dbtest.Open(t, &kmod.Config{FS: leavingTree(), Release: modtest.Release}).Lookup("evil")
		return err
	}, `module evil: the path "../evil.ko" in lib/modules/6.1.0-test/modules.dep.bin leaves the module directory`,
		[]error{kmod.ErrPath}},
	{"locate", "top", func(t *testing.T) error { return planPath(t, "top", "/evil\n.ko") },
		`module top: the path "/evil\n.ko" of the plan is not that of its file, lib/modules/6.1.0-test/kernel/top.ko`,
		[]error{kmod.ErrPath}},
	{"locate", "gone", func(t *testing.T) error { return planPath(t, "gone", "/evil.ko") },
		`module gone: the path "/evil.ko" of the plan is not that of a known module`, []error{kmod.ErrPath}},
}

// TestErrorOps: what each operation's failure says, and is.
func TestErrorOps(t *testing.T) {
	all := []error{kmod.ErrInit, kmod.ErrBusy, kmod.ErrForbidden, kmod.ErrBlacklisted, kmod.ErrNotFound, kmod.ErrNoCommand,
		kmod.ErrInUse, kmod.ErrPath, fs.ErrNotExist, fs.ErrInvalid, errors.ErrUnsupported, syscall.EIO, syscall.EAGAIN, syscall.ENOENT}
	for _, test := range opTests {
		err := test.fail(t)
		var e *kmod.Error
		if !failedTo(err, test.op, &e) || e.Module != test.module || err.Error() != test.want {
			t.Errorf("%s %s: got  %v\nwant %s", test.op, test.module, err, test.want)
			continue
		}
		for _, is := range all {
			if errors.Is(err, is) != slices.Contains(test.is, is) {
				t.Errorf("%v: is it %q? %v", err, is, errors.Is(err, is))
			}
		}
		if (e.Command != nil) != (test.op == "run") || (e.Dependency != "") != (test.op == "need") ||
			e.Command != nil && e.Command.Module != e.Module {
			t.Errorf("%v has the command %v and the dependency %q", err, e.Command, e.Dependency)
		}
		if first, last, _ := strings.Cut(fmt.Sprintf("%+v", err), "\n"); first != test.want || last == "" {
			t.Errorf("%%+v begins with %s, and then %q", first, last)
		}
	}
}

// TestErrorWhole: %+v shows what is known, and for a need what is known about the module
// that failed first.
func TestErrorWhole(t *testing.T) {
	insert := &kmod.Error{
		Op: "insert", Module: "mid", Path: "/m/mid.ko", Params: "debug=1 name=\"a b\"", Chain: []string{"mid", "top", "nic"},
		Errno: syscall.EIO, Detail: "more\x1b", Log: []string{"mid: the device", "is too old\r"},
		LogErr: live.ErrLogOverrun, Err: kmod.ErrInit,
	}
	need := &kmod.Error{Op: "need", Module: "nic", Dependency: "top",
		Err: &kmod.Error{Op: "need", Module: "top", Dependency: "mid", Err: insert}}
	origin := kmod.Origin{File: "/etc/modprobe.d/a.conf", Line: 3}
	const known = `
    module: mid
    path: /m/mid.ko
    parameters: debug=1 name="a b"
    needed by: top, nic
    errno: EIO
    detail: "more\x1b"
    cause: the module's init function failed
    kernel log:
        mid: the device
        "is too old\r"
    the kernel log may lack lines: `
	for _, test := range []struct {
		err  *kmod.Error
		want string
	}{
		{insert, known + live.ErrLogOverrun.Error()},
		{need, known + live.ErrLogOverrun.Error()},
		{&kmod.Error{Op: "need", Module: "a", Dependency: "b"}, "\n    module: a\n    needs: b"},
		{&kmod.Error{Op: "skip", Module: "a", Origin: &origin, Err: kmod.ErrBlacklisted},
			"\n    module: a\n    configured in: /etc/modprobe.d/a.conf line 3\n    cause: the module is blacklisted"},
		{&kmod.Error{Op: "run", Module: "a", Command: &kmod.Command{Text: "do it", Origin: origin}, Err: kmod.ErrNoCommand},
			"\n    module: a\n    command: do it\n    configured in: /etc/modprobe.d/a.conf line 3\n    cause: " + kmod.ErrNoCommand.Error()},
		{&kmod.Error{Op: "remove", Module: "a", Chain: []string{"a"}, Err: &kmod.InUseError{Holders: []string{"b"}}},
			"\n    module: a\n    cause: the module is in use by b"},
	} {
		if got, want := fmt.Sprintf("%+v", test.err), test.err.Error()+test.want; got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	if need.Root() != insert || insert.Root() != insert {
		t.Errorf("it began with %v", need.Root())
	}
	lost := &kmod.Error{Op: "need", Module: "a", Err: &kmod.LookupError{Name: "b"}}
	if outer := (&kmod.Error{Op: "need", Err: lost}); outer.Root() != lost {
		t.Errorf("it began with %v", outer.Root())
	}
	if load := (&kmod.Error{Op: "load", Err: insert}); load.Root() != load {
		t.Errorf("it began with %v", load.Root())
	}
}

// TestErrorVerbs: except with %+v an error is printed like a string.
func TestErrorVerbs(t *testing.T) {
	err := &kmod.Error{Op: "insert", Module: "é", Err: kmod.ErrInit}
	for _, format := range []string{"%v", "%s", "%q", "%+q", "%x", "%60v|", "%-60s|", "%.9s", "%d"} {
		if got, want := fmt.Sprintf(format, err), fmt.Sprintf(format, err.Error()); got != want {
			t.Errorf("%s gives %s, want %s", format, got, want)
		}
	}
}

// TestErrorPrintable: text from a hostile tree cannot control a terminal by way of an
// error.
func TestErrorPrintable(t *testing.T) {
	const evil = "evil\x1b[2J\u202e"
	origin := kmod.Origin{File: "/etc/modprobe.d/" + evil + ".conf", Line: 3}
	command := kmod.Command{Module: evil, Text: evil, Origin: origin}
	chain := []string{evil, evil, evil}
	reason := &kmod.InUseError{Module: evil, Holders: chain}
	for _, op := range []string{"insert", "remove", "load", "run", "need", "skip", "locate"} {
		err := &kmod.Error{Op: op, Module: evil, Path: evil, Params: evil, Chain: chain, Dependency: evil, Command: &command,
			Origin: &origin, Log: chain, LogErr: errors.New(evil), Err: reason}
		checkPrintable(t, err.Error())
		lines := strings.Split(fmt.Sprintf("%+v", err), "\n")
		for _, line := range lines {
			if strings.ContainsFunc(line, func(r rune) bool { return !unicode.IsPrint(r) }) {
				t.Errorf("%s: not printable: %q", op, line)
			}
		}
		if len(lines) != 15 {
			t.Errorf("%s: not all of it is shown: %q", op, lines)
		}
	}
}

// TestErrorOfEachCaller: callers that wait for one insert each get an error of their own,
// with the chain of what they asked for.
func TestErrorOfEachCaller(t *testing.T) {
	loader, k := dbtest.Loader(t, chainTree(), false)
	coming, release := k.Block("base")
	k.Fail("base", syscall.EIO)
	first := make(chan error)
	go func() {
		_, err := loader.Load(context.Background(), "mid")
		first <- err
	}()
	<-coming
	_, err := loader.Load(waitedFor{context.Background(), release}, "top")
	var one, other *kmod.Error
	if !failedTo(<-first, "insert", &one) || !failedTo(err, "insert", &other) || one == other {
		t.Fatalf("the errors are %v and %v", one, other)
	}
	if !slices.Equal(one.Chain, []string{"base", "mid"}) || !slices.Equal(other.Chain, []string{"base", "top"}) {
		t.Errorf("the chains are %v and %v", one.Chain, other.Chain)
	}
	if calls := len(k.Calls()); calls != 1 {
		t.Errorf("%d inserts", calls)
	}
}
