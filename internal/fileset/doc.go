// Package fileset replaces several files of one folder at once, so that
// readers find the complete old set or the complete new one at every moment:
// also after a crash, kill -9 or a full disk, and with Options.Sync after a
// loss of power.
//
// # How
//
// A run makes a folder in the folder of the set:
//
//	.modules-0123456789abcdef/
//		new/      the new files
//		old/      the present files, as hard links or copies
//		current   symbolic link to old, later to new
//		staged/   what is about to be renamed to its place
//
// Each name of the set is replaced by a symbolic link to the same name in
// current, which reads as before; one rename turns current to new, the moment
// of the change; each link is replaced by the new file, which reads the same
// again; and the run's folder is removed. A name that is not in a set is a
// link that leads nowhere meanwhile: opening it fails with ENOENT, as it should,
// but listing the folder shows it.
//
// A reader that has come to a link before it was replaced must still get to the
// file. So before the folder is removed the run waits until the kernel has
// given up the links (0.2 seconds at most), which it does once nobody who came
// to them is still at it.
//
// # Promises to readers
//
// Every file is complete. All names stand for files of one set at every moment,
// so whoever opens several files gets one set unless the change comes between.
// To tell: open all, then look all names up again; if each still stands for the
// file that was opened (os.SameFile), they are of one set, since no name ever
// goes back to a file that it stood for before.
//
// Runs exclude each other by flock(2) on a file .modules-lock, which only the
// owner may open, and which the run removes at its end. The lock ends with the
// process, so whoever has it may clean up after all other runs. Anything but a file
// of that name makes room: a directory with anything in it is called .modules-lock.1
// from then on, or has the next number that is free.
//
// # Where that is not possible
//
// Without symbolic links (vfat) or locks (other systems than Linux, some network
// file systems) the new files are written completely and then renamed one after
// the other: each file is whole, but for a moment, or for good after a crash, some
// are old and some new. Without locks what such a crash leaves is not cleaned up
// either.
package fileset
