package kmod

import (
	"runtime"
	"strconv"

	"github.com/gokmod/gokmod/internal/kernellog"
	"github.com/gokmod/gokmod/internal/sys"
	"github.com/gokmod/gokmod/kmod/live"
)

// insertLog is the log from the moment before an insert. The goroutine stays on its
// thread meanwhile, since some kernels log which thread caused a record.
type insertLog struct {
	opener live.LogOpener
	reader live.LogReader
	err    error
	caller string
}

// openLog begins to watch the log if LoaderConfig.KernelLog is set.
func (l *Loader) openLog() *insertLog {
	if !l.cfg.KernelLog {
		return nil
	}
	opener, ok := l.kernel.(live.LogOpener)
	if !ok {
		return &insertLog{err: live.ErrNoLog}
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
func (g *insertLog) explain(e *Error, names []string) {
	if g == nil {
		return
	}
	if e.LogErr = g.err; g.err != nil {
		return
	}
	var end kernellog.Reader
	if reader, err := g.opener.OpenLog(); err == nil {
		defer reader.Close()
		end = reader
	}
	c := kernellog.Cause{Names: names, Caller: g.caller, Errno: e.Errno}
	e.Log, e.LogErr = c.Read(g.reader, end)
}
