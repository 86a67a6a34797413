package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gokmod/gokmod/kmod/kmodtest/vm"
	"github.com/gokmod/gokmod/kmod/uevent"
)

// guest is the test's view of the machine that it runs in.
type guest struct {
	t       *testing.T
	changes chan struct{} // has a token when something may have changed
}

func newGuest(t *testing.T, helper string) *guest {
	vm.RequireGuest(t)
	if err := os.WriteFile("/proc/sys/kernel/modprobe", []byte(helper), 0); err != nil {
		t.Fatal(err)
	}
	listener, err := uevent.Listen(nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	g := &guest{t, make(chan struct{}, 1)}
	go func() {
		for _, err := range listener.Events(context.Background()) {
			if err != nil && !errors.Is(err, uevent.ErrGap) {
				return
			}
			g.changed()
		}
	}()
	return g
}

func (g *guest) changed() {
	select {
	case g.changes <- struct{}{}:
	default:
	}
}

// stateDeadline bounds every wait.
const stateDeadline = 2 * time.Minute

// await waits from change to change, calling act before each wait, until the
// wanted state is reached. It reports whether that happened in time. Changes
// show in the kernel's events and in lines of the daemon's log: there is no
// event for the end of an insert.
func (g *guest) await(reached func() bool, act func()) bool {
	late := time.After(stateDeadline)
	for {
		act()
		if reached() {
			return true
		}
		select {
		case <-g.changes:
		case <-late:
			return reached()
		}
	}
}

// drivers lists which driver has which device. Names that are numbers in order
// of arrival are left out.
func (g *guest) drivers() []string {
	links, err := filepath.Glob("/sys/bus/*/devices/*/driver")
	if err != nil {
		g.t.Fatal(err)
	}
	var list []string
	for _, link := range links {
		target, err := os.Readlink(link)
		if err != nil {
			continue
		}
		words := strings.Split(link, "/")
		bus, device := words[3], words[5]
		switch bus {
		case "pci", "usb", "platform", "acpi", "virtio":
		default:
			device = "*"
		}
		list = append(list, fmt.Sprintf("driver %s %s %s", bus, device, filepath.Base(target)))
	}
	slices.Sort(list)
	return list
}

// modules lists the modules in the kernel.
func (g *guest) modules() []string {
	text, err := os.ReadFile("/proc/modules")
	if err != nil {
		g.t.Fatal(err)
	}
	var list []string
	for line := range strings.Lines(string(text)) {
		name, _, _ := strings.Cut(line, " ")
		list = append(list, "module "+name)
	}
	slices.Sort(list)
	return list
}

// snapshot is the state to compare, in lines that begin with stage.
func (g *guest) snapshot(stage string) string {
	var b strings.Builder
	for _, line := range append(g.drivers(), g.modules()...) {
		fmt.Fprintf(&b, "%s %s\n", stage, line)
	}
	return b.String()
}

// has reports whether each of the drivers has a device.
func (g *guest) has(drivers ...string) bool {
	for _, driver := range drivers {
		if links, _ := filepath.Glob("/sys/bus/" + strings.Replace(driver, " ", "/drivers/", 1) + "/*/driver"); len(links) == 0 {
			return false
		}
	}
	return true
}

// atStart reports whether the machine's initial devices are served.
func (g *guest) atStart() bool {
	for _, disk := range []string{"vda", "nvme0n1", "sda"} {
		if _, err := os.Stat("/sys/block/" + disk); err != nil {
			return false
		}
	}
	return g.has("pci virtio-pci", "virtio virtio_blk", "virtio virtio_net", "pci nvme", "pci xhci_hcd", "usb usb-storage", "scsi sd")
}

func (g *guest) withRNG() bool { return g.has("virtio virtio_rng") }
func (g *guest) withKeyboard() bool {
	events, _ := filepath.Glob("/sys/class/input/event*/device/device/driver")
	return g.has("usb usbhid", "hid hid-generic") && len(events) > 0
}

// coldplug is "find /sys/devices -name modalias | modprobe -b -a".
func (g *guest) coldplug() {
	args := []string{"-b", "-q", "-a", "--"}
	err := filepath.WalkDir("/sys/devices", func(name string, d os.DirEntry, err error) error {
		if err == nil && d.Name() == "modalias" {
			alias, _ := os.ReadFile(name)
			if alias := strings.TrimSuffix(string(alias), "\n"); alias != "" && !slices.Contains(args, alias) {
				args = append(args, alias)
			}
		}
		return nil
	})
	if err != nil {
		g.t.Error(err)
	}
	_ = exec.Command(referenceInGuest, args...).Run() // fails for the unknown ones
}

// settle serves the devices until that changes nothing.
func (g *guest) settle() {
	for before := ""; before != g.snapshot(""); {
		before = g.snapshot("")
		g.coldplug()
	}
}

// TestGuestReference lets modprobe serve the devices after every change, and
// prints the result.
func TestGuestReference(t *testing.T) {
	g := newGuest(t, referenceInGuest)
	for _, stage := range []struct {
		name    string
		reached func() bool
	}{{"start", g.atStart}, {"rng", g.withRNG}, {"kbd", g.withKeyboard}} {
		if stage.name != "start" {
			vm.Signal("plug in " + stage.name)
		}
		if !g.await(stage.reached, g.coldplug) {
			t.Fatalf("%s: not reached:\n%s", stage.name, g.snapshot(stage.name))
		}
		g.settle()
		for line := range strings.Lines(g.snapshot(stage.name)) {
			fmt.Print("\n" + snapshotMark + line)
		}
	}
}

// forgedAlias is the alias of a device that does not exist, for which the guest
// has a module.
const (
	forgedAlias  = "usb:v0584p0008d0102dc00dsc00dp00ic00isc00ip00in00"
	forgedModule = "module ums_alauda"
	flood        = 100000
)

// forge sends events in the name of the kernel, to its listeners or, with
// inject, by way of the kernel.
func (g *guest) forge(n int, inject bool) {
	g.t.Helper()
	fd, err := syscall.Socket(syscall.AF_NETLINK, syscall.SOCK_RAW|syscall.SOCK_CLOEXEC, syscall.NETLINK_KOBJECT_UEVENT)
	if err != nil {
		g.t.Fatal(err)
	}
	defer syscall.Close(fd)
	text, groups := "add@/devices/forged\x00ACTION=add\x00DEVPATH=/devices/forged\x00SUBSYSTEM=usb\x00MODALIAS="+forgedAlias+"\x00", uint32(1)
	if inject {
		header := make([]byte, syscall.NLMSG_HDRLEN)
		binary.NativeEndian.PutUint32(header, uint32(len(header)+len(text)))
		binary.NativeEndian.PutUint16(header[4:], syscall.NLMSG_MIN_TYPE)
		binary.NativeEndian.PutUint16(header[6:], syscall.NLM_F_REQUEST)
		text, groups = string(header)+text, 0
	}
	for range n {
		err := syscall.Sendto(fd, []byte(text), 0, &syscall.SockaddrNetlink{Family: syscall.AF_NETLINK, Groups: groups})
		if err != nil && !errors.Is(err, syscall.ENOBUFS) {
			g.t.Fatal(err)
		}
	}
}

// stages are the snapshots of the reference, by stage.
func (g *guest) stages() map[string]string {
	text, err := os.ReadFile(snapshotInGuest)
	if err != nil {
		g.t.Fatal(err)
	}
	stages := map[string]string{}
	for line := range strings.Lines(string(text)) {
		stage, _, _ := strings.Cut(line, " ")
		stages[stage] += line
	}
	return stages
}

// reach waits until the state is the reference's.
func (g *guest) reach(stage, want string) {
	g.t.Helper()
	if !g.await(func() bool { return g.snapshot(stage) == want }, func() {}) {
		g.t.Fatalf("%s is not reached:\n%s", stage, differences(g.snapshot(stage), want))
	}
}

// differences are the lines that only one of two texts has.
func differences(got, want string) string {
	var b strings.Builder
	for line := range strings.Lines(got) {
		if !strings.Contains(want, line) {
			b.WriteString("only with the daemon:   " + line)
		}
	}
	for line := range strings.Lines(want) {
		if !strings.Contains(got, line) {
			b.WriteString("only with the reference: " + line)
		}
	}
	return b.String()
}

// watchedLog keeps the daemon's log.
type watchedLog struct {
	changed func()

	mu   sync.Mutex
	text bytes.Buffer
}

func (l *watchedLog) Write(p []byte) (int, error) {
	defer l.changed()
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *watchedLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// TestGuestDaemon has only the daemon to load modules: it goes through the
// stages of the reference, the second one while the daemon cannot receive
// events and is flooded.
func TestGuestDaemon(t *testing.T) {
	g := newGuest(t, daemonInGuest)
	stages := g.stages()
	log := &watchedLog{changed: g.changed}
	daemon := exec.Command(daemonInGuest, "-metrics", "/run/metrics", "-json", "-v")
	daemon.Stderr = log
	if err := daemon.Start(); err != nil {
		t.Fatal(err)
	}
	ended := false
	defer func() {
		if !ended {
			daemon.Process.Kill()
			daemon.Wait()
		}
		if t.Failed() {
			t.Logf("the daemon's log:\n%s", log)
		}
	}()
	g.reach("start", stages["start"])
	g.forge(10, false)
	g.forge(10, true)

	g.signal(daemon, syscall.SIGSTOP)
	g.forge(flood, false)
	vm.Signal("plug in rng")
	plugged := func() bool {
		_, err := os.Stat("/sys/bus/pci/devices/0000:00:14.0/uevent")
		return err == nil
	}
	if !g.await(plugged, func() {}) {
		t.Fatal("the new device does not appear")
	}
	g.signal(daemon, syscall.SIGCONT)
	g.reach("rng", stages["rng"])

	vm.Signal("plug in kbd")
	g.reach("kbd", stages["kbd"])
	peak := g.peak(daemon)
	g.signal(daemon, syscall.SIGTERM)
	ended = true
	if err := daemon.Wait(); err != nil {
		t.Errorf("the daemon ended with %v", err)
	}
	if got := g.snapshot("kbd"); got != stages["kbd"] {
		t.Errorf("in the end:\n%s", differences(got, stages["kbd"]))
	}
	if slices.Contains(g.modules(), forgedModule) {
		t.Error("a forged event led to a module")
	}
	g.checkMetrics()
	t.Logf("the daemon took %d MiB of memory at the most", peak>>10)
	if peak > 128<<10 {
		t.Errorf("the daemon took %d KiB of memory", peak)
	}
	g.checkHelper()
}

func (g *guest) signal(daemon *exec.Cmd, signal syscall.Signal) {
	g.t.Helper()
	if err := daemon.Process.Signal(signal); err != nil {
		g.t.Fatal(err)
	}
}

// peak is the daemon's peak memory in KiB.
func (g *guest) peak(daemon *exec.Cmd) (kib int) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", daemon.Process.Pid))
	if err != nil {
		g.t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "VmHWM:")
	if _, err := fmt.Sscan(rest, &kib); err != nil {
		g.t.Fatal(err)
	}
	return kib
}

// checkMetrics checks the daemon's metrics.
func (g *guest) checkMetrics() {
	text, err := os.ReadFile("/run/metrics")
	if err != nil {
		g.t.Fatal(err)
	}
	g.t.Logf("%s", text)
	for _, want := range []string{`ondemand_module_load_seconds{module="nvme"}`, `{module="virtio_rng"}`, "ondemand_event_gaps_total 1\n"} {
		if !strings.Contains(string(text), want) {
			g.t.Errorf("the metrics lack %q", want)
		}
	}
	for _, unwanted := range []string{"ondemand_resyncs_total 1\n", "events_foreign_total 0\n", "events_malformed_total 1"} {
		if strings.Contains(string(text), unwanted) {
			g.t.Errorf("the metrics have %q", unwanted)
		}
	}
}

// checkHelper calls the program as the kernel does, and makes the kernel call
// it.
func (g *guest) checkHelper() {
	err := exec.Command(daemonInGuest, "-q", "--", "no-such-module").Run()
	if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) || exit.ExitCode() != 1 {
		g.t.Errorf("for an unknown name: %v", err)
	}
	const alg = 38 // AF_ALG
	fd, err := syscall.Socket(alg, syscall.SOCK_SEQPACKET|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		g.t.Fatalf("the kernel did not get net-pf-%d: %v", alg, err)
	}
	syscall.Close(fd)
	if !slices.Contains(g.modules(), "module af_alg") {
		g.t.Error("the module af_alg is not there")
	}
}
