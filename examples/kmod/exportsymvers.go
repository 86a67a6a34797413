package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/gokmod/gokmod/internal/plain"
	"github.com/gokmod/gokmod/modinfo"
)

// symversForm is the form of the lines of a Module.symvers, which changed with the kernel.
type symversForm int

const (
	symversPlain      symversForm = iota // version, symbol, file, way of exporting
	symversEarly                         // 5.4: the namespace stands before the file
	symversNamespaced                    // 5.7: and stands at the end
)

// symversFormOf is the form of a kernel release, the newest one for an unknown release.
func symversFormOf(release string) symversForm {
	major, minor, known := numbersOf(release)
	switch {
	case !known || major > 5 || major == 5 && minor >= 7:
		return symversNamespaced
	case major == 5 && minor >= 4:
		return symversEarly
	}
	return symversPlain
}

// numbersOf is the version with which the name of a release begins.
func numbersOf(release string) (major, minor int, known bool) {
	first, rest, _ := strings.Cut(release, ".")
	second := rest[:len(rest)-len(strings.TrimLeft(rest, "0123456789"))]
	major, err := strconv.Atoi(first)
	minor, also := strconv.Atoi(second)
	return major, minor, err == nil && also == nil
}

// append adds the line of a symbol that a file exports.
func (s symversForm) append(b []byte, x *modinfo.Export, file string) []byte {
	b = fmt.Appendf(b, "0x%08x\t%s\t", x.CRC, x.Name)
	if s == symversEarly {
		b = append(b, x.Namespace+"\t"...)
	}
	b = append(b, file+"\tEXPORT_SYMBOL"...)
	if x.GPLOnly {
		b = append(b, "_GPL"...)
	}
	if s == symversNamespaced {
		b = append(b, "\t"+x.Namespace...)
	}
	return append(b, '\n')
}

// symversOfModule are the lines of a module, or the error that it cannot be read.
type symversOfModule struct {
	path    string
	release string // that it was built for
	lines   []byte
	err     error
}

// printSymvers prints the Module.symvers of the kernel's build: the image's lines, and those
// of the modules.
func (e *exporter) printSymvers() int {
	release := e.kernel.Release()
	form := symversFormOf(release)
	e.kernel.Close() // modules take memory too
	status, modules := success, []byte(nil)
	if e.modules != "" {
		if modules, status = e.moduleLines(form, release); modules == nil {
			return failure
		}
	}
	var line []byte
	for i := range e.list {
		line = form.append(line[:0], &e.list[i], "vmlinux")
		e.c.stdout.Write(line)
	}
	e.c.stdout.Write(modules)
	return status
}

// moduleLines returns the lines of the modules of a kernel, by its release. Those that were
// added to it are not in its directory "kernel". It returns nil if they are another kernel's,
// or none can be read: the whole would be the Module.symvers of no kernel.
func (e *exporter) moduleLines(form symversForm, kernel string) (lines []byte, status int) {
	top := tidy(e.c.path(e.modules))
	if info, err := os.Stat(top + "/kernel"); err == nil && info.IsDir() {
		top += "/kernel"
	}
	e.c.spendFor(0)
	files, ok := e.c.moduleFiles([]string{top})
	if !ok {
		return nil, failure
	}
	t, foreign := newTurns(workersFor(len(files))), false
	lines = []byte{}
	inOrder(files, windowPerWorker, func(file moduleFile) *symversOfModule {
		return readSymvers(t, top, file, form)
	}, func(m *symversOfModule) {
		switch {
		case m.err != nil:
			status = failure
			e.c.say(levelError, "could not read %s: %s", plain.Line(m.path), fileReason(m.path, m.err))
		case kernel != "" && m.release != "" && m.release != kernel && !foreign:
			foreign = true
			e.c.say(levelError, "%s is built for %s, and the kernel is %s.", plain.Line(m.path),
				plain.Name(m.release), plain.Name(kernel))
		}
		lines = append(lines, m.lines...)
	})
	if foreign || len(lines) == 0 && status == failure {
		return nil, failure
	}
	return lines, status
}

// errNoLine: what a stranger wrote into a module must not pass for lines of others.
var errNoLine = errors.New("its name or that of a symbol cannot be in a Module.symvers")

// isWord reports whether a text has no character that ends a column or a line, or hides it.
func isWord(text string) bool {
	return plain.Line(text) == text && !strings.Contains(text, " ")
}

// readSymvers reads the exports of a module. The build knows it by its path in the tree,
// without the ends of its name.
func readSymvers(t *turns, top string, file moduleFile, form symversForm) *symversOfModule {
	m := &symversOfModule{path: file.path, err: file.err}
	if m.err != nil {
		return m
	}
	path := strings.TrimPrefix(file.path, top+"/")
	name := path[:strings.LastIndex(path, ".ko")]
	m.err = t.read(func(limit int64) error {
		f, err := modinfo.Open(file.path, &modinfo.Config{MaxSize: limit})
		if err != nil {
			return err
		}
		defer f.Close()
		info, err := f.Info()
		if err != nil {
			return err
		}
		exports, err := f.Exports()
		if err != nil {
			return err
		}
		m.release, _, _ = strings.Cut(info.Vermagic(), " ")
		m.lines = nil
		for i := range exports {
			if !isWord(name) || !isWord(exports[i].Name) || !isWord(exports[i].Namespace) {
				m.lines = nil
				return errNoLine
			}
			m.lines = form.append(m.lines, &exports[i], name)
		}
		return nil
	})
	return m
}
