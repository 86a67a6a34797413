// Package modconf reads the configuration that modprobe(8) obeys: the files of
// modprobe.d(5), the soft and weak dependencies that depmod(8) extracts from
// modules, and the kernel command line. It never fails: what cannot be read or
// understood becomes a [Warning], and the rest counts.
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
// # Differences from kmod
//
// Carriage returns at the end of a line are ignored. A statement's line number
// is that of its first line, where kmod counts to its last. A backslash at the
// end of a file is dropped, where kmod puts a byte 255. A softdep counts in full
// however many blanks follow the module's name. The names in a
// modprobe.blacklist parameter are normalised like all others, may be quoted,
// and empty ones are ignored, as are options without a module or a parameter.
package modconf
