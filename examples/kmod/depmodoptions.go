package main

const depmodUsage = `Usage:
	NAME -[aA] [options] [forced_version]

If no arguments (except options) are given, "NAME -a" is assumed

NAME will output a dependency list suitable for the modprobe utility.

Options:
	-a, --all            Probe all modules
	-A, --quick          Only does the work if there's a new module
	-e, --errsyms        Report not supplied symbols
	-n, --show           Write the dependency file on stdout only
	-P, --symbol-prefix  Architecture symbol prefix
	-C, --config=PATH    Read configuration from PATH
	-v, --verbose        Enable verbose mode
	-w, --warn           Warn on duplicates
	    --cache=FILE     Keep in FILE what was read, and read only
	                     modules that changed next time
	    --json           Print what is odd about the modules as JSON
	-V, --version        show version
	-h, --help           show this help

The following options are useful for people managing distributions:
	-b, --basedir=DIR    Use an image of a module tree.
	-m, --moduledir=DIR  The module directory is below DIR instead of
	                     /lib/modules.
	-o, --outdir=DIR     Output root, like -b for what is written.
	-F, --filesyms=FILE  Use the file instead of the
	                     current kernel symbols.
	-E, --symvers=FILE   Use Module.symvers file to check
	                     symbol versions.
	    --kernel=IMAGE   Use the image of a kernel instead of -E or -F.
`

// Keys of options that have no short form.
const (
	keyDepmodJSON rune = iota + 2000
	keyCache
	keyKernel
)

var depmodOptions = []longOption{
	{"all", false, 'a'},
	{"quick", false, 'A'},
	{"basedir", true, 'b'},
	{"moduledir", true, 'm'},
	{"outdir", true, 'o'},
	{"config", true, 'C'},
	{"errsyms", false, 'e'},
	{"filesyms", true, 'F'},
	{"symvers", true, 'E'},
	{"kernel", true, keyKernel},
	{"symbol-prefix", true, 'P'},
	{"show", false, 'n'},
	{"dry-run", false, 'n'},
	{"verbose", false, 'v'},
	{"warn", false, 'w'},
	{"json", false, keyDepmodJSON},
	{"cache", true, keyCache},
	{"unresolved-error", false, 'u'},
	{"quiet", false, 'q'},
	{"root", false, 'r'},
	{"version", false, 'V'},
	{"help", false, 'h'},
}

// set takes an option. It reports false if the tool cannot continue.
func (d *indexer) set(key rune, value string) bool {
	switch key {
	case 'a':
		d.all = true
	case 'A':
		d.quick = true
	case 'b':
		d.root = value
	case 'm':
		d.moduleDir = value
	case 'o':
		d.outRoot = value
	case 'C':
		return d.configs.add(d.c, value)
	case 'e':
		d.checkSymbols = true
	case 'F':
		d.systemMap = value
	case 'E':
		d.symvers = value
	case keyKernel:
		d.image = value
		return d.c.named(value)
	case 'P':
		return d.setPrefix(value)
	case 'n':
		d.dryRun = true
	case 'v':
		d.c.verbosity++
	case 'w':
		d.warn = true
	case keyDepmodJSON:
		d.json = true
	case keyCache:
		d.cache = d.c.path(value)
	case 'u', 'q', 'r':
		d.c.say(levelWarning, "Ignored deprecated option -%c", key)
	default:
		return false
	}
	return true
}

func (d *indexer) setPrefix(value string) bool {
	if len(value) != 1 {
		d.c.say(levelFatal, "-P only takes a single char")
		return false
	}
	d.prefix = value[0]
	return true
}
