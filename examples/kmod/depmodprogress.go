package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/gokmod/gokmod/internal/terminal"
)

// progressBar shows on a terminal how many of the modules are read. Libraries that draw
// one add a quarter of a megabyte or more to the program.
type progressBar struct {
	draw func(string) // nil without a terminal
	now  func() time.Time
	due  time.Time // of the next change
	last bool      // the line is shown
}

// Times and size of progress bars.
const (
	progressDelay = time.Second / 2
	progressEvery = time.Second / 10
	progressWidth = 40
)

func newProgressBar(out io.Writer) *progressBar {
	p := &progressBar{now: time.Now}
	if w, ok := out.(*terminal.Writer); ok {
		p.draw = w.Draw
	}
	p.due = p.now().Add(progressDelay)
	return p
}

// show draws the bar if it has changed, and removes it at the end.
func (p *progressBar) show(done, total int) {
	switch {
	case p.draw == nil:
	case done == total:
		if p.last {
			p.draw("\r\x1b[K")
		}
	case !p.now().Before(p.due):
		full := progressWidth * done / total
		p.draw(fmt.Sprintf("\r[%-*s] %d/%d", progressWidth, strings.Repeat("#", full), done, total))
		p.due, p.last = p.now().Add(progressEvery), true
	}
}
