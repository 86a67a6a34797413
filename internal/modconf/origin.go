package modconf

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Origin is where a statement was written.
type Origin struct {
	File string // as shown to people
	Line int    // the statement's first line, from 1; 0 for the kernel command line
}

// String gives "/etc/modprobe.d/a.conf line 3", or the file alone when there is
// no line.
func (o Origin) String() string {
	file := visible(o.File)
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

// visible makes the name of a file fit to be shown to people: it may have
// control characters and anything else but '/' in it.
func visible(file string) string {
	strange := func(r rune) bool { return r == utf8.RuneError || !unicode.IsPrint(r) }
	if !strings.ContainsFunc(file, strange) {
		return file
	}
	return strconv.Quote(file)
}
