package live

import (
	"cmp"
	"errors"

	"github.com/gokmod/gokmod/internal/kernellog"
	"github.com/gokmod/gokmod/internal/reason"
	"github.com/gokmod/gokmod/internal/sys"
)

// LogOpener is implemented by a [Kernel] whose log can be read, such as [Host] and
// the kernel of package kmodtest.
type LogOpener interface {
	// OpenLog opens the kernel's log at its end, after the last record. The caller
	// closes it.
	OpenLog() (LogReader, error)
}

// LogReader reads the log of a kernel. Only one goroutine may use it at a time.
type LogReader interface {
	// ReadRecord returns the next record as /dev/kmsg gives it,
	// "PRIORITY,SEQUENCE,TIME,FLAGS[,caller=T123];TEXT", with further lines for
	// properties. It never waits: io.EOF means that there is none yet. After
	// ErrLogOverrun, reading goes on with the oldest record that is left.
	ReadRecord() (string, error)
	Close() error
}

// Reasons why some or all lines of a log are not known.
var (
	// ErrLogOverrun: records were overwritten by later ones before they were
	// read.
	ErrLogOverrun = kernellog.ErrOverrun

	// ErrNoLog: the kernel is not a [LogOpener]. It wraps
	// errors.ErrUnsupported.
	ErrNoLog = reason.New("this kernel has no log to read", errors.ErrUnsupported)
)

// OpenLog implements [LogOpener].
func (h *Host) OpenLog() (LogReader, error) {
	log, err := sys.OpenKmsg(cmp.Or(h.LogPath, "/dev/kmsg"))
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
