package main

const modprobeUsage = `Usage:
	NAME [options] [-i] [-b] modulename
	NAME [options] -a [-i] [-b] modulename [modulename...]
	NAME [options] -r [-i] modulename
	NAME [options] -r -a [-i] modulename [modulename...]
	NAME [options] -c
	NAME [options] --dump-modversions filename
Management Options:
	-a, --all                   Consider every non-argument to
	                            be a module name to be inserted
	                            or removed (-r)
	-r, --remove                Remove modules instead of inserting
	    --remove-dependencies   Deprecated: use --remove-holders
	    --remove-holders        Also remove module holders (use together with -r)
	-w, --wait=<MSEC>           When removing a module, wait up to MSEC for
	                            module's refcount to become 0 so it can be
	                            removed (use together with -r)
	    --first-time            Fail if module already inserted or removed
	-i, --ignore-install        Ignore install commands
	-i, --ignore-remove         Ignore remove commands
	-b, --use-blacklist         Apply blacklist to resolved alias.
	-f, --force                 Force module insertion or removal.
	                            implies --force-modversions and
	                            --force-vermagic
	    --force-modversion      Ignore module's version
	    --force-vermagic        Ignore module's version magic

Query Options:
	-R, --resolve-alias         Only lookup and print alias and exit
	-R, --show-alias            Same as --resolve-alias
	-D, --show-depends          Only print module dependencies and exit
	    --json                  Print dependencies as JSON (use together with -D)
	-c, --showconfig            Print out known configuration and exit
	-c, --show-config           Same as --showconfig
	    --show-modversions      Dump module symbol version and exit
	    --dump-modversions      Same as --show-modversions
	    --show-exports          Only print module exported symbol versions and exit

General Options:
	-n, --dry-run               Do not execute operations, just print out
	-n, --show                  Same as --dry-run
	-C, --config=FILE           Use FILE instead of default search paths
	-d, --dirname=DIR           Use DIR as filesystem root for /lib/modules
	-S, --set-version=VERSION   Use VERSION instead of ` + "`uname -r`" + `
	-s, --syslog                print to syslog, not stderr
	-q, --quiet                 disable messages
	-v, --verbose               enables more messages
	-V, --version               show version
	-h, --help                  show this help
`

// Keys of options that have no short form.
const (
	keyRemoveHolders rune = iota + 2000
	keyFirstTime
	keyModversions
	keyExports
	keyJSON
)

var modprobeOptions = []longOption{
	{"all", false, 'a'},
	{"remove", false, 'r'},
	{"remove-dependencies", false, keyRemoveHolders},
	{"remove-holders", false, keyRemoveHolders},
	{"wait", true, 'w'},
	{"resolve-alias", false, 'R'},
	{"show-alias", false, 'R'},
	{"use-blacklist", false, 'b'},
	{"ignore-install", false, 'i'},
	{"ignore-remove", false, 'i'},
	{"showconfig", false, 'c'},
	{"show-config", false, 'c'},
	{"first-time", false, keyFirstTime},
	{"force", false, 'f'},
	{"force-modversion", false, keyForceModversion},
	{"force-vermagic", false, keyForceVermagic},
	{"show-depends", false, 'D'},
	{"show-modversions", false, keyModversions},
	{"dump-modversions", false, keyModversions},
	{"show-exports", false, keyExports},
	{"json", false, keyJSON},
	{"dry-run", false, 'n'},
	{"show", false, 'n'},
	{"config", true, 'C'},
	{"dirname", true, 'd'},
	{"set-version", true, 'S'},
	{"syslog", false, 's'},
	{"quiet", false, 'q'},
	{"verbose", false, 'v'},
	{"version", false, 'V'},
	{"help", false, 'h'},
}
