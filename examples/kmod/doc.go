// Kmod is a drop-in for the tools of kmod, as one static binary: modprobe,
// insmod, rmmod, lsmod, modinfo and depmod. It is called by the name of the tool, as
// "kmod modprobe …" or through a link of that name:
//
//	go build -o bin/kmod ./examples/kmod
//	bin/kmod link bin
//	bin/modprobe -n -v xfs
//	bin/kmod modinfo -F firmware amdgpu
//	bin/kmod static-nodes --format=tmpfiles --output=/run/tmpfiles.d/static-nodes.conf
//	bin/kmod graph --mermaid xfs
//	bin/kmod sign --key signing_key.pem --cert signing_key.x509 driver.ko
//	bin/kmod verify --kernel /boot/vmlinuz-6.12.1 /lib/modules/6.12.1
//	bin/kmod diagnose xfs
//	bin/kmod check --symvers Module.symvers drivers/
//	bin/kmod check --kernel /boot/vmlinuz-6.12.1 drivers/
//	bin/kmod exports --symvers /boot/vmlinuz-6.12.1
//
// In Debian it takes the place of kmod's program, to which the links of that package
// lead; libkmod2 stays, as systemd and udev use it:
//
//	dpkg-divert --local --rename --divert /usr/bin/kmod.distrib --add /usr/bin/kmod
//	cp bin/kmod /usr/bin/kmod
//
// Options, output, messages and exit status follow the manual pages and kmod's
// behaviour. Where they differ, they do so on purpose.
//
// The commands of kmod, which "kmod --help" lists, are:
//
//	help          the list of commands
//	list          lsmod
//	static-nodes  the device nodes whose opening loads a module, in three formats
//	graph         draws what loading modules takes, for Graphviz or Mermaid
//	diagnose      says what would keep modules from being loaded
//	check         says whether module files would load on some kernel
//	exports       shows what a kernel exports, as its image says
//	sign          signs modules, or removes their signatures
//	verify        checks the signatures of modules
//	link          makes links by the names of the tools, and writes manual pages and completions
//	lsmod, rmmod, insmod, modinfo, modprobe, depmod
//
// kmod has the first three and the tools. If a command of kmod, or a module or file
// for graph, diagnose and check, does not exist, a line "Did you mean …?" has up to
// three names that are most similar. The other tools have kmod's words only, except
// that on a terminal a line follows when modprobe or insmod failed, with the call of
// "kmod diagnose" that explains it.
//
// The kernel starts its helper (/proc/sys/kernel/modprobe) without open descriptors.
// A program written in Go then opens /dev/null before its main function, and ends if
// there is none. An initramfs with kmod as /sbin/modprobe therefore needs that node,
// character device 1:3, in its archive: devtmpfs is mounted too late.
//
// The directories man and completions have the manual pages and the completion scripts
// that "kmod link" writes. Pages explain exactly the options that the tools have. The
// scripts ask "kmod complete", which is for them alone.
//
// # Differences: modprobe
//
//   - Each module is listed and loaded once, and named once by --resolve-alias.
//     All softdep lines of a module count, even if it has an install command; that
//     command runs. --ignore-install disables commands, but not soft dependencies.
//   - --showconfig prints valid configuration.
//   - --all without --verbose makes one plan for all modules, and inserts those
//     concurrently that do not depend on each other. Messages and exit status are
//     the same as one by one. Several files are loaded one by one.
//   - A module in the kernel counts as loaded, and can be removed, even if no file
//     or index has it. So does one that the kernel knows by another name than its
//     file's, such as nvidia-current.ko, which is nvidia: kmod says "File exists" to
//     a second load of it and to the load of what needs it, and finds nothing to
//     remove. --verbose shows its removal by the kernel's name.
//   - In install and remove commands, $CMDLINE_OPTS stands for the parameters
//     unchanged, anywhere in the command, as with kmod. The shell then reads them as
//     part of the command: it removes the double quotes from who="two words", so
//     that a modprobe in the command gets one argument and quotes the value again,
//     and it acts on $, ;, backquotes and the like, whether they come from the
//     configuration, the kernel command line or the arguments of modprobe. Users who
//     may not run commands as root must not be able to choose parameters of a module
//     with such a command. Quotes around $CMDLINE_OPTS do not help, as the
//     parameters may end them.
//   - A command that was ended by a signal has failed. Commands that call modprobe
//     endlessly end with an error; MODPROBE_DEPTH counts them. Their output comes
//     after the line that --verbose shows for them.
//   - MODPROBE_OPTIONS is passed on with the additions of the command line, quoted
//     where there are spaces; options from the environment are not repeated.
//   - --remove removes every dependency that has become unused. kmod looks at each
//     of them once, and leaves those that it meets before their last user is gone:
//     grace, netfs and sunrpc of nfsd and nfs.
//   - --remove-holders removes each module once. --wait fails when the time is
//     over. With --dry-run, modules that would be gone by then do not count as
//     users.
//   - Bad configuration is reported by --showconfig and when something is done,
//     not by dry runs and queries.
//   - Only regular files are modules; dry runs and queries of kmod list a directory
//     as one.
//   - --show-exports and --show-modversions accept a module's name as well as a
//     file. The versions in modules of Ubuntu's kernels, which kmod calls an invalid
//     argument, are shown.
//   - A parameter whose value has spaces is passed to the kernel in double quotes,
//     even if the value begins with a single quote, which means nothing to the
//     kernel. insmod does the same.
//   - If the patterns of an index or of alias lines take too much work for a name,
//     more than 16 steps for each byte of the file, that is an error that names the
//     file (kmod.ErrBudget). modinfo does the same. kmod has no such limit.
//
// # Differences: the other tools
//
//   - modinfo prints the build id, as versions of kmod after 34 do, and ignores the
//     case of a field's name if no field has exactly that name, as the manual page
//     says; a module that several matching aliases name is shown once.
//   - modinfo shows all fields of a built-in module. kmod omits those that come
//     after another module's, as the aliases of newer kernels do.
//   - modinfo reads the files it is given on all processors at once. That does not
//     change its output or the order of it.
//   - Files compressed with gzip and lz4 are modules too.
//   - insmod has --force-modversion and --force-vermagic, as modprobe does.
//   - Options of older versions are accepted without effect: -p of insmod, -u, -q
//     and -r of depmod. rmmod accepts the path of a module's file, as modprobe
//     --remove does.
//   - A kernel release is the name of a directory. Slashes after it, and "./"
//     before it, are ignored and not printed; kmod also accepts paths that lead
//     elsewhere. To depmod, as to kmod's, a release that begins with "./" is bad.
//   - rmmod also accepts the name of a module's file if the kernel knows the module
//     by another one. lsmod shows the kernel's names, and so does the field "name"
//     of modinfo.
//   - A tool whose output cannot be written has failed.
//   - On a terminal, modprobe and insmod end with how to call "kmod diagnose" if a
//     module that exists could not be loaded. There is nothing more in files, pipes
//     and the system log, with --quiet, or in the commands of the configuration.
//   - On a terminal, which is assumed to use UTF-8, control characters and other
//     invisible characters in module files, arguments and configuration are written
//     as in Go's strings (\x1b, \u009b, \r), and so are bytes that are not UTF-8.
//     Line ends and tabs stay; after a line end within a value or a message, two
//     tabs show that it continues. Files and pipes get every byte unchanged. The
//     output of the configuration's commands is their own.
//   - Messages of kmod's own library, which name lines of its source, only appear
//     for bad configuration and commands that fail.
//
// # Differences: static-nodes
//
//   - An entry of modules.devname is left out with a warning, and does not change the
//     exit status, if its name is absolute, has empty, "." or ".." elements or characters
//     that do not print, or its numbers are beyond 4095:1048575, which no device has.
//     kmod lists such nodes. In the format tmpfiles the same goes for names with percent
//     signs, backslashes and quotes, which stand for other names there.
//   - A line of 4096 bytes and more is one line, of which messages show the beginning.
//     kmod reads it in parts, as if they were lines. There are at most a thousand
//     messages of each kind, and one that says how many more there would be.
//   - If the output cannot be written, the exit status is 1 and the file is gone or, if
//     it was there before, empty. kmod leaves what had room, and exits with 0.
//   - If a directory is in the place of modules.devname, that is an error.
//   - --dirname and --set-version choose another root and release.
//
// # Differences: depmod
//
//   - The options are those of the newest kmod: -m names the directory of the
//     module directories, -o the directory for the files.
//   - A module that cannot be read is reported and left out, and the exit status
//     is 1. The same goes for names and paths that the index files cannot hold.
//     Dangling links, and links to a directory above them, are skipped and
//     reported, and the exit status is 0, as with kmod; but kmod follows the latter
//     until descriptors run out.
//   - If there are modules and none of them can be read, nothing is written and the
//     exit status is 1. The same goes if descriptors or memory run out, or the disk
//     fails: nothing is left out because of that.
//   - -E compares the versions in modules of Ubuntu's kernels (6.8 of 24.04), whose
//     records are of variable length; kmod says of all their symbols that they
//     differ. A module whose versions are in no known form gets a warning, and -E
//     does not compare them; the indexes have it like any other.
//   - Aliases and symbols that no index can hold are left out of the text files too.
//   - There are at most a thousand messages of each kind, and one that says how many
//     more there would be. --json has these numbers as "unlisted".
//   - A module with more than 16 MiB or 1,048,576 fields of .modinfo is left out, and
//     so are modules.builtin and modules.builtin.modinfo beyond these limits. If all
//     modules together state more than about four times what those of the largest
//     distributions do, or the files would have more than 128 MiB, nothing is
//     written: memory is bounded by some 400 MB plus twice the largest module.
//   - The files are replaced all at once, or not at all.
//   - Modules that modules.order does not list are in the order of their paths,
//     and modules.symbols is sorted, so that the files are always the same.
//   - Links below --basedir, including absolute ones, lead to files below it; so do
//     those of modprobe's --dirname and modinfo's --basedir. Links without a target
//     there are followed on the host, as kmod does, and so is a link to itself or to
//     a directory that contains it. --json lists the files that came from outside.
//     External directories are below --basedir too.
//   - Nothing is written outside --basedir and --outdir. If links lead the module
//     directory out of it, --show works, and writing is an error: kmod replaces the
//     indexes of the host.
//   - --quick also notices when modules are gone, renamed, or in another order, when
//     index files are missing, and when files of the kernel's build are newer. With
//     --show it prints what it would write.
//   - Every module that is part of a cycle is in a listed one, but not every cycle
//     is listed. kmod 30 lists some of them endlessly.
//   - -E supports the versions of long names, as Rust has them. kmod does not read
//     those of the extended form, and says of such symbols that they differ.
//   - Without modules.builtin, its index has no entries, instead of no bytes.
//   - With --symbol-prefix=_, __this_module exists as it does without.
//   - On a terminal, a bar shows the progress after half a second.
//
// # Verifying signatures
//
// "kmod verify" checks the signatures of module files, and of all modules in
// directories, against the certificates given with --cert and --kernel; see package
// modsig for the rules. A kernel may be in any form that boot loaders load, of any
// machine; if it cannot be unpacked the error says so, and how it is packed. The
// output lists the modules that are not verified with the reason, with --verbose
// also the others, and the exit status is 0 only if all are verified.
//
// # Signing
//
// "kmod sign" makes the signatures that sign-file of the kernel's build makes, in place, of
// module files and of all modules in directories. Each file is replaced at once and keeps
// its permissions and owner. In compressed files the module is signed, and packed again. A
// module that is signed already is signed anew, where sign-file would add a second
// signature; a file that is not a module is refused. With an expired certificate there is a
// warning. --strip removes signatures; --detached writes the signature to a file of its own,
// as sign-file -d does. Messages name the modules that are not signed, all others are, and
// the exit status is 1.
//
// # JSON
//
// "lsmod --json", "modinfo --json", "modprobe --show-depends --json",
// "depmod --json", "kmod verify --json", "kmod diagnose --json", "kmod check --json"
// and "kmod exports --json" print one JSON object a line. Field names are stable; more
// may be added.
//
// lsmod, an object for each module:
//
//	name, size (bytes), refcount (-1: none kept), holders, state, taint
//
// modinfo, an object for each module, whatever other options select:
//
//	name, filename or builtin
//	fields      for each field of the file except parameters, its values
//	parameters  name, type, description
//	build_id    hexadecimal
//	signature   id, signer, key, hash_algo, value
//
// modprobe, one object for all arguments, a [kmod.Plan]:
//
//	steps       action (insert, builtin, install, skip), module, params,
//	            options with their origin, command (module, text, params, origin),
//	            skip, reasons, needs, after, weak
//
// Without --show-depends, --json is an error, and nothing is loaded or removed.
//
// depmod, one object, instead of the files with --show:
//
//	release, dir, modules (their number)
//	unreadable  path, error
//	bad_versions  path, error: modules whose symbol versions cannot be read
//	missing     missing files of the kernel's build
//	host_files  path, target: files that links out of --basedir led to
//	replaced    module, path, by: files that others take precedence over
//	unresolved  module, path, symbol
//	mismatched  the same, by (none for the kernel), want, have: versions
//	duplicates  symbol, modules
//	cycles      lists of names
//	devnames    module, name: device nodes without numbers
//	bad_fields  module, path, field, value, error
//
// verify, an object for each module:
//
//	path, verified (true or false)
//	signer, key_type, hash_algo    of the certificate and the signature
//	issuer, serial or key_id       by which the signature names its key
//	reason      unsigned, unknown-key, bad-signature, expired, weak-digest,
//	            unsupported, damaged or unreadable
//	error       the same in full
//
// diagnose and check, an object for each argument or module file:
//
//	argument, loads, error (there is no diagnosis)
//	summary    the cause and what to do in one line, as diagnose prints first
//	suggestions  names that an unknown argument is similar to
//	modules    name, path, builtin
//	findings   kind, severity (note, might_fail, would_fail), module, path, text,
//	           advice, symbol, provider, parameter, want, got, source, origin
//	needs      modules whose symbols are used
//	unchecked  kind, what, why
//
// exports, an object for the kernel and, without --info, one for each symbol:
//
//	image, release, vermagic, build_id, machine, modversions (true or false)
//	exports       their number
//	certificates  subject, issuer, serial, key_type, not_before, not_after
//
//	symbol, crc, gpl_only (true or false), namespace
//
// # A kernel's image
//
// "kmod exports IMAGE" shows what a kernel exports to modules, with versions, licenses
// and namespaces, from nothing but the file that boot loaders load, of any machine.
// --symvers prints it as the Module.symvers of the kernel's build, in the form of that
// release; with the module directory in --modules it has the lines of the modules too.
// The lines are those of the build, in another order: first the image's in the order of
// its tables, then the modules' by path. --info shows release, vermagic, build id and
// certificates. With --kernel, "kmod check", "kmod diagnose" and "depmod -e" use an image
// in place of Module.symvers or System.map. diagnose, and check with --release, find that
// of an installed kernel themselves.
//
// # Diagnosing
//
// "kmod diagnose NAME" says what would keep a module from being loaded, before
// it is, and what to do about it: in one line first, and then in detail. It reads the
// running kernel if that has the same release, Module.symvers if the kernel's headers
// are installed, and the kernel's image otherwise. "kmod check" does so for module files
// and whole directories of them, for a kernel that need not be here. Their exit status
// is 1 if a module would not load.
//
// What is not known is "not checked", and does not count against a module: symbols
// that a kernel without KALLSYMS_ALL does not list, if there is no Module.symvers,
// and whether a readable signature belongs to its file, which "kmod verify" tells.
// A kernel that checks signatures refuses a file that was changed after it was
// signed even if it accepts unsigned ones.
package main
