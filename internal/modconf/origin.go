package modconf

import (
	"strconv"

	"github.com/gokmod/gokmod/internal/plain"
)

// Origin is where a statement was written.
type Origin struct {
	File string // as shown to people
	Line int    // the statement's first line, from 1; 0 for the kernel command line
}

// String gives "/etc/modprobe.d/a.conf line 3", or the file alone when there is
// no line.
func (o Origin) String() string {
	file := plain.Line(o.File)
	if o.Line == 0 {
		return file
	}
	return file + " line " + strconv.Itoa(o.Line)
}

// Warning tells of something in the configuration that is ignored.
type Warning struct {
	Origin
	Text string // what is wrong, without the place
}

// Error is the sentence "/etc/modprobe.d/a.conf line 3: ignoring bad line
// starting with 'bogus'".
func (w Warning) Error() string { return w.Origin.String() + ": " + w.Text }

// String is the same, instead of the place alone.
func (w Warning) String() string { return w.Error() }
