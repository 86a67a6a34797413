// Package modconf reads the configuration that modprobe(8) obeys: the files of
// modprobe.d(5), the soft and weak dependencies that depmod(8) extracts from
// modules, and the kernel command line; and the one of depmod(8), which are the
// files of depmod.d(5). It never fails: what cannot be read or understood becomes
// a [Warning], and the rest counts.
//
// # Files
//
// A folder gives its files named *.conf, except hidden ones. Of two files with
// the same name, the one in the folder of higher precedence hides the other;
// a link to /dev/null hides too and has nothing in it. All files are then read
// in the byte order of their names, whatever their folder, modules.softdep and
// modules.weakdep of the module directory among them, under those names and with
// the lowest precedence. The kernel command line comes last.
//
// # Lines
//
//	# comment                     only where the '#' is the line's first byte
//	alias PATTERN MODULE
//	blacklist MODULE
//	options MODULE PARAMETERS
//	install MODULE COMMAND
//	remove MODULE COMMAND
//	softdep MODULE pre: A B post: C
//	weakdep MODULE A B
//
// Words are separated by spaces and tabs; in a softdep or weakdep, what follows
// the module may use any white space of ASCII. The keyword counts only in lower
// case. A backslash joins a line with the next one, without anything in between;
// before any other byte it is dropped and that byte taken as it is, so that a
// command needs two for one. A NUL ends the line, as in the reference.
//
// Everything after the single separator that follows the module's name belongs
// to the parameters or the command, other white space included; in parameters, a
// tab is turned into a space. Words after the last that a line needs are ignored,
// as are those of a softdep before its first "pre:" or "post:". The keywords
// include and config are obsolete: they are reported and have no effect.
//
// The names of modules and patterns are normalised as by package modname, dashes
// inside of brackets kept; a name with an unmatched bracket makes the line bad.
// The modules that softdep and weakdep list remain as they are written, since
// they are looked up like any name that somebody asks for.
//
// # Kernel command line
//
// MODULE.PARAMETER and MODULE.PARAMETER=VALUE are options, and
// modprobe.blacklist=A,B is a blacklist. White space between quotes belongs to
// the value. An argument that is quoted as a whole counts as if only its value
// were. A name with a second dot, quotes or white space makes the argument none
// of ours, and quotes that are not closed end the line before their argument.
// What follows "--" counts too. Blanks end a value, even an empty one.
//
// # depmod.d
//
// Files and lines are as above, in folders of their own and without the module
// directory's files and the command line. Names are taken as they are written.
//
//	search DIR...                  also the words built-in and external
//	override NAME VERSION DIR
//	external VERSION DIR...
//	exclude NAME...
//	make_map_files yes|no          has no effect
//
// VERSION is "*" or a POSIX extended regular expression, [Kernels], that matches
// anywhere in the kernel release. The line reader takes one backslash away: "6\.1"
// is the expression 6.1.
//
// All search lines are one list, whose default is "updates built-in"; even one
// word replaces the default. A file has the position of the first entry that is
// a folder above it, at any depth, relative to the module directory, not that of
// the closest folder: after "search foo foo/bar" both are equal. A file that no
// entry covers has the position of "built-in"; without that word it comes after
// everything. Files of external folders have the position of "external"; without
// that word, that of "built-in". No other entry and no override covers them. Of
// files in equal positions, the one found first is the module. The entry counts
// as it is written: "foo/", "./foo" and "/foo" cover nothing and are reported.
//
// An override applies to the file whose path is DIR/NAME up to the first '.' of
// its last element: to no file in a folder below DIR, and to a-b.ko only if NAME
// is a-b, not a_b. Of two lines that apply, the later one wins; a line for a file
// that does not exist has no effect. An override wins over the search list.
//
// An exclude passes over files and folders of exactly that name, at any depth,
// also in external folders, as do build and source, which need no line. Neither
// patterns nor names with a '/' work.
//
// External folders are looked through after the module directory, in the order
// of the lines. Their names are not below a base directory such as that of
// "depmod -b".
//
// # Differences from kmod
//
// In depmod.d, kmod 30 takes only the first folder of an external line, stops at
// one that does not exist, and takes relative ones from the current directory;
// these are reported here. Of files in equal positions it takes the one found
// last, when a search entry covers both and built-in does not come before that
// entry; and so it does with files that one override names. Which one that is
// depends on the file system. It does not report bad expressions, of which it
// knows GNU's extensions too, nor entries that cannot have an effect.
//
// Carriage returns at the end of a line are ignored. A statement's line number
// is that of its first line, where kmod counts to its last. A backslash at the
// end of a file is dropped, where kmod puts a byte 255. A softdep counts in full
// however many blanks follow the module's name. The names in a
// modprobe.blacklist parameter are normalised like all others, may be quoted,
// and empty ones are ignored, as are options without a module or a parameter.
package modconf
