//go:build unix

package openfile

import (
	"io/fs"
	"os"
	"syscall"
)

// KeepOwner gives f the owner and the group that another file has. Systems without them
// ignore it.
func KeepOwner(f *os.File, other fs.FileInfo) error {
	want, ok := other.Sys().(*syscall.Stat_t)
	info, err := f.Stat()
	if err != nil || !ok {
		return err
	}
	if has, ok := info.Sys().(*syscall.Stat_t); ok && has.Uid == want.Uid && has.Gid == want.Gid {
		return nil
	}
	return f.Chown(int(want.Uid), int(want.Gid))
}
