package sys

import (
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// Removal watches files, to tell when nothing uses them any more after their
// last names were removed. The kernel reports it by inotify(7) when it releases
// the file, which it does only after the last path lookup in progress has left
// a symbolic link.
type Removal struct {
	events *os.File
	count  int
}

// WatchRemoval starts watching the files with these names; symbolic links are
// watched themselves. It never fails: Wait does not wait for a file that cannot
// be watched.
func WatchRemoval(names []string) *Removal {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return &Removal{}
	}
	r := &Removal{events: os.NewFile(uintptr(fd), "inotify")}
	for _, name := range names {
		if _, err := unix.InotifyAddWatch(fd, name, unix.IN_DELETE_SELF|unix.IN_DONT_FOLLOW); err == nil {
			r.count++
		}
	}
	return r
}

// Wait waits until all of the files are gone, at most for limit, and ends the
// watch. It reports whether they are gone.
func (r *Removal) Wait(limit time.Duration) bool {
	if r.events == nil {
		return false
	}
	// Closing takes the kernel tens of milliseconds, which nothing here needs
	// to wait for.
	defer func() { go r.events.Close() }()
	if r.events.SetReadDeadline(time.Now().Add(limit)) != nil {
		return false
	}
	// A file that is gone causes two events: that it was removed and that its
	// watch has ended. Events of watched files, unlike those of files in
	// watched directories, have no name and therefore always this size.
	for left := 2 * r.count; left > 0; {
		var buf [64 * unix.SizeofInotifyEvent]byte
		n, err := r.events.Read(buf[:])
		if err != nil || n == 0 {
			return false
		}
		left -= n / unix.SizeofInotifyEvent
	}
	return true
}
