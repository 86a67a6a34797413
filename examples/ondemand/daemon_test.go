package main

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/hotplug"
	"github.com/gokmod/gokmod/kmod/kmodtest"
	"github.com/gokmod/gokmod/kmod/uevent"
)

// drivers is the module tree of these tests.
func drivers() *kmodtest.Tree {
	return &kmodtest.Tree{
		Modules: []kmodtest.Module{
			{Name: "bus"},
			{Name: "nic", Depends: []string{"bus"}, Aliases: []string{"pci:nic*"}},
			{Name: "disk", Depends: []string{"bus"}, Aliases: []string{"pci:disk*"}},
			{Name: "usb_storage", Path: "kernel/usb/usb-storage.ko", Aliases: []string{"usb:stick*"}},
			{Name: "cam", Path: "kernel/media/cam.ko", Aliases: []string{"usb:cam*"}},
			{Name: "picky", Aliases: []string{"pci:disk*"}},
			{Name: "sha_fast", Aliases: []string{"crypto-sha"}},
			{Name: "sha_any", Aliases: []string{"crypto-sha"}},
			{Name: "banned", Aliases: []string{"fs-banned"}},
			{Name: "compiled", Builtin: true},
		},
		Modprobe: "blacklist banned\n",
	}
}

// lines is a log in which tests wait for lines.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
	more chan struct{}
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case l.more <- struct{}{}:
	default:
	}
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// machine is a daemon with its environment.
type machine struct {
	*daemon
	t      *testing.T
	tree   *kmodtest.Tree
	kernel *kmodtest.Kernel
	lines  *lines
	ended  chan error
	cancel context.CancelFunc
}

func newMachine(t *testing.T, config string) *machine {
	t.Helper()
	tree := drivers()
	m := &machine{t: t, tree: tree, kernel: tree.Kernel(), lines: &lines{more: make(chan struct{}, 1)}}
	log := (&settings{level: slog.LevelDebug}).log(m.lines)
	m.daemon = newDaemon(log, filepath.Join(t.TempDir(), "metrics"), mustParse(t, config))
	return m
}

// loader is one for the machine's kernel.
func (m *machine) loader() *kmod.Loader {
	m.t.Helper()
	db, err := m.tree.Open()
	if err != nil {
		m.t.Fatal(err)
	}
	m.t.Cleanup(func() { db.Close() })
	cfg := m.loaderConfig(db)
	cfg.Kernel = m.kernel
	return kmod.NewLoader(db, cfg)
}

// ready makes the daemon's engine, for the machine's kernel.
func (m *machine) ready(cfg hotplug.Config) {
	cfg.Open = func() (*kmod.Loader, error) { return m.loader(), nil }
	cfg.Events = m.kernel.Events
	m.prepare(cfg)
}

// begin starts the daemon.
func (m *machine) begin() {
	m.ready(hotplug.Config{})
	ctx, cancel := context.WithCancel(m.t.Context())
	m.cancel, m.ended = cancel, make(chan error, 1)
	go func() { m.ended <- m.engine.Run(ctx) }()
	m.t.Cleanup(cancel)
}

// await waits for the log to have a line with all the words.
func (m *machine) await(words ...string) {
	m.t.Helper()
	deadline := time.After(30 * time.Second)
	for {
		for line := range strings.Lines(m.lines.String()) {
			if !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(line, w) }) {
				return
			}
		}
		select {
		case <-m.lines.more:
		case <-deadline:
			m.t.Fatalf("no line with %q in\n%s", words, m.lines)
		}
	}
}

// end ends the daemon.
func (m *machine) end() {
	m.t.Helper()
	m.cancel()
	if err := <-m.ended; err != nil {
		m.t.Error(err)
	}
}

// modules returns those in the kernel, sorted.
func (m *machine) modules() string {
	names := m.kernel.Modules()
	slices.Sort(names)
	return strings.Join(names, " ")
}

func contextWithCancel(t *testing.T) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	return ctx, cancel
}

func device(alias string) uevent.Device {
	return uevent.Device{Devpath: "/devices/" + strings.ReplaceAll(alias, ":", "/"), Modalias: alias}
}

