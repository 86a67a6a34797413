package kernellog

import (
	"errors"
	"io"
	"strings"
)

// Reader reads a log record by record, in the form of /dev/kmsg. io.EOF means that
// there is none left, [ErrOverrun] that some are lost.
type Reader interface {
	ReadRecord() (string, error)
}

// ErrOverrun means that records were overwritten by later ones before they were
// read.
var ErrOverrun = errors.New("records of the kernel log were overwritten before they could be read")

// Bounds on what is read and kept of the log for one insert. Other writers may
// log all the time.
const (
	maxLogRecords = 1 << 17
	maxLogLines   = 1000
	maxLogBytes   = 128 << 10
)

// errLogBounds means that there was more.
var errLogBounds = errors.New("the kernel logged more than is read for one insert")

// logEnd is the place in the log after which nothing concerns an insert,
// because it had ended. Others may write faster than the log is read.
type logEnd struct {
	reader Reader // opened when the insert had ended, nil for none
	known  bool
	first  uint64 // number of the first record after the end
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

// Read reads the log of an insert up to behind, which was opened when the insert had
// ended, and returns the lines that the insert caused. The error says why some may
// be missing. Without behind it reads everything there is.
func (c *Cause) Read(log, behind Reader) (lines []string, err error) {
	return c.read(log, &logEnd{reader: behind})
}

// read reads the log up to that end and keeps the lines with the given cause.
func (c *Cause) read(reader Reader, end *logEnd) (lines []string, err error) {
	var lost error
	size, mine := 0, false
	for range maxLogRecords {
		raw, err := reader.ReadRecord()
		switch {
		case err == nil:
		case errors.Is(err, ErrOverrun):
			lost, mine = ErrOverrun, false
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

// appendLines adds the lines of a record, or extends the last one with its
// continuation.
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
