package modconf

import "strings"

// lineReader splits a text into statements.
type lineReader struct {
	rest  string
	plain bool // the text has no backslash and no NUL
	line  int  // of the statement that next returned
	ahead int  // of the next statement
}

func newLineReader(text string) lineReader {
	plain := strings.IndexByte(text, '\\') < 0 && strings.IndexByte(text, 0) < 0
	return lineReader{rest: text, plain: plain, ahead: 1}
}

// next returns the next statement, without the end of the line and with the
// lines that continue it. It may be empty or a comment. ok is false at the end.
func (r *lineReader) next() (statement string, ok bool) {
	if r.rest == "" {
		return "", false
	}
	r.line = r.ahead
	r.ahead++
	end := strings.IndexByte(r.rest, '\n')
	if end < 0 {
		end = len(r.rest)
	}
	statement = r.rest[:end]
	if !r.plain && strings.IndexByte(statement, '\\') >= 0 {
		statement = r.unescape()
	} else {
		r.rest = r.rest[min(end+1, len(r.rest)):]
	}
	if !r.plain {
		statement, _, _ = strings.Cut(statement, "\x00")
	}
	return strings.TrimRight(statement, "\r"), true
}

// unescape returns the next statement, which has backslashes.
func (r *lineReader) unescape() string {
	var b strings.Builder
	for {
		i := strings.IndexAny(r.rest, "\\\n")
		if i < 0 {
			b.WriteString(r.rest)
			r.rest = ""
			return b.String()
		}
		b.WriteString(r.rest[:i])
		c := r.rest[i]
		r.rest = r.rest[i+1:]
		if c == '\n' {
			return b.String()
		}
		if after := strings.TrimLeft(r.rest, "\r"); after == "" {
			r.rest = ""
		} else if after[0] == '\n' {
			r.rest = after[1:]
			r.ahead++
		} else {
			b.WriteByte(r.rest[0])
			r.rest = r.rest[1:]
		}
	}
}

// cutWord takes the first word of a statement and the one separator after it.
func cutWord(s string) (word, rest string) {
	start := 0
	for start < len(s) && isBlank(s[start]) {
		start++
	}
	end := start
	for end < len(s) && !isBlank(s[end]) {
		end++
	}
	return s[start:end], s[min(end+1, len(s)):]
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

// cutField is cutWord for any white space of ASCII.
func cutField(s string) (word, rest string) {
	start := 0
	for start < len(s) && isSpace(s[start]) {
		start++
	}
	end := start
	for end < len(s) && !isSpace(s[end]) {
		end++
	}
	return s[start:end], s[end:]
}

func isSpace(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' }
