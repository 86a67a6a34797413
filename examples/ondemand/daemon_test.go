package main

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/gokmod/gokmod/kmod"
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
	kernel *kmodtest.Kernel
	lines  *lines
	config atomic.Value // the policy's text
	ended  chan error
	cancel context.CancelFunc
}

func newMachine(t *testing.T, config string) *machine {
	t.Helper()
	tree := drivers()
	m := &machine{t: t, kernel: tree.Kernel(), lines: &lines{more: make(chan struct{}, 1)}}
	m.config.Store(config)
	read := func() (*policy, error) { return parsePolicy("test.conf", m.config.Load().(string)) }
	open := func(p *policy) (*kmod.Loader, error) {
		db, err := tree.Open()
		if err != nil {
			return nil, err
		}
		cfg := loaderConfig(db, p)
		cfg.Kernel = m.kernel
		return kmod.NewLoader(db, cfg), nil
	}
	log := newLog(m.lines, false, true)
	library, err := newLibrary(read, open, log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(library.close)
	m.daemon = &daemon{
		library: library, log: log, grace: time.Minute,
		metrics: newMetrics(filepath.Join(t.TempDir(), "metrics")),
		events:  m.kernel.Events, stats: func() uevent.Stats { return uevent.Stats{} },
	}
	return m
}

// begin starts the daemon.
func (m *machine) begin() {
	ctx, cancel := context.WithCancel(m.t.Context())
	m.cancel, m.ended = cancel, make(chan error, 1)
	go func() { m.ended <- m.run(ctx) }()
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
	metrics, err := os.ReadFile(m.metrics.file)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"ondemand_modules_loaded_total 5\n", "ondemand_resyncs_total 1\n", `ondemand_module_load_seconds{module="nic"}`} {
		if !strings.Contains(string(metrics), want) {
			t.Errorf("no %q in\n%s", want, metrics)
		}
	}
}

// TestDaemonResync: after a gap, the devices whose events were lost are served.
func TestDaemonResync(t *testing.T) {
	m := newMachine(t, "")
	took := make(chan struct{})
	m.events = func(ctx context.Context) iter.Seq2[uevent.Event, error] {
		events := m.kernel.Events(ctx)
		return func(yield func(uevent.Event, error) bool) {
			<-took // no events are received before this
			events(yield)
		}
	}
	m.begin()
	m.await("served all devices", "devices=0")
	m.kernel.Plug(device("pci:nic1"))
	m.kernel.LoseEvents()
	close(took)
	m.await("events were lost")
	m.await("loaded", "module=nic")
	m.await("served all devices", "devices=1")
	m.end()
}

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
	m.kernel.Plug(device("usb:cam2"), device("usb:stick1"))
	m.await("loaded", "module=usb_storage")
	m.end()
	if got := m.modules(); got != "bus disk usb_storage" {
		t.Errorf("loaded: %s", got)
	}
	if n := strings.Count(m.lines.String(), "not allowed"); n != 1 {
		t.Errorf("it was logged %d times that policy keeps a module out", n)
	}
	if m.metrics.denied["cam"] != 2 || m.metrics.failed["picky"] != 1 || m.metrics.failed["nic"] != 1 {
		t.Errorf("denied %v, failed %v", m.metrics.denied, m.metrics.failed)
	}
}

// TestDaemonStops: at the end the daemon waits for a module in progress, and
// starts no other.
func TestDaemonStops(t *testing.T) {
	m := newMachine(t, "")
	coming, release := m.kernel.Block("bus")
	m.kernel.Plug(device("pci:nic1"))
	m.begin()
	<-coming
	m.cancel()
	m.await("stopping")
	release()
	if err := <-m.ended; err != nil {
		t.Error(err)
	}
	if got := m.modules(); got != "bus" {
		t.Errorf("loaded: %s", got)
	}
}

// TestDaemonGrace: the daemon does not wait forever for a module.
func TestDaemonGrace(t *testing.T) {
	m := newMachine(t, "")
	m.grace, m.metrics.file = time.Millisecond, "" // so that nothing is written after the test
	coming, release := m.kernel.Block("bus")
	defer release()
	m.kernel.Plug(device("pci:nic1"))
	m.begin()
	<-coming
	m.cancel()
	if err := <-m.ended; !errors.Is(err, errGrace) {
		t.Errorf("ended with %v", err)
	}
}

// TestDaemonBesides: a slow module delays no other device.
func TestDaemonBesides(t *testing.T) {
	m := newMachine(t, "")
	coming, release := m.kernel.Block("usb_storage")
	m.begin()
	m.kernel.Plug(device("usb:stick1"))
	<-coming
	m.kernel.Plug(device("pci:nic1"))
	m.await("loaded", "module=nic")
	release()
	m.await("loaded", "module=usb_storage")
	m.end()
}

// TestDaemonDeaf: without a source of events there is no daemon.
func TestDaemonDeaf(t *testing.T) {
	m := newMachine(t, "")
	deaf := errors.New("the socket is gone")
	m.events = func(context.Context) iter.Seq2[uevent.Event, error] {
		return func(yield func(uevent.Event, error) bool) { yield(uevent.Event{}, deaf) }
	}
	m.begin()
	if err := <-m.ended; !errors.Is(err, deaf) {
		t.Errorf("ended with %v", err)
	}
}

// TestDaemonReload: after a hangup the daemon follows the new policy, unless
// that has a mistake.
func TestDaemonReload(t *testing.T) {
	m := newMachine(t, "deny module nic")
	hangups := make(chan os.Signal)
	m.hangups = hangups
	m.kernel.Plug(device("pci:nic1"))
	m.begin()
	m.await("not allowed", "module=nic", "test.conf:1")
	m.config.Store("allow everything")
	hangups <- syscall.SIGHUP
	m.await("keeping the old policy", "test.conf:1: allow takes two words")
	m.config.Store("deny module disk")
	hangups <- syscall.SIGHUP
	m.await("loaded", "module=nic")
	m.kernel.Plug(device("pci:disk1"))
	m.await("not allowed", "module=disk", "test.conf:1")
	m.end()
	if got := m.modules(); strings.Contains(got, "disk") || !strings.Contains(got, "nic") {
		t.Errorf("loaded: %s", got)
	}
}

func TestDaemonDryRun(t *testing.T) {
	m := newMachine(t, "")
	m.dryRun = true
	m.kernel.Plug(device("pci:nic1"))
	if err := m.once(t.Context()); err != nil {
		t.Fatal(err)
	}
	m.await("would be loaded", "module=nic")
	if got := m.modules(); got != "" {
		t.Errorf("loaded: %s", got)
	}
	if text := m.metrics.text(); !strings.Contains(text, "ondemand_modules_loaded_total 0\n") {
		t.Errorf("counted as loaded:\n%s", text)
	}
}

func TestConcerns(t *testing.T) {
	for action, want := range map[string]bool{
		uevent.Add: true, uevent.Change: true, uevent.Move: true, uevent.Online: true,
		uevent.Remove: false, uevent.Bind: false, uevent.Unbind: false, uevent.Offline: false,
	} {
		if got := concerns(&uevent.Event{Action: action, Modalias: "x"}); got != want {
			t.Errorf("%s: %t", action, got)
		}
	}
	if concerns(&uevent.Event{Action: uevent.Add}) {
		t.Error("an event without a modalias concerns the daemon")
	}
}
