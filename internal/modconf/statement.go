package modconf

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gokmod/gokmod/internal/modname"
)

// parseFile reads the statements of a file.
func (r *reader) parseFile(file, text string) {
	// One file, modules.softdep, has most of them, one on each line.
	r.config.Softdeps = slices.Grow(r.config.Softdeps, strings.Count(text, "\nsoftdep "))
	lines := newLineReader(text)
	for {
		statement, ok := lines.next()
		if !ok {
			return
		}
		if statement == "" || statement[0] == '#' {
			continue
		}
		keyword, rest := cutWord(statement)
		if keyword == "" {
			continue
		}
		at := Origin{file, lines.line}
		switch {
		case r.statement(keyword, rest, at):
		case keyword == "include" || keyword == "config":
			r.warn(at, "command "+keyword+" is deprecated and not parsed anymore")
		default:
			r.warn(at, "ignoring bad line starting with '"+printable(keyword)+"'")
		}
	}
}

// add takes one statement of modprobe.d. It reports false for a bad one.
func (r *reader) add(keyword, rest string, at Origin) bool {
	word, rest := cutWord(rest)
	name, err := modname.NormalizeAlias(word)
	if name == "" || err != nil {
		return false
	}
	c := r.config
	switch keyword {
	case "blacklist":
		c.Blacklists = append(c.Blacklists, Blacklist{name, at})
		return true
	case "alias":
		return c.addAlias(name, rest, at)
	}
	if rest == "" {
		return false
	}
	switch keyword {
	case "options":
		c.Options = append(c.Options, Options{name, strings.ReplaceAll(rest, "\t", " "), at})
	case "install":
		c.Installs = append(c.Installs, Command{name, rest, at})
	case "remove":
		c.Removes = append(c.Removes, Command{name, rest, at})
	case "softdep":
		r.addSoftdep(name, rest, at)
	case "weakdep":
		return r.addWeakdep(name, rest, at)
	default:
		return false
	}
	return true
}

func (c *Config) addAlias(pattern, rest string, at Origin) bool {
	word, _ := cutWord(rest)
	module, err := modname.NormalizeAlias(word)
	if module == "" || err != nil {
		return false
	}
	c.Aliases = append(c.Aliases, Alias{pattern, module, at})
	return true
}

// maxPrintable is how much of a bad word a warning shows, in bytes.
const maxPrintable = 64

// printable makes a word fit for a message.
func printable(word string) string {
	more := ""
	if len(word) > maxPrintable {
		word, more = word[:maxPrintable], "..."
	}
	quoted := fmt.Sprintf("%q", word)
	quoted = strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`)
	return strings.ReplaceAll(quoted, `\\`, `\`) + more
}
