package kmodtest

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"syscall"

	"github.com/gokmod/gokmod/internal/sys"
	"github.com/gokmod/gokmod/kmod/live"
)

// logRecord is a record of the kernel's log.
type logRecord struct {
	text   string
	caller int // the thread that logged it
}

// defaultLogSize is how many records the log keeps if LogSize is 0.
const defaultLogSize = 1000

// Log returns the records of the kernel's log as text: why modules were
// refused, what was wrong with parameters, and what the test printed.
func (k *Kernel) Log() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	var lines []string
	for _, r := range k.log {
		lines = append(lines, r.text)
	}
	return lines
}

// Print writes a record to the kernel's log, as a driver or a process may do at
// any time. An OnInit function may call it for its module.
func (k *Kernel) Print(text string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.print(text)
}

// printf is Print with the lock held.
func (k *Kernel) printf(format string, args ...any) { k.print(fmt.Sprintf(format, args...)) }

// print is Print with the lock held.
func (k *Kernel) print(text string) {
	k.log = append(k.log, logRecord{text, sys.ThreadID()})
	size := k.LogSize
	if size == 0 {
		size = defaultLogSize
	}
	if lost := len(k.log) - size; lost > 0 {
		k.log = k.log[lost:]
		k.logLost += lost
	}
}

// OpenLog implements live.LogOpener.
func (k *Kernel) OpenLog() (live.LogReader, error) {
	if k.NoLog {
		return nil, syscall.EPERM
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return &logReader{k: k, next: k.logLost + len(k.log)}, nil
}

// logReader reads the log from the moment it was opened.
type logReader struct {
	k    *Kernel
	next int // the number of the next record, counted since the start
}

// ReadRecord returns the next record in the form of /dev/kmsg.
func (r *logReader) ReadRecord() (string, error) {
	r.k.mu.Lock()
	defer r.k.mu.Unlock()
	if r.next < r.k.logLost {
		r.next = r.k.logLost
		return "", live.ErrLogOverrun
	}
	at := r.next - r.k.logLost
	if at >= len(r.k.log) {
		return "", io.EOF
	}
	r.next++
	record := r.k.log[at]
	head := fmt.Sprintf("4,%d,%d,-", r.next-1, 1000*r.next)
	if r.k.LogCallers {
		head += ",caller=T" + strconv.Itoa(record.caller)
	}
	return head + ";" + escapeLog(record.text) + "\n", nil
}

// Close does nothing.
func (r *logReader) Close() error { return nil }

// escapeLog escapes characters that are not printable as /dev/kmsg does.
func escapeLog(text string) string {
	var b strings.Builder
	for _, c := range []byte(text) {
		if c < ' ' || c >= 0x7f || c == '\\' {
			fmt.Fprintf(&b, `\x%02x`, c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}
