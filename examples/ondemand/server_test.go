package main

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/hotplug"
	"github.com/gokmod/gokmod/kmod/live"
)

// ask answers a request without a connection.
func (m *machine) ask(method, path string) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	m.handler().ServeHTTP(answer, httptest.NewRequest(method, path, nil))
	return answer
}

// answers compares the answer to a GET.
func (m *machine) answers(path string, status int, want string) {
	m.t.Helper()
	if got := m.ask("GET", path); got.Code != status || got.Body.String() != want {
		m.t.Errorf("%s answers %d\n%swant %d\n%s", path, got.Code, got.Body, status, want)
	}
}

// reported is the decoded answer of /state.
func (m *machine) reported() (r report) {
	m.t.Helper()
	if err := json.Unmarshal(m.ask("GET", "/state").Body.Bytes(), &r); err != nil {
		m.t.Fatal(err)
	}
	return r
}

const notYet = `it does not listen to events yet
the modules have not been opened yet
the devices that are present have not been served yet
`

func TestHandler(t *testing.T) {
	m := newMachine(t, "")
	m.ready(hotplug.Config{})
	for _, test := range []struct {
		method, path string
		status       int
		kind, body   string // the body's beginning
	}{
		{"GET", "/healthz", 200, plainText, "ok\n"},
		{"HEAD", "/healthz", 200, plainText, ""},
		{"GET", "/readyz", 503, plainText, notYet},
		{"GET", "/readyz?verbose", 503, plainText, notYet},
		{"GET", "/metrics", 200, "text/plain; version=0.0.4; charset=utf-8", "# HELP ondemand_modules_loaded_total "},
		{"GET", "/state", 200, "application/json", "{\n  \"ready\": false,\n"},
		{"POST", "/state", 405, plainText, "Method Not Allowed\n"},
		{"PUT", "/metrics", 405, plainText, "Method Not Allowed\n"},
		{"GET", "/", 404, plainText, "404 "},
		{"GET", "/metrics/", 404, plainText, "404 "},
		{"GET", "/debug/pprof/", 404, plainText, "404 "},
	} {
		got := m.ask(test.method, test.path)
		if got.Code != test.status || got.Header().Get("Content-Type") != test.kind || !strings.HasPrefix(got.Body.String(), test.body) {
			t.Errorf("%s %s: %d %v %q", test.method, test.path, got.Code, got.Header(), got.Body)
		}
		if got.Code == 200 && (got.Header().Get("Cache-Control") != "no-store" || got.Header().Get("X-Content-Type-Options") != "nosniff") {
			t.Errorf("%s: %v", test.path, got.Header())
		}
	}
	if got := m.ask("DELETE", "/readyz").Header().Get("Allow"); got != "GET, HEAD" {
		t.Errorf("allowed is %q", got)
	}
}

// TestReadyz: the daemon is ready while it does its work by the newest policy.
func TestReadyz(t *testing.T) {
	m := newMachine(t, "")
	_, release := m.kernel.Block("nic")
	m.kernel.Plug(device("pci:nic1"))
	m.begin()
	m.await("loaded", "module=bus")
	m.answers("/readyz", 503, "the devices that are present have not been served yet\n")
	release()
	m.await("served all devices")
	m.answers("/readyz", 200, "ok\n")
	m.reload(nil, errors.New("f:1: a\x1b[2Jb\nc"))
	m.answers("/readyz", 503, "the old policy stays in force: f:1: a\\x1b[2Jb; c\n")
	m.reload(mustParse(t, ""), nil)
	m.answers("/readyz", 200, "ok\n")
	m.end()
	m.answers("/readyz", 503, "it has ended\n")
}

// TestState: /state says what became of modules and devices, and why.
func TestState(t *testing.T) {
	m := newMachine(t, "deny alias usb:cam*\ndeny module disk # for now\n")
	m.kernel.Fail("picky", syscall.EIO)
	m.kernel.Plug(device("pci:nic1"), device("usb:cam1"), device("pci:disk1"), device("fs:banned"))
	m.begin()
	m.await("served all devices")
	r := m.reported()
	m.end()
	if !r.Ready || len(r.Reasons) != 0 || r.Policy != (policyReport{"test.conf", 2, "allow"}) || !strings.HasSuffix(r.Modules, "lib/modules/6.1.0-test") {
		t.Errorf("the state is %+v", r)
	}
	for _, test := range []struct {
		name string
		got  []outcome
		want []outcome
	}{
		{"live", r.Live, []outcome{
			{Module: "nic", File: r.Modules + "/kernel/nic.ko", Alias: "pci:nic1", Times: 1},
			{Module: "bus", File: r.Modules + "/kernel/bus.ko", NeededBy: "disk", Times: 1},
		}},
		{"denied", r.Denied, []outcome{{
			Module: "disk", File: r.Modules + "/kernel/disk.ko", Alias: "pci:disk1", Times: 1,
			Rule: "deny module disk", At: "test.conf:2",
		}}},
		{"failed", r.Failed, []outcome{{Module: "picky", File: r.Modules + "/kernel/picky.ko", Alias: "pci:disk1", Times: 1}}},
		{"ignored", r.Ignored, []outcome{{Alias: "usb:cam1", Rule: "deny alias usb:cam*", At: "test.conf:1", Times: 1}}},
	} {
		if len(test.got) != len(test.want) {
			t.Errorf("%s are %+v", test.name, test.got)
			continue
		}
		for i, got := range test.got {
			if got.Last.IsZero() || (got.Error == "") != (test.name == "live") || got.Seconds != 0 && test.name != "live" {
				t.Errorf("%s: %+v", test.name, got)
			}
			if got.Last, got.Error, got.Seconds = (time.Time{}), "", 0; got != test.want[i] {
				t.Errorf("%s: %+v, want %+v", test.name, got, test.want[i])
			}
		}
	}
	if len(r.Dropped) != 0 {
		t.Errorf("dropped are %v", r.Dropped)
	}
}

