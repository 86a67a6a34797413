// Kmod is a drop-in for the tools of kmod, as one static binary: modprobe,
// insmod, rmmod, lsmod and modinfo. It is called by the name of the tool, as
// "kmod modprobe …" or through a link of that name:
//
//	go build -o kmod ./examples/kmod
//	ln -s kmod modprobe
//	./modprobe -n -v xfs
//	./kmod modinfo -F firmware amdgpu
//	./kmod graph --mermaid xfs
//
// Options, output, messages and exit status follow the manual pages and what
// kmod does. Where it differs, it does so on purpose.
//
// # Differences: modprobe
//
//   - Each module is listed and loaded once. All softdep lines of a module
//     count, and those of a module with an install command too; that command
//     runs. --ignore-install sets aside commands, but no soft dependencies.
//   - --showconfig prints valid configuration.
//   - --all without --verbose makes one plan for all modules, and inserts those
//     side by side that do not depend on each other. Messages and exit status
//     are those of one by one.
//   - A module that is in the kernel counts as such, and can be removed, even
//     if no file or index knows it.
//   - A command that a signal ended has failed. Commands that call modprobe for
//     ever end with an error; MODPROBE_DEPTH counts them. What they print comes
//     behind the line that --verbose shows for them.
//   - MODPROBE_OPTIONS is passed on with what the command line adds, quoted
//     where there are spaces; that of the environment is not repeated.
//   - --remove-holders removes each module once. --wait fails when the time is
//     over. With --dry-run, modules that would be gone by then do not count as
//     users.
//   - Bad configuration is reported by --showconfig and when something is done,
//     not by dry runs and queries.
//   - --show-exports and --show-modversions take a module's name as well as a
//     file.
//
// # Differences: the other tools
//
//   - modinfo prints the build id and compares the name of a field without
//     regard to case when no field has that very name; a parameter that has no
//     description reads "name: (type)" everywhere; a module that several
//     matching aliases name is shown once.
//   - modinfo reads the files it is given on all processors at once. What it
//     prints, and in which order, does not change by that.
//   - Files compressed with gzip and lz4 are modules too.
//   - insmod has --force as modprobe has.
//   - Messages of kmod's own library, which name lines of its source, are there
//     only for bad configuration and commands that fail.
//
// # JSON
//
// "lsmod --json", "modinfo --json" and "modprobe --show-depends --json" print
// one JSON object a line. Names of fields stay as they are; more may come.
//
// lsmod, an object for each module:
//
//	name, size (bytes), refcount (-1: none kept), holders, state, taint
//
// modinfo, an object for each module, whatever other options select:
//
//	name, filename or builtin
//	fields      for each field of the file, but for parameters, its values
//	parameters  name, type, description
//	build_id    hexadecimal
//	signature   id, signer, key, hash_algo, value
//
// modprobe, one object for all arguments, a [kmod.Plan]:
//
//	steps       action (insert, builtin, install, skip), module, params,
//	            options with their origin, command, skip, reasons, needs, after,
//	            weak
package main
