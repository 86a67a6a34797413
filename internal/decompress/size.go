package decompress

import (
	"encoding/binary"

	"github.com/gokmod/gokmod/internal/window"
	"github.com/gokmod/gokmod/internal/xz"
)

// Size returns how many bytes of content src, a whole file in any of the formats,
// declares, without decoding it. known is false if the file does not declare it.
// The size may be wrong for a file that is damaged or hostile: [Bytes] relies on
// its limit alone.
func Size(src []byte) (size int64, known bool) {
	switch Detect(src) {
	case None:
		return int64(len(src)), true
	case XZ:
		size, err := xz.Size(src)
		return size, err == nil
	case Zstd:
		frames, err := scanZstd(window.Bytes(src))
		return frames.bound, err == nil && frames.exact
	case Gzip:
		return gzipSize(window.Bytes(src))
	}
	return 0, false
}

// gzipSize is the number at the file's end, the size of the last member modulo
// 2^32. Files of several members are rare.
func gzipSize(src *window.Window) (int64, bool) {
	const length = 4
	if src.Size() < length {
		return 0, false
	}
	end := src.From(src.Size()-length, length)
	if len(end) < length {
		return 0, false
	}
	return int64(binary.LittleEndian.Uint32(end)), true
}
