package sys

import "golang.org/x/sys/unix"

// learn finds out whether one call lists a directory of the top's file system if there is
// room for all of it. Others, such as FUSE, may return less than they could.
func (w *deviceWalk) learn(top int) {
	var fs unix.Statfs_t
	if unix.Fstatfs(top, &fs) != nil {
		return
	}
	switch uint32(fs.Type) {
	case unix.SYSFS_MAGIC, unix.TMPFS_MAGIC, unix.RAMFS_MAGIC, unix.EXT4_SUPER_MAGIC:
		w.whole = true
	}
}

// open opens a directory. If the file system of the one that it lies in is known, so is
// its own, unless another is mounted there.
func (w *deviceWalk) open(in *deviceDir, path string) (*deviceDir, error) {
	dir, name := &deviceDir{name: path, depth: in.depth + 1}, in.child(path)
	var err error
	if in.known {
		if dir.fd, err = openWithin(in.fd, name); err == nil {
			dir.known = true
			return dir, nil
		}
	}
	dir.fd, err = openDir(in.fd, name)
	return dir, err
}

// openWithin opens a directory that lies in one of the same file system; openat2(2).
func openWithin(at int, name string) (fd int, err error) {
	how := unix.OpenHow{
		Flags:   unix.O_DIRECTORY | unix.O_NOFOLLOW | unix.O_RDONLY | unix.O_CLOEXEC | unix.O_LARGEFILE,
		Resolve: unix.RESOLVE_NO_XDEV,
	}
	err = retry(func() error {
		fd, err = unix.Openat2(at, name, &how)
		return err
	})
	return fd, err
}
