package sys

import (
	"bytes"
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// deviceEntries is what a directory of a device tree contains.
type deviceEntries struct {
	dirs             []string
	modalias, uevent bool
}

// list reads a directory.
func (v *deviceVisit) list(fd int) (list deviceEntries, err error) {
	for {
		var n int
		err := retry(func() (err error) { n, err = unix.Getdents(fd, v.entries); return err })
		if err != nil {
			return list, err
		}
		if n == 0 {
			return list, nil
		}
		list.add(fd, v.entries[:n])
	}
}

// The layout of a directory entry, struct linux_dirent64 of getdents64(2):
// inode, offset, then the length of the entry, its type, and the name with a NUL
// byte.
const (
	entryLength = 16
	entryType   = 18
	entryName   = 19
)

// add records the entries that getdents64(2) returned.
func (list *deviceEntries) add(fd int, entries []byte) {
	for len(entries) > entryName {
		length := int(binary.NativeEndian.Uint16(entries[entryLength:]))
		if length <= entryName || length > len(entries) {
			return
		}
		name := entries[entryName:length]
		if end := bytes.IndexByte(name, 0); end >= 0 {
			name = name[:end]
		}
		list.entry(fd, name, entries[entryType])
		entries = entries[length:]
	}
}

func (list *deviceEntries) entry(fd int, name []byte, kind byte) {
	if string(name) == "." || string(name) == ".." {
		return
	}
	if kind == unix.DT_UNKNOWN {
		kind = typeOf(fd, string(name))
	}
	switch {
	case kind == unix.DT_DIR:
		list.dirs = append(list.dirs, string(name))
	case kind != unix.DT_REG:
	case string(name) == "modalias":
		list.modalias = true
	case string(name) == "uevent":
		list.uevent = true
	}
}

// typeOf is for file systems that do not give the type in the entry.
func typeOf(fd int, name string) byte {
	var st unix.Stat_t
	if unix.Fstatat(fd, name, &st, unix.AT_SYMLINK_NOFOLLOW) != nil {
		return unix.DT_UNKNOWN
	}
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFDIR:
		return unix.DT_DIR
	case unix.S_IFREG:
		return unix.DT_REG
	}
	return unix.DT_UNKNOWN
}