func TestDaemon(t *testing.T) {
	m := newMachine(t, "deny alias usb:cam*\n")
	m.kernel.Plug(device("pci:nic1"), device("usb:cam1"), device("usb:unknown"))
	m.begin()
	m.await("served all devices", "devices=2", "unknown=1", "loaded=2")
	if got := m.modules(); got != "bus nic" {
		t.Errorf("after the start: %s", got)
	}
	m.kernel.Plug(device("usb:stick1"), device("usb:cam2"))
	m.await("loaded", "module=usb_storage")
	m.kernel.Unplug("/devices/usb/stick1")
	m.kernel.Plug(device("pci:disk1"))
	m.await("loaded", "module=disk")
	m.await("loaded", "module=picky")
	m.end()
	if got := m.modules(); got != "bus disk nic picky usb_storage" {
		t.Errorf("in the end: %s", got)
	}
	metrics, err := os.ReadFile(m.file)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"ondemand_modules_loaded_total 5\n", "ondemand_resyncs_total 1\n", `ondemand_module_load_seconds{module="nic"}`} {
		if !strings.Contains(string(metrics), want) {
			t.Errorf("no %q in\n%s", want, metrics)
		}
	}
}

// TestDaemonFailures: what fails, and what policy keeps out, is logged and counted.
func TestDaemonFailures(t *testing.T) {
	m := newMachine(t, "deny path kernel/media/*\n")
	m.kernel.Fail("picky", syscall.ENODEV)
	m.kernel.Fail("nic", syscall.EIO)
	m.kernel.Plug(device("pci:disk1"), device("pci:nic1"), device("usb:cam1"))
	m.begin()
	m.await("served all devices")
	m.await("found no device", "module=picky")
	m.await("not loaded", "module=nic", "EIO")
	m.await("not allowed", "module=cam", "test.conf:1 denies it")
	m.kernel.Plug(device("usb:cam1"), device("usb:stick1"))
	m.await("loaded", "module=usb_storage")
	m.kernel.LoseEvents()
	m.await("events were lost")
	m.end()
	if got := m.modules(); got != "bus disk usb_storage" {
		t.Errorf("loaded: %s", got)
	}
	if n := strings.Count(m.lines.String(), "not allowed"); n != 1 {
		t.Errorf("it was logged %d times that policy keeps a module out", n)
	}
	if m.denied[label("cam")] != 1 || m.broken[label("picky")] != 1 || m.broken[label("nic")] != 1 || len(m.broken) != 2 {
		t.Errorf("denied %v, failed %v", m.denied, m.broken)
	}
}

// TestDaemonReload: after a hangup the daemon follows the new policy, unless that has a
// mistake.
func TestDaemonReload(t *testing.T) {
	m := newMachine(t, "deny module nic")
	m.kernel.Plug(device("pci:nic1"))
	m.begin()
	m.await("not allowed", "module=nic", "test.conf:1")
	m.reload(parsePolicy("test.conf", "allow everything"))
	m.await("keeping the old policy", "test.conf:1: ")
	m.reload(parsePolicy("test.conf", "deny module disk"))
	m.await("loaded", "module=nic")
	m.kernel.Plug(device("pci:disk1"))
	m.await("not allowed", "module=disk", "test.conf:1")
	m.end()
	if got := m.modules(); strings.Contains(got, "disk") || !strings.Contains(got, "nic") {
		t.Errorf("loaded: %s", got)
	}
}

// TestDaemonDryRun: a dry run loads nothing, and counts nothing as loaded.
func TestDaemonDryRun(t *testing.T) {
	m := newMachine(t, "")
	m.ready(hotplug.Config{Run: kmod.RunOptions{DryRun: true}})
	m.kernel.Plug(device("pci:nic1"))
	if _, err := m.engine.Once(t.Context()); err != nil {
		t.Fatal(err)
	}
	m.await("would be loaded", "module=nic")
	m.await("served all devices", "dry=true")
	if got := m.modules(); got != "" {
		t.Errorf("loaded: %s", got)
	}
	if m.loads != 0 {
		t.Errorf("%d are counted as loaded", m.loads)
	}
}
