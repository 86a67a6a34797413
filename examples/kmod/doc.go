// Kmod is a drop-in for the tools of kmod, as one static binary: modprobe,
// insmod, rmmod, lsmod and modinfo. It is called by the name of the tool, as
// "kmod modprobe …" or through a link of that name:
//
//	go build -o kmod ./examples/kmod
//	ln -s kmod modprobe
//	./modprobe -n -v xfs
//	./kmod modinfo -F firmware amdgpu
//
// Options, output, messages and exit status follow the manual pages and what
// kmod does. Where it differs, it does so on purpose:
//
//   - modinfo prints the build id and compares the name of a field without
//     regard to case when no field has that very name; a parameter that has no
//     description reads "name: (type)" everywhere; a module that several
//     matching aliases name is shown once.
//   - modinfo reads the files it is given on all processors at once. What it
//     prints, and in which order, does not change by that.
//   - Files compressed with gzip and lz4 are modules too.
//   - modprobe --show-exports and --show-modversions take a module's name as
//     well as a file, insmod has --force as modprobe has.
//   - modprobe removes the dependencies of a module users first, and lists or
//     loads a module that several matching aliases name once.
//   - Messages of kmod's own library, which name lines of its source, are not
//     there; the message of the tool that follows them is.
//
// Configuration (modprobe.d) is not read, nor are soft dependencies: modprobe
// takes -C, which has nothing to set aside, and does not offer the options -b,
// -c and -i, which have nothing to work on.
package main
