package modconf

import (
	"errors"
	"io"
	"io/fs"
	"slices"
	"sort"

	"github.com/gokmod/gokmod/internal/openfile"
)

// Read reads a configuration. Its warnings tell what is wrong with it, and Err
// tells if the machine is at fault; the result is never nil.
func Read(s Sources) *Config {
	r := newReader(&s)
	r.statement = r.add
	r.readFiles()
	r.readCmdline()
	r.config.buildMaps()
	return r.config
}

// reader collects a configuration.
type reader struct {
	config    *Config
	src       *Sources
	statement func(keyword, rest string, at Origin) bool // takes one statement; false for a bad one
	file      func(name, text string)                    // takes a file
	argument  func(arg string, at Origin)                // takes an argument of the kernel command line
	left      int64                                      // bytes that may still be read
	buf       []byte                                     // for one file at a time
	pre       words                                      // of a softdep line, or those of a weakdep line
	post      words
}

func newReader(s *Sources) *reader {
	r := &reader{config: &Config{}, src: s, left: MaxSize}
	r.file, r.argument = r.parseFile, r.addArgument
	return r
}

// readFiles finds the files and passes them to r.file, by default for their statements.
func (r *reader) readFiles() {
	files := r.list()
	sort.SliceStable(files, func(a, b int) bool { return files[a].base < files[b].base })
	for i := range files {
		r.readFile(&files[i])
	}
}

// warn adds a warning unless there are too many. Copies of it would be 12 KB.
//
//go:noinline
func (r *reader) warn(at Origin, text string) {
	switch n := len(r.config.Warnings); {
	case n < MaxWarnings:
		r.config.Warnings = append(r.config.Warnings, Warning{at, text})
	case n == MaxWarnings:
		r.config.Warnings = append(r.config.Warnings, Warning{at, "this and further problems are not listed"})
	}
}

// cannotRead warns that something is left out because of an error.
func (r *reader) cannotRead(name string, err error) {
	if r.config.Err == nil && openfile.MachineFailed(err) {
		r.config.Err = &fs.PathError{Op: "read", Path: name, Err: openfile.Cause(err)}
	}
	text := "cannot be read: " + openfile.Cause(err).Error()
	if err == errTooMuch || err == errTooMany {
		text = err.Error()
	}
	r.warn(Origin{File: name}, text)
}

var (
	errTooMuch = errors.New("left out, because all files together are larger than 16777216 bytes")
	errTooMany = errors.New("there are more than 65536 names; the rest is left out")
)

// readFile parses one of the listed files.
func (r *reader) readFile(f *source) {
	if f.inMemory {
		if r.take(Origin{File: f.name}, int64(len(f.text))) {
			r.file(f.name, f.text)
		}
		return
	}
	text, err := r.load(f)
	switch {
	case err == nil:
		r.file(f.prefix+f.name, text)
	case !f.optional || !errors.Is(err, fs.ErrNotExist):
		r.cannotRead(f.prefix+f.name, err)
	}
}

// take counts the size of a file and reports whether it is still within the
// limit.
func (r *reader) take(at Origin, size int64) bool {
	if size > r.left {
		r.warn(at, errTooMuch.Error())
		return false
	}
	r.left -= size
	return true
}

// load reads a file.
func (r *reader) load(s *source) (string, error) {
	f, info, err := openfile.OpenFS(s.fsys, s.name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	size := info.Size()
	if size > r.left {
		return "", errTooMuch
	}
	// With one byte more than expected, the read meets the end without another
	// allocation.
	r.buf = slices.Grow(r.buf[:0], int(max(size, 0))+1)
	for n := 0; ; {
		n, err = f.Read(r.buf[len(r.buf):cap(r.buf)])
		r.buf = r.buf[:len(r.buf)+n]
		switch {
		case int64(len(r.buf)) > r.left:
			return "", errTooMuch
		case err == io.EOF:
			r.left -= int64(len(r.buf))
			return string(r.buf), nil
		case err != nil:
			return "", err
		}
		r.buf = slices.Grow(r.buf, 1)
	}
}
