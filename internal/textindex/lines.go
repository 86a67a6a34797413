package textindex

import (
	"bytes"
	"fmt"
	"iter"
	"strings"

	"github.com/gokmod/gokmod/internal/index"
)

const (
	// MaxSize bounds a file in bytes. Those of real kernels take a few megabytes.
	MaxSize = 64 << 20

	// MaxEntries bounds the entries of a file.
	MaxEntries = 1 << 20
)

// An Error says where and how a file breaks the rules of its form.
type Error struct {
	File string // as given
	Line int    // counted from 1
	Msg  string
}

func (e *Error) Error() string {
	return fmt.Sprintf("%s is a corrupt index: line %d %s", e.File, e.Line, e.Msg)
}

// Is makes errors.Is(err, index.ErrCorrupt) true.
func (e *Error) Is(target error) bool { return target == index.ErrCorrupt }

// file is a text file that is read line by line.
type file struct {
	name string
	line int
}

// fails is the error about the present line.
func (f *file) fails(msg string) error { return &Error{f.name, f.line, msg} }

// lines yields the lines that count. An error ends the sequence.
func (f *file) lines(data []byte) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		entries := 0
		for text := range strings.Lines(string(data)) {
			f.line++
			line, whole := strings.CutSuffix(text, "\n")
			if !whole {
				yield("", f.fails("has no end: the file is cut off"))
				return
			}
			line = strings.Trim(line, " \t\r")
			if line == "" || line[0] == '#' {
				continue
			}
			if entries++; entries > MaxEntries {
				yield("", f.fails(fmt.Sprintf("is one more than the %d that are read", MaxEntries)))
				return
			}
			if !yield(line, nil) {
				return
			}
		}
	}
}

// count returns how many entries a file has at most.
func count(data []byte) int { return min(bytes.Count(data, []byte{'\n'}), MaxEntries) }
