package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gokmod/gokmod/kmod/hotplug"
)

// watched is a daemon that watches its policy, in a bubble of testing/synctest.
type watched struct {
	*machine
	dir     string
	hangups chan os.Signal
}

// watching runs a test with such a daemon. Its policy lies where a ConfigMap is mounted.
func watching(t *testing.T, policy string, test func(*watched)) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		w := &watched{newMachine(t, ""), dir, make(chan os.Signal)}
		w.swap("1", policy)
		if err := os.Symlink("..data/policy.conf", w.path()); err != nil {
			t.Fatal(err)
		}
		file := &policyFile{name: w.path()}
		p, err := file.load()
		if err != nil {
			t.Fatal(err)
		}
		w.policy.Store(p)
		ctx, cancel := contextWithCancel(t)
		w.cancel, w.ended = cancel, make(chan error, 1)
		w.machine.ready(hotplug.Config{})
		go func() { w.ended <- w.engine.Run(ctx) }()
		go w.watch(ctx, file, w.hangups)
		w.pass(time.Second)
		test(w)
		w.end()
	})
}

func (w *watched) path() string { return filepath.Join(w.dir, "policy.conf") }

// swap changes the policy as the mount of a ConfigMap changes.
func (w *watched) swap(version, text string) {
	w.t.Helper()
	dir := filepath.Join(w.dir, ".."+version)
	err := errors.Join(
		os.Mkdir(dir, 0o755),
		os.WriteFile(filepath.Join(dir, "policy.conf"), []byte(text), 0o644),
		os.Symlink(".."+version, filepath.Join(w.dir, "..new")),
		os.Rename(filepath.Join(w.dir, "..new"), filepath.Join(w.dir, "..data")),
	)
	if err != nil {
		w.t.Fatal(err)
	}
}

// pass lets time pass.
func (w *watched) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// logged returns how many lines have a text.
func (w *watched) logged(text string) int { return strings.Count(w.lines.String(), text) }

// is checks how often the policy was read, and why the old one was kept.
func (w *watched) is(reloads int, kept string) {
	w.t.Helper()
	if got := w.logged("read the policy again"); got != reloads {
		w.t.Errorf("the policy was read again %d times, want %d", got, reloads)
	}
	got := ""
	if err := w.mistake(); err != nil {
		got = err.Error()
	}
	if kept == "" && got != "" || !strings.Contains(got, kept) {
		w.t.Errorf("not ready because %q, want %q", got, kept)
	}
}

// TestWatch: a policy that another one takes the place of is followed, unless it has a
// mistake: then the old one stays until that is mended.
func TestWatch(t *testing.T) {
	watching(t, "deny module nic", func(w *watched) {
		w.kernel.Plug(device("pci:nic1"))
		w.pass(time.Hour)
		w.is(0, "")
		if got := w.modules(); got != "" {
			t.Errorf("loaded: %s", got)
		}
		w.swap("2", "deny module bus\nallow all\n")
		w.pass(2 * lookEvery)
		w.is(0, w.path()+":2: ")
		w.answers("/readyz", 503, "the old policy stays in force: "+w.path()+
			":2: \"allow all\" is neither allow|deny alias|module|path PATTERN nor the only default allow|deny\n")
		w.pass(time.Hour)
		if got := w.logged("keeping the old policy"); got != 1 {
			t.Errorf("the mistake was logged %d times", got)
		}
		w.swap("3", "deny module disk")
		w.pass(2 * lookEvery)
		w.is(1, "")
		w.kernel.Plug(device("pci:disk1"))
		w.pass(time.Second)
		if got := w.modules(); got != "bus nic picky" {
			t.Errorf("loaded: %s", got)
		}
		w.swap("4", "allow none")
		w.pass(2 * lookEvery)
		w.swap("5", "deny module disk")
		w.pass(2 * lookEvery)
		w.is(1, "") // that is in force
	})
}

