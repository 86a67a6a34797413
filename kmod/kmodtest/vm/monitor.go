package vm

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
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
func listen(output io.Reader, signals chan<- string) {
	defer close(signals)
	r := bufio.NewReader(output)
	for {
		line, err := readLine(r)
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
}

// readLine reads a line, of which it returns as much as the buffer holds.
func readLine(r *bufio.Reader) (string, error) {
	line, err := r.ReadSlice('\n')
	text := string(line)
	for errors.Is(err, bufio.ErrBufferFull) {
		_, err = r.ReadSlice('\n')
	}
	return text, err
}

// watch is a monitor before QEMU has connected to its socket.
type watch struct {
	qmp     net.Listener
	signals chan string
	done    chan error
}

// newWatch listens on the socket named qmp.
func newWatch(qmp string) (*watch, error) {
	l, err := net.Listen("unix", qmp)
	if err != nil {
		return nil, fmt.Errorf("vm: listen for QEMU: %w", err)
	}
	return &watch{qmp: l, signals: make(chan string, maxSignals), done: make(chan error, 1)}, nil
}

// listen reads the output of the program in the guest.
func (w *watch) listen(output io.Reader) { listen(output, w.signals) }

// run waits for QEMU to connect, and then for f. If f fails, the guest is killed.
func (w *watch) run(f func(*Monitor) error, kill func()) {
	conn, err := w.qmp.Accept()
	if err != nil {
		w.done <- nil // QEMU has ended already, and says why
		return
	}
	defer conn.Close()
	m, err := newMonitor(conn, w.signals)
	if err == nil {
		err = f(m)
	}
	if err != nil {
		kill()
	}
	w.done <- err
}

// end ends the watch after QEMU has ended, and returns f's error.
func (w *watch) end() error {
	w.close()
	return <-w.done
}

// close ends the listening, of a watch that is not nil.
func (w *watch) close() {
	if w != nil {
		w.qmp.Close()
	}
}
