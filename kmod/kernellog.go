package kmod

import (
	"errors"
	"io"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/gokmod/gokmod/internal/sys"
)

// LogOpener is implemented by a [Kernel] whose log can be read, as [Host] and
// the kernel of package kmodtest.
type LogOpener interface {
	// OpenLog opens the kernel's log behind its last record. The Loader closes
	// it when the insert has ended.
	OpenLog() (LogReader, error)
}

// LogReader reads the log of a kernel. It is used by one goroutine at a time.
type LogReader interface {
	// ReadRecord returns the next record as /dev/kmsg gives it,
	// "PRIORITY,SEQUENCE,TIME,FLAGS[,caller=T123];TEXT", with further lines for
	// properties. It never waits: io.EOF means that there is none yet. After
	// ErrLogOverrun, reading goes on with the oldest record that is left.
	ReadRecord() (string, error)
	Close() error
}

// Reasons for which the lines of a log are not known, or not all.
var (
	// ErrLogOverrun: records were overwritten by later ones before they were
	// read.
	ErrLogOverrun = errors.New("records of the kernel log were overwritten before they could be read")

	// ErrNoLog: the loader's kernel is no [LogOpener]. It wraps
	// errors.ErrUnsupported.
	ErrNoLog error = &reason{"this kernel has no log to read", errors.ErrUnsupported}
)

// Bounds on what is read and kept of the log for one insert. Others may write
// to it all the time.
const (
	maxLogRecords = 1 << 17
	maxLogLines   = 1000
	maxLogBytes   = 128 << 10
)

// errLogBounds: there was more.
var errLogBounds = errors.New("the kernel logged more than is read for one insert")

// OpenLog implements [LogOpener].
func (h *Host) OpenLog() (LogReader, error) {
	log, err := sys.OpenKmsg(orDefault(h.LogPath, "/dev/kmsg"))
	if err != nil {
		return nil, err
	}
	return &hostLog{log, make([]byte, sys.MaxRecord)}, nil
}

// hostLog is the log of the running kernel.
type hostLog struct {
	log *sys.Kmsg
	buf []byte
}

func (h *hostLog) ReadRecord() (string, error) {
	n, err := h.log.Read(h.buf)
	if errors.Is(err, sys.ErrOverrun) {
		err = ErrLogOverrun
	}
	return string(h.buf[:n]), err
}

func (h *hostLog) Close() error { return h.log.Close() }

// insertLog is the log from the moment before an insert. The goroutine keeps its
// thread meanwhile, since some kernels log by whom a record was caused.
type insertLog struct {
	opener LogOpener
	reader LogReader
	err    error
	caller string
}

// openLog begins to watch the log, if that is wanted.
func (l *Loader) openLog() *insertLog {
	if !l.cfg.KernelLog {
		return nil
	}
	opener, ok := l.kernel.(LogOpener)
	if !ok {
		return &insertLog{err: ErrNoLog}
	}
	reader, err := opener.OpenLog()
	if err != nil {
		return &insertLog{err: err}
	}
	runtime.LockOSThread()
	return &insertLog{opener: opener, reader: reader, caller: "T" + strconv.Itoa(sys.ThreadID())}
}

// close ends the watch.
func (g *insertLog) close() {
	if g != nil && g.reader != nil {
		g.reader.Close()
		runtime.UnlockOSThread()
	}
}

// explain fills in what the kernel logged about an insert that failed.
func (g *insertLog) explain(e *InsertError, names []string) {
	if g == nil {
		return
	}
	if e.LogErr = g.err; g.err != nil {
		return
	}
	end := &logEnd{}
	if reader, err := g.opener.OpenLog(); err == nil {
		defer reader.Close()
		end.reader = reader
	}
	c := logCause{names: names, caller: g.caller, errno: e.Errno}
	e.Log, e.LogErr = c.read(g.reader, end)
}

// logEnd is the place in the log behind which nothing concerns an insert,
// because it had ended by then. Others may write faster than we read.
type logEnd struct {
	reader LogReader // that was opened when the insert had ended, nil for none
	known  bool
	first  uint64 // number of the first record behind
}

// reached reports whether a record was written after the insert.
func (end *logEnd) reached(r *logRecord) bool {
	if !end.known && end.reader != nil {
		if raw, err := end.reader.ReadRecord(); err == nil {
			if first, ok := parseRecord(raw); ok {
				end.first, end.known = first.number, true
			}
		}
	}
	return end.known && r.number >= end.first
}

// read reads what there is of the log up to that end and keeps the lines of one
// cause.
func (c *logCause) read(reader LogReader, end *logEnd) (lines []string, err error) {
	var lost error
	size, mine := 0, false
	for range maxLogRecords {
		raw, err := reader.ReadRecord()
		switch {
		case err == nil:
		case errors.Is(err, ErrLogOverrun):
			lost, mine = ErrLogOverrun, false
			continue
		case err == io.EOF:
			return lines, lost
		default:
			return lines, err
		}
		r, ok := parseRecord(raw)
		if !ok {
			continue
		}
		if end.reached(&r) {
			return lines, lost
		}
		joined := mine && r.continues && c.same(&r)
		if mine = joined || c.caused(&r); !mine {
			continue
		}
		if size += len(r.text); size > maxLogBytes || len(lines) >= maxLogLines {
			return lines, errLogBounds
		}
		lines = appendLines(lines, r.text, joined)
	}
	return lines, errLogBounds
}

// appendLines adds the lines of a record, or lengthens the last one by what
// continues it.
func appendLines(lines []string, text string, joined bool) []string {
	for i, line := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		if joined && i == 0 && len(lines) > 0 {
			lines[len(lines)-1] += line
		} else {
			lines = append(lines, line)
		}
	}
	return lines
}

// kernelSays picks the line of the log that tells the cause: the first of those
// by which the kernel refuses a module, else the last one.
func kernelSays(lines []string) string {
	at := slices.IndexFunc(lines, func(line string) bool { return refusalOf(line) != "" })
	if at >= 0 {
		return lines[at]
	}
	if len(lines) > 0 {
		return lines[len(lines)-1]
	}
	return ""
}

// signatureErrno reports whether an answer of the kernel is about signatures.
func signatureErrno(errno syscall.Errno) bool {
	switch errno {
	case errnoKeyRejected, errnoNoKey, errnoBadMessage, errnoNoPackage:
		return true
	}
	return false
}
