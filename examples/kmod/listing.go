package main

import "github.com/gokmod/gokmod/internal/terminal"

// listing is modinfo's output about one argument: text for stdout with the
// messages for stderr at their places in it.
type listing struct {
	shown  bool // on a terminal: no value passes for lines of other fields
	out    []byte
	notes  []note
	failed bool
}

// note is a message; at is how much of the text precedes it.
type note struct {
	at   int
	text string
}

// maxKept is the size from which the memory of a listing is not kept for the
// next one.
const maxKept = 64 << 10

func (l *listing) reset() {
	if cap(l.out) > maxKept {
		l.out = nil
	}
	*l = listing{shown: l.shown, out: l.out[:0], notes: l.notes[:0]}
}

// note adds a message.
func (l *listing) note(text string) {
	l.notes = append(l.notes, note{len(l.out), text})
}

// fail adds a message about a failure of the whole tool.
func (l *listing) fail(text string) {
	l.note(text)
	l.failed = true
}

// columnWidth is where values begin: after key, colon and spaces.
const columnWidth = 16

// column writes the key of a line. After one that is too long, the value follows
// at once.
func (l *listing) column(key string) {
	l.text(key)
	l.out = append(l.out, ':')
	for range columnWidth - 1 - len(key) {
		l.out = append(l.out, ' ')
	}
}

// value writes a value.
func (l *listing) value(value string, separator byte) {
	l.text(value)
	l.out = append(l.out, separator)
}

// text writes a value or a part of one.
func (l *listing) text(text string) {
	if l.shown {
		text = terminal.Indent(text)
	}
	l.out = append(l.out, text...)
}

// pair writes a field: in columns, or as in the section if lines end with NUL.
func (l *listing) pair(key, value string, separator byte) {
	if separator == 0 {
		l.text(key)
		l.out = append(l.out, '=')
	} else {
		l.column(key)
	}
	l.value(value, separator)
}

// parameterLine writes the line of a parameter. As in kmod, the type replaces a
// missing description: "name:type".
func (l *listing) parameterLine(p *param, separator byte) {
	l.column("parm")
	if p.hasType && !p.hasText {
		l.value(p.name+":"+p.typ, separator)
		return
	}
	l.parameter(p, separator)
}

// parameter writes "name:text (type)".
func (l *listing) parameter(p *param, separator byte) {
	l.text(p.name)
	l.out = append(l.out, ':')
	l.text(p.text)
	if p.hasType {
		l.out = append(l.out, " ("...)
		l.text(p.typ)
		l.out = append(l.out, ')')
	}
	l.out = append(l.out, separator)
}

// print writes the listing to stdout and stderr.
func (c *command) print(l *listing) int {
	at := 0
	for _, n := range l.notes {
		c.stdout.Write(l.out[at:n.at])
		at = n.at
		c.say(levelError, "%s", n.text)
	}
	c.stdout.Write(l.out[at:])
	if l.failed {
		return failure
	}
	return success
}
