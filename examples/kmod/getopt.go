package main

import "strings"

// getopt reads the options of a command line as the C library's getopt_long
// does, whose habits and messages users of these tools know: short flags may be
// joined ("-nv"), their values attached ("-S6.1"), long options abbreviated to
// a unique prefix, and options may follow other arguments, up to "--". Similar
// packages for Go do not support abbreviations.
type getopt struct {
	c       *command
	short   string // letters, followed by a colon if they take a value
	long    []longOption
	args    []string // not processed yet
	cluster string   // remaining flags of an argument such as "-nv"
	value   string   // of the option that next returned
	rest    []string // arguments that are not options; complete at the end
}

// longOption is an option that begins with two dashes. Options with the same
// key are the same; the key of one with a short form is its letter.
type longOption struct {
	name  string
	value bool // takes a value
	key   rune
}

// Results of next that are not options.
const (
	optEnd   rune = -1
	optError rune = '?' // a message was printed
)

// getopt starts reading args. A "+" before the letters ends the options at the
// first argument that is not one.
func (c *command) getopt(short string, long []longOption, args []string) *getopt {
	if c.table != nil {
		c.table.short, c.table.long = short, long
	}
	return &getopt{c: c, short: short, long: long, args: args}
}

// options reads the options of a tool that only this program has: set takes each but
// those for the version and the help, and reports whether the tool can go on. Unless ok,
// the tool ends with the status; otherwise rest are the other arguments.
func (c *command) options(
	short string, long []longOption, usage string, set func(key rune, value string) bool,
) (rest []string, status int, ok bool) {
	opts := c.getopt(short, long, c.argv[1:])
	for key := opts.next(); key != optEnd; key = opts.next() {
		switch {
		case key == 'V':
			return nil, c.showVersion(), false
		case key == 'h':
			return nil, c.showUsage(usage), false
		case !set(key, opts.value):
			return nil, failure, false
		}
	}
	return opts.rest, success, true
}

// next returns the key of the next option, optEnd or optError.
func (g *getopt) next() rune {
	if g.c.table != nil {
		return optError // with which every tool ends
	}
	for g.cluster == "" {
		if len(g.args) == 0 {
			return optEnd
		}
		arg := g.args[0]
		g.args = g.args[1:]
		switch {
		case arg == "--":
			g.rest, g.args = append(g.rest, g.args...), nil
		case strings.HasPrefix(arg, "--"):
			return g.nextLong(arg[2:])
		case len(arg) > 1 && arg[0] == '-':
			g.cluster = arg[1:]
		case strings.HasPrefix(g.short, "+"):
			g.rest, g.args = append(append(g.rest, arg), g.args...), nil
		default:
			g.rest = append(g.rest, arg)
		}
	}
	return g.nextShort()
}

func (g *getopt) nextShort() rune {
	letter := g.cluster[0]
	g.cluster = g.cluster[1:]
	at := strings.IndexByte(g.short, letter)
	if at < 0 || letter == ':' || letter == '+' {
		return g.fail("invalid option -- '" + string(rune(letter)) + "'")
	}
	if !strings.HasPrefix(g.short[at+1:], ":") {
		return rune(letter)
	}
	g.value, g.cluster = g.cluster, ""
	if g.value == "" && !g.takeValue() {
		return g.fail("option requires an argument -- '" + string(rune(letter)) + "'")
	}
	return rune(letter)
}

// takeValue takes the next argument as the value of an option.
func (g *getopt) takeValue() bool {
	if len(g.args) == 0 {
		return false
	}
	g.value, g.args = g.args[0], g.args[1:]
	return true
}

func (g *getopt) nextLong(arg string) rune {
	name, value, attached := strings.Cut(arg, "=")
	found := g.find(name)
	switch len(found) {
	case 0:
		return g.fail("unrecognized option '--" + name + "'")
	case 1:
	default:
		return g.ambiguous(name, found)
	}
	opt := found[0]
	g.value = value
	if attached && !opt.value {
		return g.fail("option '--" + opt.name + "' doesn't allow an argument")
	}
	if opt.value && !attached && !g.takeValue() {
		return g.fail("option '--" + opt.name + "' requires an argument")
	}
	return opt.key
}

// find returns the option of that name or, if there is none, those with that
// prefix; only one of them if they are all the same.
func (g *getopt) find(name string) []longOption {
	var found []longOption
	same := true
	for _, opt := range g.long {
		if opt.name == name {
			return []longOption{opt}
		}
		if strings.HasPrefix(opt.name, name) {
			found = append(found, opt)
			same = same && opt.key == found[0].key
		}
	}
	if len(found) > 1 && same {
		return found[:1]
	}
	return found
}

func (g *getopt) ambiguous(name string, found []longOption) rune {
	var b strings.Builder
	b.WriteString("option '--" + name + "' is ambiguous; possibilities:")
	for _, opt := range found {
		b.WriteString(" '--" + opt.name + "'")
	}
	return g.fail(b.String())
}

// fail prints a message under the name by which the tool was called.
func (g *getopt) fail(text string) rune {
	g.c.complain(g.c.argv[0] + ": " + text + "\n")
	return optError
}