// TestStateChanges: the state follows what changes.
func TestStateChanges(t *testing.T) {
	m := newMachine(t, "deny module nic\ndefault allow\n")
	m.kernel.FailTimes("picky", syscall.EIO, 1)
	m.kernel.Plug(device("pci:nic1"), device("pci:disk1"))
	m.begin()
	m.await("served all devices")
	if r := m.reported(); len(r.Denied) != 1 || len(r.Failed) != 1 {
		t.Errorf("the state is %+v", r)
	}
	m.reload(parsePolicy("two.conf", "deny alias usb:*\ndefault deny\nallow module nic\nallow module bus\n"))
	m.await("loaded", "module=nic")
	m.await("not allowed", "module=picky")
	m.kernel.Plug(device("usb:cam1"), device("usb:cam1"), device("crypto-sha"))
	m.await("not allowed", "module=sha_any")
	m.await("device ignored", "alias=usb:cam1", "two.conf:1 denies it")
	r := m.reported()
	last := r.Denied[0]
	if len(r.Failed) != 0 || len(r.Denied) != 3 || last.Rule != "default deny" || last.At != "two.conf:2" || last.Alias != "crypto-sha" {
		t.Errorf("the state is %+v", r)
	}
	if r.Policy != (policyReport{"two.conf", 3, "deny"}) || len(r.Ignored) != 1 || r.Ignored[0].Times != 2 {
		t.Errorf("the state is %+v", r)
	}
	left := len(r.Live)
	for _, name := range []string{"nic", "disk"} {
		left--
		if err := m.kernel.DeleteModule(name, live.RemoveFlags(0)); err != nil {
			t.Fatal(err)
		}
		if got := m.reported().Live; len(got) != left {
			t.Errorf("without %s, the modules that are live are %+v", name, got)
		}
	}
	if m.state.live.order.Len() != left {
		t.Error("what was removed is not forgotten")
	}
	again := r.Live[0] // as it was before it was loaded again
	m.state.live.put(again.Module, again)
	m.state.gone(again)
	m.end()
	if got := m.reported().Live; len(got) != left+1 {
		t.Errorf("when the modules cannot be looked up, live are %+v", got)
	}
}

// TestBlacklisted: what a blacklist keeps out for a device counts as denied.
func TestBlacklisted(t *testing.T) {
	m := newMachine(t, "")
	m.kernel.Plug(device("fs-banned"))
	m.ready(hotplug.Config{})
	if _, err := m.engine.Once(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := m.reported().Denied; len(got) != 1 || got[0].Module != "banned" || got[0].Alias != "fs-banned" || !strings.HasSuffix(got[0].At, ".conf line 1") {
		t.Errorf("denied are %+v", got)
	}
}

// TestStateDryRun: nothing is recorded that did not happen.
func TestStateDryRun(t *testing.T) {
	m := newMachine(t, "deny module nic")
	m.kernel.Plug(device("pci:nic1"), device("pci:disk1"))
	m.ready(hotplug.Config{Run: kmod.RunOptions{DryRun: true}})
	if b, err := m.engine.Once(t.Context()); b == nil || b.Result == nil || !errors.Is(err, kmod.ErrForbidden) {
		t.Fatal(b, err)
	}
	if r := m.reported(); len(r.Live)+len(r.Failed)+len(r.Denied) != 0 {
		t.Errorf("the state is %+v", r)
	}
}

// TestGraceBlocked: the daemon ends in time although a module's init function does not,
// and so does its server.
func TestGraceBlocked(t *testing.T) {
	m := newMachine(t, "")
	_, release := m.kernel.Block("nic")
	defer release()
	m.kernel.Plug(device("pci:nic1"))
	m.ready(hotplug.Config{Grace: time.Millisecond})
	ln, err := listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := contextWithCancel(t)
	stop := m.answer(ctx, ln)
	ended := make(chan error, 1)
	go func() { ended <- m.engine.Run(ctx) }()
	m.await("loaded", "module=bus")
	url := "http://" + ln.Addr().String() + "/healthz"
	answer, err := http.Get(url)
	if err != nil || answer.StatusCode != 200 || !answer.Close {
		t.Errorf("%+v, %v", answer, err)
	}
	answer.Body.Close()
	cancel()
	if err := <-ended; !errors.Is(err, hotplug.ErrGrace) {
		t.Errorf("it ended with %v", err)
	}
	stop()
	if _, err := http.Get(url); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("afterwards: %v", err)
	}
}

// TestServerBounds: a client can neither hold a connection nor send much.
func TestServerBounds(t *testing.T) {
	m := newMachine(t, "")
	m.ready(hotplug.Config{})
	server := m.server()
	if server.ReadTimeout != 5*time.Second || server.WriteTimeout != 10*time.Second {
		t.Errorf("it waits %v and %v", server.ReadTimeout, server.WriteTimeout)
	}
	ln, err := listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := contextWithCancel(t)
	stop := m.answer(ctx, ln)
	request, err := http.NewRequest("GET", "http://"+ln.Addr().String()+"/healthz", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("X", strings.Repeat("x", 16<<10))
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("a large header is answered with %s", answer.Status)
	}
	cancel()
	stop()
	if n := len(ln.(*bounded).slots); n != 0 {
		t.Errorf("%d connections are left", n)
	}
}
