package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// progressBar shows on a terminal how many of the modules are read.
type progressBar struct {
	out  io.Writer // nil where nobody looks on
	now  func() time.Time
	due  time.Time // of the next change
	last bool      // the line is there
}

// Times and size of progress bars.
const (
	progressDelay = time.Second / 2
	progressEvery = time.Second / 10
	progressWidth = 40
)

func newProgressBar(out io.Writer) *progressBar {
	p := &progressBar{now: time.Now}
	if isTerminal(out) {
		p.out = out
	}
	p.due = p.now().Add(progressDelay)
	return p
}

// isTerminal reports whether somebody may look on. That it holds for other
// devices too, such as /dev/null, does no harm.
func isTerminal(out io.Writer) bool {
	f, ok := out.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// show draws the bar when there is something new, and removes it at the end.
func (p *progressBar) show(done, total int) {
	switch {
	case p.out == nil:
	case done == total:
		if p.last {
			io.WriteString(p.out, "\r\x1b[K")
		}
	case !p.now().Before(p.due):
		full := progressWidth * done / total
		fmt.Fprintf(p.out, "\r[%s%s] %d/%d", strings.Repeat("#", full), strings.Repeat(" ", progressWidth-full), done, total)
		p.due, p.last = p.now().Add(progressEvery), true
	}
}
