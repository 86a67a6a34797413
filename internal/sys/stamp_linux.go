package sys

import (
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// StampOf returns the stamp of a regular file. It reports false when the
// FileInfo does not come from this system, so that inode and times of change
// are not known, and for other files.
func StampOf(info fs.FileInfo) (Stamp, bool) {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok || !info.Mode().IsRegular() {
		return Stamp{}, false
	}
	s := Stamp{Size: st.Size, Inode: st.Ino}
	s.Mtime.Sec, s.Mtime.Nsec = st.Mtim.Unix()
	s.Ctime.Sec, s.Ctime.Nsec = st.Ctim.Unix()
	return s, true
}

// StampsIn returns the stamps of files in a folder, by name and without opening
// them. What is not a regular file, or not there, has the zero value.
func StampsIn(dir *os.File, names []string) []Stamp {
	stamps := make([]Stamp, len(names))
	_ = withDescriptor(dir, func(fd int) error { // nothing is known of a closed folder
		for i, name := range names {
			stamps[i] = stampIn(fd, name)
		}
		return nil
	})
	return stamps
}

func stampIn(dir int, name string) (s Stamp) {
	var st unix.Stat_t
	err := retry(func() error { return unix.Fstatat(dir, name, &st, unix.AT_SYMLINK_NOFOLLOW) })
	if err != nil || st.Mode&unix.S_IFMT != unix.S_IFREG {
		return s
	}
	s.Size, s.Inode = st.Size, st.Ino
	s.Mtime.Sec, s.Mtime.Nsec = st.Mtim.Unix()
	s.Ctime.Sec, s.Ctime.Nsec = st.Ctim.Unix()
	return s
}
