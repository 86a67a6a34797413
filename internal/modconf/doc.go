// Package modconf reads the configuration of modprobe(8): the files of
// modprobe.d(5), the soft and weak dependencies that depmod(8) extracts from
// modules, and the kernel command line. It also reads the configuration of
// depmod(8), the files of depmod.d(5), and the lists of modules in modules-load.d(5).
// It never fails: what cannot be read or understood becomes a [Warning], and the rest
// counts.
//
// # Files
//
// A directory contributes its files named *.conf, except hidden ones. Of two
// files with the same name, the one in the directory of higher precedence hides
// the other; a link to /dev/null hides too and is empty. All files are then read
// in the byte order of their names, whatever their directory; modules.softdep
// and modules.weakdep of the module directory are among them, under those names
// and with the lowest precedence. The kernel command line comes last.
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
// Words are separated by spaces and tabs; in a softdep or weakdep line, any
// ASCII white space may separate the words after the module. Keywords are
// recognized in lower case only. A backslash joins a line to the next one,
// without anything in between; before any other byte it is dropped and that byte
// taken literally, so a command needs two for one. A NUL ends the line, as in
// the reference.
//
// Everything after the single separator that follows the module's name belongs to
// the parameters or the command, including further white space; in parameters, a
// tab becomes a space. Words beyond those that a line needs are ignored, and so
// are words of a softdep line before its first "pre:" or "post:". The keywords
// include and config are obsolete: they are reported and have no effect.
//
// The names of modules and patterns are normalised as by package modname, which
// keeps dashes inside brackets; a name with an unmatched bracket makes the line
// bad. The modules that softdep and weakdep list stay as they are written, since
// they are looked up like any requested name.
//
// # Kernel command line
//
// MODULE.PARAMETER and MODULE.PARAMETER=VALUE are options, and
// modprobe.blacklist=A,B is a blacklist. White space between quotes belongs to
// the value. An argument that is quoted as a whole counts as if only its value
// were. An argument whose name has a second dot, quotes or white space is
// ignored, and quotes that are not closed end the line before their argument.
// What follows "--" counts too. Blanks end a value, even an empty one.
//
// # depmod.d
//
// Files and lines are as above, in directories of their own and without the
// module directory's files and the command line. Names are taken as they are
// written.
//
//	search DIR...                  also the words built-in and external
//	override NAME VERSION DIR
//	external VERSION DIR...
//	exclude NAME...
//	make_map_files yes|no          has no effect
//
// VERSION is "*" or a POSIX extended regular expression, [Kernels], that matches
// anywhere in the kernel release. The line reader removes one backslash: "6\.1" is
// the expression 6.1.
//
// All search lines form one list, whose default is "updates built-in"; even one
// word replaces the default. A file has the position of the first entry that is
// a directory above it, at any depth, relative to the module directory, not that
// of the closest directory: after "search foo foo/bar" both are equal. A file
// that no entry covers has the position of "built-in"; without that word it
// comes last. Files of external directories have the position of "external";
// without that word, that of "built-in". No other entry and no override covers
// them. Of files in equal positions, the one found first is the module. Entries
// count as they are written: "foo/", "./foo" and "/foo" cover nothing and are
// reported.
//
// An override applies to the file whose path is DIR/NAME up to the first '.' of
// its last element: not to files in directories below DIR, and to a-b.ko only if
// NAME is a-b, not a_b. Of two lines that apply, the later one wins; a line for a
// file that does not exist has no effect. An override wins over the search list.
//
// An exclude skips files and directories of exactly that name, at any depth, in
// external directories too; build and source are always skipped. Neither
// patterns nor names with a '/' work.
//
// External directories are searched after the module directory, in the order of
// the lines. Their names are not relative to a base directory such as that of
// "depmod -b".
//
// # modules-load.d
//
// Files are found as above, in directories of their own and without the module
// directory's files. Each line names one module, by its name or an alias. White space
// around it does not count, nor do empty lines and those that begin with '#' or ';';
// a backslash has no meaning. modules_load=A,B on the kernel command line names more,
// which come first, and so does rd.modules_load=A,B in an initramfs. Of names that are
// repeated, the first one counts. Names with white space or other characters that do not
// print are reported and left out.
//
// # Differences from kmod
//
// In depmod.d, kmod 30 takes only the first directory of an external line, stops
// at one that does not exist, and takes relative ones from the current
// directory; these are reported here. Of files in equal positions it takes the
// one found last if a search entry covers both and built-in does not precede
// that entry, and likewise for files that one override names. Which one that is
// depends on the file system. It does not report bad expressions, in which it
// accepts GNU's extensions too, nor entries that cannot have an effect.
//
// Carriage returns at the end of a line are ignored. A statement's line number
// is that of its first line; kmod's is that of its last. A backslash at the end
// of a file is dropped; kmod replaces it with a byte 255. A softdep counts in
// full however many blanks follow the module's name. The names in a
// modprobe.blacklist parameter are normalised like all others and may be quoted;
// empty ones are ignored, and so are options without a module or a parameter.
package modconf
