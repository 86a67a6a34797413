package vm

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"
)

const qmpGreeting = `{"QMP": {"version": {}, "capabilities": []}}` + "\n"

// fakeQEMU answers each line that it receives with the next of the answers,
// which may have several lines, and returns what it received when the
// connection ends.
func fakeQEMU(conn net.Conn, greeting string, answers ...string) <-chan string {
	got := make(chan string, 1)
	go func() {
		defer conn.Close()
		var all strings.Builder
		defer func() { got <- all.String() }()
		io.WriteString(conn, greeting)
		lines := bufio.NewScanner(conn)
		for _, answer := range answers {
			if !lines.Scan() {
				return
			}
			all.WriteString(lines.Text() + "\n")
			io.WriteString(conn, answer+"\n")
		}
	}()
	return got
}

func TestMonitorExecute(t *testing.T) {
	ours, theirs := net.Pipe()
	defer ours.Close()
	got := fakeQEMU(theirs, qmpGreeting, `{"return": {}}`,
		`{"event": "DEVICE_DELETED", "data": {}}`+"\n"+`{"return": {"x": 1}}`,
		`{"error": {"class": "GenericError", "desc": "no such bus"}}`)
	m, err := newMonitor(ours, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := m.Execute("device_add", map[string]string{"driver": "usb-kbd"})
	if err != nil || string(answer) != `{"x": 1}` {
		t.Errorf("answer %s, %v", answer, err)
	}
	if _, err := m.Execute("device_del", nil); err == nil || !strings.Contains(err.Error(), "no such bus") {
		t.Errorf("a refusal: %v", err)
	}
	if _, err := m.Execute("quit", nil); err == nil {
		t.Error("no error after the end")
	}
	want := `{"execute":"qmp_capabilities"}
{"execute":"device_add","arguments":{"driver":"usb-kbd"}}
{"execute":"device_del"}
`
	if said := <-got; said != want {
		t.Errorf("QEMU was told\n%s\nwant\n%s", said, want)
	}
}

func TestMonitorGreeting(t *testing.T) {
	for name, greeting := range map[string]string{"none": "", "odd": "{}\n", "no JSON": "hello\n"} {
		t.Run(name, func(t *testing.T) {
			ours, theirs := net.Pipe()
			defer ours.Close()
			fakeQEMU(theirs, greeting)
			if _, err := newMonitor(ours, nil); err == nil {
				t.Error("no error")
			}
		})
	}
}

func TestMonitorAwait(t *testing.T) {
	output := "hello\r\n\nvm signal: early\r\nvm signal: ready now\r\nx vm signal: no\nvm signal: cut"
	m := &Monitor{signals: listenTo(strings.NewReader(output))}
	if err := m.Await("ready now"); err != nil {
		t.Error(err)
	}
	if err := m.Await("no"); err == nil {
		t.Error("a line that only contains the mark is a signal")
	}
	// Nothing waits for these.
	var flood bytes.Buffer
	for range 2 * maxSignals {
		flood.WriteString(signalMark + "more\n")
	}
	n := 0
	for range listenTo(&flood) {
		n++
	}
	if n > 2*maxSignals {
		t.Errorf("%d signals", n)
	}
}

// listenTo returns the signals in a program's output.
func listenTo(output io.Reader) <-chan string {
	signals := make(chan string, maxSignals)
	go listen(output, signals)
	return signals
}

// TestMonitorLongLine: a line that no buffer holds is no signal, and hides none.
func TestMonitorLongLine(t *testing.T) {
	long := strings.Repeat("x", 1<<20)
	output := long + signalMark + "no\n" + signalMark + "yes\n" + long
	m := &Monitor{signals: listenTo(strings.NewReader(output))}
	if err := m.Await("yes"); err != nil {
		t.Error(err)
	}
	if err := m.Await("more"); err == nil {
		t.Error("a signal that nobody sent")
	}
}

func TestWatchEnds(t *testing.T) {
	dir := t.TempDir()
	w, err := newWatch(filepath.Join(dir, "qmp"))
	if err != nil {
		t.Fatal(err)
	}
	go w.run(func(*Monitor) error { t.Error("called without QEMU"); return nil }, func() { t.Error("killed") })
	if err := w.end(); err != nil {
		t.Error(err)
	}
	if _, err := newWatch(filepath.Join(dir, "none/qmp")); err == nil {
		t.Error("a socket in a directory that does not exist")
	}
}

// TestWatchFails: an error of the monitor function ends the guest and becomes
// the run's error.
func TestWatchFails(t *testing.T) {
	dir := t.TempDir()
	w, err := newWatch(filepath.Join(dir, "qmp"))
	if err != nil {
		t.Fatal(err)
	}
	qmp, err := net.Dial("unix", filepath.Join(dir, "qmp"))
	if err != nil {
		t.Fatal(err)
	}
	fakeQEMU(qmp, qmpGreeting, `{"return": {}}`)
	broken := errors.New("broken")
	killed := make(chan struct{})
	go w.run(func(*Monitor) error { return broken }, func() { close(killed) })
	<-killed
	if err := w.end(); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
}

// TestRunMonitor waits for a signal from a real guest, and asks QEMU about it.
func TestRunMonitor(t *testing.T) {
	t.Parallel()
	k := anyKernel(t)
	status := ""
	cfg := guestConfig(t, k, "-test.run=^TestGuestSignal$")
	cfg.Monitor = func(m *Monitor) error {
		if err := m.Await("here I am"); err != nil {
			return err
		}
		answer, err := m.Execute("query-status", nil)
		status = string(answer)
		return err
	}
	res, err := Run(t.Context(), k, cfg)
	if err != nil || res.ExitCode != 0 || !strings.Contains(status, "running") {
		t.Errorf("result %v, error %v, status %s", res, err, status)
	}
	cfg.Monitor = func(m *Monitor) error { return m.Await("nothing that it says") }
	if res, err = Run(t.Context(), k, cfg); err == nil || res != nil {
		t.Errorf("result %v although the monitor failed", res)
	}
}
