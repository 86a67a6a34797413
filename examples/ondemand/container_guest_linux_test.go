package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/gokmod/gokmod/internal/test/systest"
	"github.com/gokmod/gokmod/kmod/kmodtest/vm"
)

// running is a daemon that runs in a container of a guest.
type running struct {
	*guest
	cmd     *exec.Cmd
	log     *watchedLog
	address string
	ended   bool
}

// runContainer starts a daemon in a container, which listens at address.
func (g *guest) runContainer(c systest.Container, address string, args ...string) *running {
	g.t.Helper()
	c.Args = append([]string{"-listen", address, "-root", "/host", "-grace", "5s", "-v"}, args...)
	c.Program, c.Capability = daemonInGuest, systest.CapSysModule
	cmd, err := c.Command()
	if err != nil {
		g.t.Fatal(err)
	}
	r := &running{guest: g, cmd: cmd, log: &watchedLog{changed: g.changed}, address: address}
	cmd.Stderr = r.log
	if err := cmd.Start(); err != nil {
		g.t.Fatal(err)
	}
	g.t.Cleanup(func() {
		if !r.ended {
			cmd.Process.Kill()
			cmd.Wait()
		}
		if g.t.Failed() {
			g.t.Logf("the daemon at %s:\n%s", address, r.log)
		}
	})
	return r
}

// get asks the daemon, and returns its answer; the status is 0 if there is none.
func (r *running) get(path string) (status int, body string) {
	client := &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			if socket, found := strings.CutPrefix(r.address, "unix:"); found {
				return (&net.Dialer{}).DialContext(ctx, "unix", socket)
			}
			return (&net.Dialer{}).DialContext(ctx, "tcp", "127.0.0.1"+r.address)
		},
	}}
	answer, err := client.Get("http://daemon" + path)
	if err != nil {
		return 0, err.Error()
	}
	defer answer.Body.Close()
	text, _ := io.ReadAll(answer.Body)
	return answer.StatusCode, string(text)
}

// until waits for the daemon to answer so, with all the words in its answer.
func (r *running) until(path string, status int, words ...string) {
	r.t.Helper()
	var got int
	var body string
	reached := func() bool {
		if got, body = r.get(path); got != status {
			return false
		}
		for _, word := range words {
			if !strings.Contains(body, word) {
				return false
			}
		}
		return true
	}
	if !r.await(reached, func() {}) {
		r.t.Fatalf("%s answers %d\n%swant %d, %q", path, got, body, status, words)
	}
}

// plug has the host plug a device in, and waits for its module.
func (r *running) plug(device, module string) {
	r.t.Helper()
	vm.Signal("plug in " + device)
	r.plugged(module)
}

// plugged waits for a module.
func (r *running) plugged(module string) {
	r.t.Helper()
	live := func() bool {
		text, _ := os.ReadFile("/sys/module/" + module + "/initstate")
		return string(text) == "live\n"
	}
	if !r.await(live, func() {}) {
		r.t.Fatalf("%s is not loaded", module)
	}
}

// end sends SIGTERM, and waits for the daemon to end by itself.
func (r *running) end() {
	r.t.Helper()
	r.signal(r.cmd, syscall.SIGTERM)
	r.ended = true
	if err := r.cmd.Wait(); err != nil {
		r.t.Errorf("the daemon ended with %v\n%s", err, r.log)
	}
}

// The machine's directories of these tests.
const (
	policyDir = "/run/policy" // as a ConfigMap is mounted
	socketDir = "/run/sockets"
	emptyNode = "/run/empty"
)

// host are the mounts of a container for a machine that has modules.
var host = []systest.Mount{
	{From: "/lib/modules", To: "/host/lib/modules"},
	{From: "/etc/modprobe.d", To: "/host/etc/modprobe.d"},
	{From: policyDir, To: "/etc/ondemand"},
	{From: socketDir, To: "/run/sockets", Writable: true},
}

const policyArg = "-config=/etc/ondemand/policy.conf"

// writePolicy changes the policy as the mount of a ConfigMap changes: by a link.
func (g *guest) writePolicy(version, text string) {
	g.t.Helper()
	dir := filepath.Join(policyDir, ".."+version)
	err := errors.Join(
		os.MkdirAll(dir, 0o755),
		os.WriteFile(filepath.Join(dir, "policy.conf"), []byte(text), 0o644),
		os.Symlink(".."+version, filepath.Join(policyDir, "..new")),
		os.Rename(filepath.Join(policyDir, "..new"), filepath.Join(policyDir, "..data")),
	)
	if link := os.Symlink("..data/policy.conf", filepath.Join(policyDir, "policy.conf")); !errors.Is(link, os.ErrExist) {
		err = errors.Join(err, link)
	}
	if err != nil {
		g.t.Fatal(err)
	}
}

// TestGuestContainer runs the daemon in containers.
func TestGuestContainer(t *testing.T) {
	g := newGuest(t, "/none")
	for _, dir := range []string{policyDir, socketDir, emptyNode} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := systest.LoopbackUp(); err != nil {
		t.Fatal(err)
	}
	g.hostNetwork()
	g.ownNetwork()
	g.foreignNetwork()
	g.withoutModules()
}

