package modconf

import (
	"strconv"

	"github.com/gokmod/gokmod/internal/plain"
)

// Origin is where a statement was written.
type Origin struct {
	File string // the name in messages
	Line int    // the statement's first line, from 1; 0 for the kernel command line
}

// String returns "/etc/modprobe.d/a.conf line 3", or the file alone if there is
// no line.
func (o Origin) String() string {
	file := plain.Line(o.File)
	if o.Line == 0 {
		return file
	}
	return file + " line " + strconv.Itoa(o.Line)
}

// Warning is about something in the configuration that is ignored.
type Warning struct {
	Origin
	Text string // what is wrong, without the origin
}

// Error returns the sentence "/etc/modprobe.d/a.conf line 3: ignoring bad line
// starting with 'bogus'".
func (w Warning) Error() string { return w.Origin.String() + ": " + w.Text }

// String returns the same as Error, instead of the origin alone.
func (w Warning) String() string { return w.Error() }
