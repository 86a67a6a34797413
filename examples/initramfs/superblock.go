package main

import (
	"encoding/hex"
	"io"
)

// superblocks are the magic bytes of file systems, with their offset on the
// device, and the offset of the UUID, 0 for those that have none. See the
// kernel's Documentation/filesystems.
var superblocks = [...]struct {
	fstype, mark string
	at, uuid     int64
}{
	{"ext4", "\x53\xef", 0x438, 0x468},
	{"xfs", "XFSB", 0, 32},
	{"btrfs", "_BHRfS_M", 0x10040, 0x10020},
	{"f2fs", "\x10\x20\xf5\xf2", 0x400, 0x46c},
	{"erofs", "\xe2\xe1\xf5\xe0", 0x400, 0x430},
	{"squashfs", "hsqs", 0, 0},
	{"iso9660", "CD001", 0x8001, 0},
}

// identify returns which file system is on a device, "" if it is none of these,
// and its UUID.
func identify(device io.ReaderAt) (fstype, uuid string) {
	for _, s := range superblocks {
		if string(readAt(device, s.at, len(s.mark))) != s.mark {
			continue
		}
		if s.uuid != 0 {
			uuid = formatUUID(readAt(device, s.uuid, 16))
		}
		return s.fstype, uuid
	}
	return "", ""
}

// readAt reads n bytes, or as many as there are.
func readAt(device io.ReaderAt, at int64, n int) []byte {
	b := make([]byte, n)
	got, _ := device.ReadAt(b, at)
	return b[:got]
}

// formatUUID formats 16 bytes as a UUID.
func formatUUID(b []byte) string {
	if len(b) != 16 {
		return ""
	}
	s := hex.EncodeToString(b)
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}