// hostNetwork: a container with the machine's network serves the devices that are there
// and one that comes, follows its policy, and ends when it is told to.
func (g *guest) hostNetwork() {
	g.writePolicy("1", "# one\ndeny module virtio_rng\n")
	r := g.runContainer(systest.Container{Mounts: host}, ":9810", policyArg)
	r.until("/readyz", http.StatusOK, "ok")
	// Where virtio_pci is a module, that is one of a device that it has brought.
	if !g.await(func() bool { return g.has("virtio virtio_net") }, func() {}) {
		g.t.Errorf("the devices that are there have no drivers:\n%s", g.snapshot(""))
	}
	r.until("/state", http.StatusOK, `"params": "napi_tx=0"`) // from modprobe.d
	r.confined()

	vm.Signal("plug in rng")
	r.until("/state", http.StatusOK, `"rule": "deny module virtio_rng"`, `"at": "/etc/ondemand/policy.conf:2"`)
	g.writePolicy("2", "# two\n")
	r.until("/state", http.StatusOK, `"module": "virtio_rng"`, `"denied": []`)
	r.until("/metrics", http.StatusOK, `ondemand_module_denied_total{module="virtio_rng"} 1`,
		`ondemand_module_load_seconds{module="virtio_rng"}`)
	g.writePolicy("3", "allow all\n")
	r.until("/readyz", http.StatusServiceUnavailable, "the old policy stays in force: /etc/ondemand/policy.conf:1: ")
	if _, body := r.get("/readyz"); strings.Count(body, "\n") != 1 {
		g.t.Errorf("there are other reasons: %s", body)
	}
	g.writePolicy("4", "# four\n")
	r.until("/readyz", http.StatusOK)
	r.end()
	if status, _ := r.get("/healthz"); status != 0 {
		g.t.Errorf("it still answers: %d", status)
	}
}

// confined checks that the container is one.
func (r *running) confined() {
	r.t.Helper()
	proc := fmt.Sprintf("/proc/%d/", r.cmd.Process.Pid)
	status, err := os.ReadFile(proc + "status")
	if err != nil {
		r.t.Fatal(err)
	}
	for _, want := range []string{"CapEff:\t0000000000010000\n", "CapBnd:\t0000000000010000\n", "NoNewPrivs:\t1\n", "\t1\n"} {
		if !strings.Contains(string(status), want) {
			r.t.Errorf("the container's process lacks %q:\n%s", want, status)
		}
	}
	for _, name := range []string{"x", "host/lib/modules/x", "host/etc/modprobe.d/x"} {
		if err := os.WriteFile(proc+"root/"+name, nil, 0o644); !errors.Is(err, syscall.EROFS) {
			r.t.Errorf("write %s: %v", name, err)
		}
	}
	if entries, err := os.ReadDir(proc + "root"); err != nil || len(entries) != 6 {
		r.t.Errorf("the root has %v, %v", entries, err)
	}
}

// ownNetwork: a network namespace of its own hears of devices all the same.
func (g *guest) ownNetwork() {
	r := g.runContainer(systest.Container{Mounts: host, OwnNetwork: true}, "unix:/run/sockets/own", policyArg, "-rescan=-1s")
	r.until("/readyz", http.StatusOK, "ok")
	r.plug("balloon", "virtio_balloon")
	r.end()
}

// foreignNetwork: a network namespace that belongs to another user namespace does not. The
// daemon says so, and finds devices by looking.
func (g *guest) foreignNetwork() {
	c := systest.Container{Mounts: host, Network: systest.ForeignNetwork(g.t)}
	r := g.runContainer(c, "unix:/run/sockets/foreign", policyArg, "-rescan=1s")
	r.until("/readyz", http.StatusServiceUnavailable, "no events of devices can come: ")
	r.plug("e1000", "e1000")
	if !strings.Contains(r.log.String(), "no events of devices can come") {
		g.t.Errorf("it does not log that:\n%s", r.log)
	}
	r.end()
}

// withoutModules: a machine without modules is waited for.
func (g *guest) withoutModules() {
	mounts := append([]systest.Mount{{From: emptyNode, To: "/host"}}, host[2:]...)
	r := g.runContainer(systest.Container{Mounts: mounts}, "unix:/run/sockets/empty", policyArg)
	r.until("/readyz", http.StatusServiceUnavailable, "there is no module directory /host/lib/modules/")
	r.until("/healthz", http.StatusOK)
	vm.Signal("plug in pcnet")
	if err := os.CopyFS(emptyNode+"/lib/modules", os.DirFS("/lib/modules")); err != nil {
		g.t.Fatal(err)
	}
	r.until("/readyz", http.StatusOK)
	var state report
	if _, body := r.get("/state"); json.Unmarshal([]byte(body), &state) != nil || !state.Ready {
		g.t.Errorf("the state is %s", body)
	}
	r.plugged("pcnet32")
	r.end()
}
