package live

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"

	"github.com/gokmod/gokmod/internal/kernfs"
	"github.com/gokmod/gokmod/internal/openfile"
	"github.com/gokmod/gokmod/internal/plain"
)

// ErrRow: a line of a list of modules is not a row of /proc/modules.
var ErrRow = errors.New("not a row of /proc/modules")

// maxRow is more than the length of any row that a kernel writes: thousands of holders.
const maxRow = 1 << 20

// ParseLoaded yields the modules that /proc/modules lists, from its text: that of another
// machine, over ssh or in a report. [Loaded] reads the text of a kernel.
//
// A line that is not a row is an error that wraps [ErrRow] and gives its number; the
// next line follows. Empty lines are skipped. An error of the reader is the last. Of a
// line that is longer than any row only the beginning is kept in memory.
func ParseLoaded(r io.Reader) iter.Seq2[LoadedModule, error] {
	return func(yield func(LoadedModule, error) bool) {
		lines := bufio.NewReader(r)
		for n := 1; ; n++ {
			line, whole, err := readRow(lines)
			if err != nil && err != io.EOF {
				yield(LoadedModule{}, fmt.Errorf("read the list of loaded modules: %w", openfile.Cause(err)))
				return
			}
			if text := strings.TrimSpace(line); text != "" {
				m, ok := parseRow(text)
				var rowErr error
				if !ok || !whole {
					m, rowErr = LoadedModule{}, fmt.Errorf("line %d is %w: %s", n, ErrRow, plain.Quote(text))
				}
				if !yield(m, rowErr) {
					return
				}
			}
			if err == io.EOF {
				return
			}
		}
	}
}

// readRow reads a line. It is not whole if it is longer than any row; the rest is
// skipped.
func readRow(r *bufio.Reader) (line string, whole bool, err error) {
	part, err := r.ReadSlice('\n')
	if err != bufio.ErrBufferFull {
		return string(part), true, err
	}
	var b strings.Builder
	b.Write(part)
	whole = true
	for {
		part, err := r.ReadSlice('\n')
		if b.Len()+len(part) > maxRow {
			whole = false
		}
		if whole {
			b.Write(part)
		}
		if err != bufio.ErrBufferFull {
			return b.String(), whole, err
		}
	}
}

// rowColumns is how many columns of a row count.
const rowColumns = 7

// parseRow reads a row:
//
//	name size refcount holders,|- state address [(taint)]
//
// The first columns alone are enough; old kernels had no more.
func parseRow(line string) (m LoadedModule, ok bool) {
	var columns [rowColumns]string
	words := columns[:0]
	for word := range strings.FieldsSeq(line) {
		if len(words) == rowColumns {
			break
		}
		words = append(words, word)
	}
	if len(words) < 3 || !kernfs.IsElement(words[0]) {
		return m, false
	}
	m.Name = words[0]
	var err error
	if m.Size, err = strconv.ParseUint(words[1], 10, 64); err != nil {
		return m, false
	}
	if m.Refcount, err = strconv.Atoi(words[2]); err != nil && words[2] != "-" {
		return m, false
	}
	if err != nil || m.Refcount < 0 {
		m.Refcount = -1
	}
	if len(words) > 3 {
		m.Holders, m.Permanent = parseHolders(words[3])
	}
	m.State = StateLive
	if len(words) > 4 {
		if m.State = parseInitstate(words[4]); m.State == 0 {
			return m, false
		}
	}
	if len(words) > 5 {
		m.Address, _ = strconv.ParseUint(strings.TrimPrefix(words[5], "0x"), 16, 64)
	}
	if len(words) > 6 {
		m.Taint = strings.Trim(words[6], "()")
	}
	return m, true
}

// parseHolders reads "a,b," or "-". The word "[permanent]" in it is not a holder:
// it marks a module without an exit function.
func parseHolders(word string) (holders []string, permanent bool) {
	if word == "-" {
		return nil, false
	}
	for _, name := range strings.Split(word, ",") {
		switch name {
		case "":
		case "[permanent]":
			permanent = true
		default:
			holders = append(holders, name)
		}
	}
	return holders, permanent
}
