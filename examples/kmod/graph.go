package main

const graphUsage = `Usage:
	kmod NAME [options] <modulename|alias|filename> ...
Options:
	-m, --mermaid               Draw for Mermaid instead of Graphviz
	-b, --use-blacklist         Leave out modules that are blacklisted
	-C, --config=FILE           Use FILE instead of default search paths
	-d, --dirname=DIR           Use DIR as filesystem root for /lib/modules
	-S, --set-version=VERSION   Use VERSION instead of ` + "`uname -r`" + `
	-V, --version               Show version
	-h, --help                  Show this help
`

var graphOptions = []longOption{
	{"mermaid", false, 'm'},
	{"use-blacklist", false, 'b'},
	{"config", true, 'C'},
	{"dirname", true, 'd'},
	{"set-version", true, 'S'},
	{"version", false, 'V'},
	{"help", false, 'h'},
}

// graph draws what would be loaded for modules.
func (c *command) graph() int {
	p := &prober{c: c, query: 'D', all: true, suggest: true}
	mermaid := false
	rest, status, ok := c.options("mbC:d:S:Vh", graphOptions, graphUsage, func(key rune, value string) bool {
		if key == 'm' {
			mermaid = true
			return true
		}
		return p.set(key, value)
	})
	if !ok {
		return status
	}
	if len(rest) == 0 {
		c.say(levelError, "missing module or filename.")
		return failure
	}
	p.open()
	if p.db != nil {
		defer p.db.Close()
	}
	plan := p.planAll(rest)
	switch {
	case plan == nil:
		return failure
	case mermaid:
		c.stdout.WriteString(plan.Mermaid())
	default:
		c.stdout.WriteString(plan.DOT())
	}
	return success
}
