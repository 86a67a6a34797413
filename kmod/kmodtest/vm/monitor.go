package vm

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
)

// Monitor controls a running guest from the host: QEMU, to change the machine,
// and the program's signals, to know when. It is not safe for concurrent use.
type Monitor struct {
	qmp     *json.Decoder
	send    io.Writer
	signals <-chan string // closed when the guest has ended
}

// newMonitor opens a session of QEMU's machine protocol, QMP, on a connection.
func newMonitor(conn io.ReadWriter, signals <-chan string) (*Monitor, error) {
	m := &Monitor{qmp: json.NewDecoder(conn), send: conn, signals: signals}
	var greeting struct {
		QMP json.RawMessage
	}
	if err := m.qmp.Decode(&greeting); err != nil {
		return nil, fmt.Errorf("read QEMU's greeting: %w", err)
	}
	if greeting.QMP == nil {
		return nil, fmt.Errorf("QEMU's first message is not a greeting")
	}
	_, err := m.Execute("qmp_capabilities", nil)
	return m, err
}

// Execute makes QEMU execute a command, such as device_add, and returns its
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
		return nil, fmt.Errorf("send QEMU the command %s: %w", command, err)
	}
	for {
		var answer struct {
			Return json.RawMessage
			Error  *struct{ Class, Desc string }
			Event  string
		}
		switch err := m.qmp.Decode(&answer); {
		case err != nil:
			return nil, fmt.Errorf("read QEMU's answer to %s: %w", command, err)
		case answer.Error != nil:
			return nil, fmt.Errorf("QEMU refuses %s: %s", command, answer.Error.Desc)
		case answer.Event == "":
			return answer.Return, nil
		}
	}
}

// Await waits until the program in the guest sends a signal; see [Signal]. Other
// signals before it are ignored. It fails when the guest ends.
func (m *Monitor) Await(signal string) error {
	for said := range m.signals {
		if said == signal {
			return nil
		}
	}
	return fmt.Errorf("the guest ended without the signal %q", signal)
}

// signalMark begins a line of output that is a signal.
const signalMark = "vm signal: "

// Signal sends the host a signal from within the guest, a word or a few on one
// line, which [Monitor.Await] waits for. It is printed.
func Signal(signal string) { fmt.Printf("\n%s%s\n", signalMark, signal) }

// maxSignals is how many signals are queued. Further ones are lost.
const maxSignals = 64

// listen picks the signals out of a program's output, which it reads to the end
// whether or not anyone waits for signals.
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

// watch is a monitor before QEMU has connected to its sockets.
type watch struct {
	qmp, output net.Listener
	copy        *os.File // of the output
	done        chan error
}

// newWatch listens on the sockets named qmp and output. Data from the latter is
// copied to the file copy.
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

// run waits for QEMU to connect, and then for f. If f fails, the guest is
// killed.
func (w *watch) run(f func(*Monitor) error, kill func()) {
	output, err := w.output.Accept()
	if err != nil {
		w.done <- nil // QEMU has ended already, and says why
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
		// The program's output must be read to its end.
	}
	w.done <- err
}

// end ends the watch after QEMU has ended, and returns f's error.
func (w *watch) end() error {
	w.qmp.Close()
	w.output.Close()
	defer w.close()
	return <-w.done
}
