package symtab

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
)

// Limits, so that a hostile file cannot exhaust the memory.
const (
	// MaxSize is the largest size of a file in bytes.
	MaxSize = 256 << 20

	// MaxLine is the largest length of a line in bytes; longer ones are
	// ignored.
	MaxLine = 4096

	// MaxNames is the largest size of all names together in bytes, each counted
	// with an overhead of 32 bytes, or 64 in Exports.
	MaxNames = 32 << 20

	// MaxWarnings is the largest number of bad lines that are listed.
	MaxWarnings = 100
)

// ErrTooLarge means that a file exceeds MaxSize or its names MaxNames.
var ErrTooLarge = errors.New("the file has more than 268435456 bytes, or names of more than 33554432 bytes")

// ReadSystemMap reads a System.map. The set is nil exactly when there is an
// error, which is a read error or ErrTooLarge.
func ReadSystemMap(r io.Reader, o Options) (*Set, error) {
	return read(r, &reader{set: &Set{}, prefix: o.Prefix, width: 4, take: (*reader).takeMapLine})
}

// ReadSymvers reads a Module.symvers. The set is nil exactly when there is an
// error, which is a read error or ErrTooLarge.
func ReadSymvers(r io.Reader, o Options) (*Set, error) {
	return read(r, &reader{set: &Set{versions: true}, prefix: o.Prefix, width: 4, take: (*reader).takeSymversLine})
}

// reader collects a set.
type reader struct {
	set    *Set
	prefix byte
	take   func(r *reader, words [][]byte) // called for each line that is not empty
	width  int                             // number of words that matter in a line
	line   int
	names  int
}

// read reads all lines of a file.
func read(src io.Reader, r *reader) (*Set, error) {
	r.set.crcs = map[string]uint32{}
	lines := bufio.NewReaderSize(src, MaxLine)
	words := make([][]byte, 0, r.width)
	for size, skip := 0, false; ; {
		line, err := lines.ReadSlice('\n')
		if size += len(line); size > MaxSize {
			return nil, ErrTooLarge
		}
		long := errors.Is(err, bufio.ErrBufferFull)
		if len(line) > 0 && !skip {
			r.line++
			if long {
				r.warn("the line is too long")
			} else if w := cutWords(line, words); len(w) > 0 {
				r.take(r, w)
			}
		}
		skip = long
		switch {
		case r.names > MaxNames:
			return nil, ErrTooLarge
		case err == io.EOF:
			return r.set, nil
		case err != nil && !long:
			return nil, err
		}
	}
}

// cutWords appends to words until its capacity is used up.
func cutWords(line []byte, words [][]byte) [][]byte {
	for at := 0; len(words) < cap(words); {
		for at < len(line) && isBlank(line[at]) {
			at++
		}
		start := at
		for at < len(line) && !isBlank(line[at]) {
			at++
		}
		if at == start {
			break
		}
		words = append(words, line[start:at])
	}
	return words
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// warn adds a warning unless there are too many already.
func (r *reader) warn(text string) {
	switch n := len(r.set.Warnings); {
	case n < MaxWarnings:
		r.set.Warnings = append(r.set.Warnings, Warning{r.line, text})
	case n == MaxWarnings:
		r.set.Warnings = append(r.set.Warnings, Warning{r.line, "this and further bad lines are not listed"})
	}
}

var (
	ksymtab = []byte("__ksymtab_")
	vmlinux = []byte(kernelFile)
)

// takeMapLine takes ADDRESS LETTER NAME.
func (r *reader) takeMapLine(words [][]byte) {
	if len(words) < 3 {
		r.warn("not a line of an address, a letter and a name")
		return
	}
	name, found := bytes.CutPrefix(r.withoutPrefix(words[2]), ksymtab)
	if found && len(name) > 0 && len(words) == 3 {
		r.add(name, 0)
	}
}

// takeSymversLine takes CRC NAME [NAMESPACE] FILE.
func (r *reader) takeSymversLine(words [][]byte) {
	crc, ok := r.version(words)
	if !ok {
		return
	}
	if name := r.withoutPrefix(words[1]); len(name) > 0 &&
		(bytes.Equal(words[2], vmlinux) || len(words) > 3 && bytes.Equal(words[3], vmlinux)) {
		r.add(name, crc)
	}
}

// version returns the version in a line of Module.symvers. It reports a line of
// another form.
func (r *reader) version(words [][]byte) (crc uint32, ok bool) {
	if len(words) < 3 {
		r.warn("not a line of a version, a name and a file")
		return 0, false
	}
	if crc, ok = parseCRC(words[0]); !ok {
		r.warn("the version is not a 32-bit hexadecimal number")
	}
	return crc, ok
}

// parseCRC reads a version, with or without "0x".
func parseCRC(word []byte) (uint32, bool) {
	if bytes.HasPrefix(word, []byte("0x")) || bytes.HasPrefix(word, []byte("0X")) {
		word = word[2:]
	}
	crc, err := strconv.ParseUint(string(word), 16, 32)
	return uint32(crc), err == nil
}

func (r *reader) withoutPrefix(name []byte) []byte {
	if r.prefix != 0 && len(name) > 0 && name[0] == r.prefix {
		return name[1:]
	}
	return name
}

func (r *reader) add(name []byte, crc uint32) {
	if _, known := r.set.crcs[string(name)]; !known {
		r.names += len(name) + 32
	}
	r.set.crcs[string(name)] = crc
}
