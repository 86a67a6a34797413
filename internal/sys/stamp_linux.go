package sys

import (
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// StampOf returns the stamp of a regular file. It reports false for other
// files, and if the FileInfo does not come from this system, so that inode and
// change times are unknown.
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

// StampsIn gets the stamps of files in a directory, by name and without opening
// them, and calls found with each. Files that are not regular have the zero
// value. It stops at the first error of found.
func StampsIn(dir *os.File, names []string, found func(i int, s Stamp, err error) error) error {
	return withDescriptor(dir, func(fd int) error {
		for i, name := range names {
			s, err := stampIn(fd, name)
			if err := found(i, s, err); err != nil {
				return err
			}
		}
		return nil
	})
}

func stampIn(dir int, name string) (s Stamp, err error) {
	var st unix.Stat_t
	err = retry(func() error { return unix.Fstatat(dir, name, &st, unix.AT_SYMLINK_NOFOLLOW) })
	if err != nil || st.Mode&unix.S_IFMT != unix.S_IFREG {
		return s, err
	}
	s.Size, s.Inode = st.Size, st.Ino
	s.Mtime.Sec, s.Mtime.Nsec = st.Mtim.Unix()
	s.Ctime.Sec, s.Ctime.Nsec = st.Ctim.Unix()
	return s, nil
}
