package vmtest

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
)

// Monitor is the host's hold on a guest that runs: on QEMU, to change the
// machine, and on what the program says, to know when. It is for one goroutine.
type Monitor struct {
	qmp     *json.Decoder
	send    io.Writer
	signals <-chan string // closed when the guest has ended
}

// newMonitor greets QEMU on a connection of its machine protocol, QMP.
func newMonitor(conn io.ReadWriter, signals <-chan string) (*Monitor, error) {
	m := &Monitor{qmp: json.NewDecoder(conn), send: conn, signals: signals}
	var greeting struct {
		QMP json.RawMessage
	}
	if err := m.qmp.Decode(&greeting); err != nil {
		return nil, fmt.Errorf("hear QEMU's greeting: %w", err)
	}
	if greeting.QMP == nil {
		return nil, fmt.Errorf("what QEMU says first is no greeting")
	}
	_, err := m.Execute("qmp_capabilities", nil)
	return m, err
}

// Execute lets QEMU carry out a command, such as device_add, and returns its
// answer. The arguments are anything that makes a JSON object, or nil.
func (m *Monitor) Execute(command string, arguments any) (json.RawMessage, error) {
	request := struct {
		Execute   string `json:"execute"`
		Arguments any    `json:"arguments,omitempty"`
	}{command, arguments}
	line, err := json.Marshal(request)
	if err == nil {
		_, err = m.send.Write(append(line, '\n'))
	}
	if err != nil {
		return nil, fmt.Errorf("tell QEMU %s: %w", command, err)
	}
	for {
		var answer struct {
			Return json.RawMessage
			Error  *struct{ Class, Desc string }
			Event  string
		}
		switch err := m.qmp.Decode(&answer); {
		case err != nil:
			return nil, fmt.Errorf("hear QEMU's answer to %s: %w", command, err)
		case answer.Error != nil:
			return nil, fmt.Errorf("QEMU refuses %s: %s", command, answer.Error.Desc)
		case answer.Event == "":
			return answer.Return, nil
		}
	}
}

// Await waits until the program in the guest gives a signal; see [Signal]. Others
// that it gives before are passed over. It ends with an error when the guest
// does.
func (m *Monitor) Await(signal string) error {
	for said := range m.signals {
		if said == signal {
			return nil
		}
	}
	return fmt.Errorf("the guest ended without the signal %q", signal)
}

// signalMark begins a line of output that is a signal.
const signalMark = "vmtest signal: "

// Signal tells the host something from within the guest, a word or a few on one
// line, which [Monitor.Await] waits for. It is printed.
func Signal(signal string) { fmt.Printf("\n%s%s\n", signalMark, signal) }

// maxSignals is how many signals can wait. Further ones are lost.
const maxSignals = 64

// listen picks the signals out of a program's output, all of which it reads
// whether or not anybody waits for signals.
func listen(output io.Reader) <-chan string {
	signals := make(chan string, maxSignals)
	go func() {
		defer close(signals)
		r := bufio.NewReader(output)
		for {
			line, err := r.ReadString('\n')
			if signal, found := strings.CutPrefix(line, signalMark); found && err == nil {
				select {
				case signals <- strings.TrimRight(signal, "\r\n"):
				default:
				}
			}
			if err != nil {
				return
			}
		}
	}()
	return signals
}

// watch is a monitor in the making: QEMU connects to these sockets.
type watch struct {
	qmp, output net.Listener
	copy        *os.File // of the output
	done        chan error
}

// newWatch listens on the sockets with the names qmp and output. What comes by
// the second one goes to the file copy.
func newWatch(qmp, output, copy string) (w *watch, err error) {
	w = &watch{done: make(chan error, 1)}
	if w.copy, err = os.Create(copy); err != nil {
		return nil, err
	}
	if w.qmp, err = net.Listen("unix", qmp); err == nil {
		w.output, err = net.Listen("unix", output)
	}
	if err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

func (w *watch) close() {
	w.copy.Close()
	for _, l := range []net.Listener{w.qmp, w.output} {
		if l != nil {
			l.Close()
		}
	}
}

// run waits for QEMU to connect, and then for f. When f fails, the guest is
// killed.
func (w *watch) run(f func(*Monitor) error, kill func()) {
	output, err := w.output.Accept()
	if err != nil {
		w.done <- nil // QEMU ended before, and says why
		return
	}
	defer output.Close()
	signals := listen(io.TeeReader(output, w.copy))
	qmp, err := w.qmp.Accept()
	if err != nil {
		w.done <- nil
		return
	}
	defer qmp.Close()
	m, err := newMonitor(qmp, signals)
	if err == nil {
		err = f(m)
	}
	if err != nil {
		kill()
	}
	for range signals {
		// What the program prints has to be read to its end.
	}
	w.done <- err
}

// end ends the watch when QEMU has ended, and returns what f returned.
func (w *watch) end() error {
	w.qmp.Close()
	w.output.Close()
	defer w.close()
	return <-w.done
}
