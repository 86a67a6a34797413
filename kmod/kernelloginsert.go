package kmod

import (
	"errors"
	"io"
	"runtime"
	"strconv"
	"strings"

	"github.com/gokmod/gokmod/internal/sys"
)

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
