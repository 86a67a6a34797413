package xz

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"strings"

	"github.com/gokmod/gokmod/internal/window"
)

const (
	headerSize = 12
	footerSize = 12

	headerMagic = "\xFD7zXZ\x00"
	footerMagic = "YZ"
)

// isXZ reports whether src starts with the magic bytes. It is false for fewer
// bytes than that.
func isXZ(src []byte) bool { return bytes.HasPrefix(src, []byte(headerMagic)) }

// streamHeader reads the stream header at the start of b, which lies at off, and
// returns the stream's check, which may be an unsupported one.
func streamHeader(b []byte, off int) (Check, error) {
	if !isXZ(b) {
		if len(b) > 0 && strings.HasPrefix(headerMagic, string(b[:min(len(b), len(headerMagic))])) {
			return 0, truncated(off, "stream header is cut off")
		}
		if off == 0 {
			return 0, &Error{Reason: "no magic bytes", Err: ErrFormat}
		}
		return 0, corrupt(off, "data that is not a stream follows a stream")
	}
	if len(b) < headerSize {
		return 0, truncated(off, "stream header is cut off")
	}
	if !crcMatches(b[6:headerSize]) {
		return 0, corrupt(off, "stream header CRC32 does not match")
	}
	return streamFlags(b[6:8], off+6)
}

// streamFlags reads the two bytes of flags in header and footer.
func streamFlags(b []byte, off int) (Check, error) {
	if b[0] != 0 || b[1]&0xF0 != 0 {
		return 0, unsupported(off, "unknown stream flags")
	}
	return Check(b[1]), nil
}

// streamFooter reads the footer at the start of b, which lies at off, and returns
// its size of the index and its check.
func streamFooter(b []byte, off int) (indexSize int64, check Check, err error) {
	if len(b) < footerSize {
		return 0, 0, truncated(off, "stream footer is cut off")
	}
	if string(b[10:footerSize]) != footerMagic {
		return 0, 0, corrupt(off+10, "stream footer has no magic bytes")
	}
	if binary.LittleEndian.Uint32(b) != crc32.ChecksumIEEE(b[4:10]) {
		return 0, 0, corrupt(off, "stream footer CRC32 does not match")
	}
	check, err = streamFlags(b[8:10], off+8)
	return (int64(binary.LittleEndian.Uint32(b[4:])) + 1) * 4, check, err
}

// padding returns the offset of the first byte at or after off that is not
// stream padding. Padding comes in multiples of four bytes.
func padding(src *window.Window, off int) (int, error) {
	end := off
	for b := src.From(end, 1); len(b) > 0; b = src.From(end, 1) {
		zeros := 0
		for zeros < len(b) && b[zeros] == 0 {
			zeros++
		}
		if end += zeros; zeros < len(b) {
			break
		}
	}
	if (end-off)%4 != 0 {
		return 0, corrupt(end, "stream padding is not a multiple of four bytes")
	}
	return end, nil
}
