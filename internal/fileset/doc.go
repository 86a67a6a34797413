// Package fileset replaces several files of one directory at once, so that
// readers find the complete old set or the complete new one at every moment:
// even after a crash, kill -9 or a full disk, and with Options.Sync after a
// power failure.
//
// # How
//
// A run makes a directory in the set's directory:
//
//	.modules-0123456789abcdef/
//		new/      the new files
//		old/      the present files, as hard links or copies
//		current   symbolic link to old, later to new
//		staged/   entries about to be renamed into place
//
// Each name of the set is replaced by a symbolic link to the same name in
// current, which reads the same as before. One rename switches current to new,
// the moment of the change. Each link is replaced by the new file, which again
// reads the same, and the run's directory is removed. A name that is missing
// from a set is a dangling link meanwhile: opening it fails with ENOENT, as it
// should, but listing the directory shows it.
//
// A reader that has reached a link before it was replaced must still get to the
// file. So before its directory is removed, the run waits until the kernel has
// released the links (at most 0.2 seconds), which happens once all readers have
// left them.
//
// # Promises to readers
//
// Every file is complete. At every moment all names refer to files of one set,
// so a reader that opens several files gets one set unless the change comes in
// between. To check, it opens all files and then looks all names up again: if
// each still refers to the opened file (os.SameFile), they are of one set,
// since a name never goes back to an earlier file.
//
// Runs exclude each other by flock(2) on a file .modules-lock, which only the owner
// may open, and which the run removes at its end. The lock ends with the process, so
// its holder may clean up after all other runs. Anything else with that name is
// moved out of the way: a directory that is not empty is renamed to .modules-lock.1,
// or to the next free number.
//
// # File systems without links or locks
//
// Without symbolic links (vfat) or locks (systems other than Linux, some network
// file systems) the new files are written completely and then renamed one after
// the other: each file is whole, but for a moment, or permanently after a crash,
// some are old and some new. Without locks, the leftovers of such a crash are not
// cleaned up either.
package fileset