// TestWatchHalfWritten: a file that is being written is not read.
func TestWatchHalfWritten(t *testing.T) {
	watching(t, "default deny", func(w *watched) {
		for i := range 20 {
			if err := os.WriteFile(w.path(), []byte(strings.Repeat("#", i)), 0o644); err != nil {
				t.Fatal(err)
			}
			w.pass(lookEvery)
		}
		w.is(0, "")
		w.pass(lookEvery)
		w.is(1, "")
	})
}

// TestWatchBroken: whatever takes the place of the file, the old policy stays.
func TestWatchBroken(t *testing.T) {
	for _, test := range []struct {
		name  string
		spoil func(path string) error
		want  string
	}{
		{"deleted", os.Remove, "no such file"},
		{"a directory", func(path string) error { return errors.Join(os.Remove(path), os.Mkdir(path, 0o755)) }, "is not a regular file of at most 1 MiB"},
		{"huge", func(path string) error { return os.Truncate(path, 1<<40) }, "is not a regular file of at most 1 MiB"},
		{"not text", func(path string) error { return os.WriteFile(path, make([]byte, 1<<20), 0o644) }, `:1: "\x00\x00`},
		{"without end", func(path string) error { return errors.Join(os.Remove(path), os.Symlink("policy.conf", path)) }, "too many"},
	} {
		t.Run(test.name, func(t *testing.T) {
			watching(t, "deny module nic", func(w *watched) {
				if err := test.spoil(w.path()); err != nil {
					t.Fatal(err)
				}
				w.pass(2 * lookEvery)
				w.is(0, test.want)
				if answer := w.ask("GET", "/readyz").Body.String(); len(answer) > 2*maxText {
					t.Errorf("/readyz answers %d bytes", len(answer))
				}
				w.pass(time.Hour)
				w.kernel.Plug(device("pci:nic1"))
				w.pass(time.Second)
				if got := w.modules(); got != "" {
					t.Errorf("loaded: %s", got)
				}
				if err := os.RemoveAll(w.path()); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(w.path(), nil, 0o644); err != nil {
					t.Fatal(err)
				}
				w.pass(2 * lookEvery)
				w.is(1, "")
			})
		})
	}
}

// TestHangup: on SIGHUP the policy counts as new even if it is the same.
func TestHangup(t *testing.T) {
	watching(t, "deny module nic", func(w *watched) {
		w.hangups <- hangup
		w.pass(0)
		w.is(1, "")
		w.swap("2", "x")
		w.hangups <- hangup
		w.pass(0)
		w.is(1, ":1: ")
		w.pass(time.Hour)
		if got := w.logged("keeping the old policy"); got != 1 {
			t.Errorf("the mistake was logged %d times", got)
		}
	})
}

// TestFollowGone: the default policy that vanishes is a mistake, unless there was none.
func TestFollowGone(t *testing.T) {
	m := newMachine(t, "deny module nic")
	m.ready(hotplug.Config{})
	m.follow(&policy{}, nil)
	if err := m.mistake(); err == nil || err.Error() != "the old policy stays in force: test.conf is gone" || m.policy.Load().file == "" {
		t.Errorf("it is kept: %v", err)
	}
	m.reload(&policy{}, nil)
	if err := m.mistake(); err != nil || m.policy.Load().file != "" {
		t.Errorf("after a hangup: %v", err)
	}
	m.follow(&policy{}, nil)
	if err := m.mistake(); err != nil {
		t.Errorf("when there was none: %v", err)
	}
}

// TestReadinessLog: the log says when the readiness changes, and nothing else about it.
func TestReadinessLog(t *testing.T) {
	watching(t, "", func(w *watched) {
		w.pass(time.Hour)
		if ready, not := w.logged("msg=ready"), w.logged(`msg="not ready"`); ready != 1 || not != 0 {
			t.Errorf("it was logged %d times that it is ready, %d that it is not", ready, not)
		}
		w.swap("2", "x")
		w.pass(time.Hour)
		if ready, not := w.logged("msg=ready"), w.logged(`msg="not ready"`); ready != 1 || not != 1 {
			t.Errorf("it was logged %d times that it is ready, %d that it is not", ready, not)
		}
	})
}
