package modconf

import (
	"bufio"
	"io"
	"strings"
)

// WriteTo writes the configuration as one valid modprobe.d file, in the order in
// which "modprobe -c" prints it: blacklist, install, remove, alias, options,
// softdep, weakdep. Reading it gives the same configuration, except for the
// origins. It returns the number of bytes written.
func (c *Config) WriteTo(w io.Writer) (int64, error) {
	p := printer{w: bufio.NewWriter(w)}
	for i := range c.Blacklists {
		p.line("blacklist", guard(c.Blacklists[i].Module))
	}
	for i := range c.Installs {
		p.line("install", c.Installs[i].Module, c.Installs[i].Text)
	}
	for i := range c.Removes {
		p.line("remove", c.Removes[i].Module, c.Removes[i].Text)
	}
	for i := range c.Aliases {
		p.line("alias", c.Aliases[i].Pattern, guard(c.Aliases[i].Module))
	}
	for i := range c.Options {
		p.line("options", c.Options[i].Module, c.Options[i].Params)
	}
	for i := range c.Softdeps {
		p.softdep(&c.Softdeps[i])
	}
	for i := range c.Weakdeps {
		p.weakdep(&c.Weakdeps[i])
	}
	return p.finish()
}

// guard keeps a carriage return at the end of a name from being taken for part
// of the line end.
func guard(name string) string {
	if strings.HasSuffix(name, "\r") {
		return name + " "
	}
	return name
}

// printer writes lines until the first error.
type printer struct {
	w   *bufio.Writer
	n   int64 // bytes given to w
	err error
}

// escape doubles backslashes, since reading removes one.
func escape(s string) string { return strings.ReplaceAll(s, `\`, `\\`) }

// line writes words and ends the line.
func (p *printer) line(words ...string) {
	p.words(words...)
	p.write("\n")
}

// words writes words with spaces between them.
func (p *printer) words(words ...string) {
	for i, word := range words {
		if i > 0 {
			p.write(" ")
		}
		p.write(escape(word))
	}
}

func (p *printer) write(s string) {
	if p.err == nil {
		var n int
		n, p.err = p.w.WriteString(s)
		p.n += int64(n)
	}
}

// finish returns WriteTo's results.
func (p *printer) finish() (int64, error) {
	if p.err == nil {
		p.err = p.w.Flush()
	}
	return p.n - int64(p.w.Buffered()), p.err
}

// softdep writes a line that is valid even if it lists nothing.
func (p *printer) softdep(s *Softdep) {
	p.words("softdep", s.Module)
	if len(s.Pre) > 0 || len(s.Post) == 0 {
		p.write(" pre:")
		p.list(s.Pre)
	}
	if len(s.Post) > 0 {
		p.write(" post:")
		p.list(s.Post)
	}
	p.write("\n")
}

func (p *printer) weakdep(w *Weakdep) {
	p.words("weakdep", w.Module)
	p.list(w.Modules)
	p.write("\n")
}

// list writes names, with a space before each.
func (p *printer) list(names []string) {
	for _, name := range names {
		p.write(" ")
		p.write(escape(name))
	}
}
