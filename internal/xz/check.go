package xz

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"hash/crc64"
)

// Check identifies the integrity check of a stream's data.
type Check uint8

// The checks that this package verifies.
const (
	CheckNone   Check = 0x0
	CheckCRC32  Check = 0x1
	CheckCRC64  Check = 0x4
	CheckSHA256 Check = 0xA
)

// String returns the name that the xz tool uses, or the number in hexadecimal.
func (c Check) String() string {
	switch c {
	case CheckNone:
		return "none"
	case CheckCRC32:
		return "crc32"
	case CheckCRC64:
		return "crc64"
	case CheckSHA256:
		return "sha256"
	}
	return fmt.Sprintf("check 0x%X", uint8(c))
}

func (c Check) supported() bool {
	return c == CheckNone || c == CheckCRC32 || c == CheckCRC64 || c == CheckSHA256
}

// size returns the size of a supported check in bytes.
func (c Check) size() int {
	switch c {
	case CheckCRC32:
		return crc32.Size
	case CheckCRC64:
		return crc64.Size
	case CheckSHA256:
		return sha256.Size
	}
	return 0
}

// verify reports whether sum, which has the check's size, is that of data.
func (c Check) verify(data, sum []byte) bool {
	switch c {
	case CheckCRC32:
		return binary.LittleEndian.Uint32(sum) == crc32.ChecksumIEEE(data)
	case CheckCRC64:
		return binary.LittleEndian.Uint64(sum) == crc64.Checksum(data, crc64.MakeTable(crc64.ECMA))
	case CheckSHA256:
		want := sha256.Sum256(data)
		return bytes.Equal(sum, want[:])
	}
	return true
}
