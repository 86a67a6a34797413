package decompress

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"

	"github.com/gokmod/gokmod/internal/window"
	"github.com/gokmod/gokmod/internal/xz"
	"github.com/pierrec/lz4/v4"
)

// Part is the compressed file at the start of data.
type Part struct {
	// Content is the unpacked part; on an error, what was unpacked until then.
	// Its memory can be reused for the next part.
	Content []byte

	// Size is the size of the part in bytes; on an error, how many were read.
	Size int
}

// Prefix unpacks the one gzip member, xz stream, zstd frame or legacy lz4 file
// at the start of src, whatever follows it. The lz4 frame format is not
// supported. Buffers, limits and errors are those of [Bytes], but no declared
// size leads to an allocation in advance, since src may be any data that
// happens to look like a magic number.
//
// A legacy lz4 file has no end mark. Here it ends with a block that is not full,
// or after a full one that is followed by nothing or by the size of the content,
// as the kernel's build appends it.
func Prefix(dst, src []byte, limit int64) (Part, error) {
	limit = max(limit, 0)
	switch codec := Detect(src); {
	case codec == Gzip:
		return gzipPrefix(dst[:0], src, limit)
	case codec == XZ:
		content, size, err := xz.DecodePrefix(dst, src, limit)
		return Part{content, size}, xzError(err, limit)
	case codec == Zstd:
		return zstdPrefix(dst[:0], src, limit)
	case isLegacyLZ4(src):
		return lz4Prefix(dst[:0], src, limit)
	default:
		return Part{Content: dst[:0]}, unsupported(codec, errors.New("its end cannot be determined"))
	}
}

func gzipPrefix(dst, src []byte, limit int64) (Part, error) {
	d := newGzipDecoder(window.Bytes(src), true)
	defer d.release()
	content, err := d.unpack(dst, limit)
	return Part{content, d.input.Pos()}, err
}

func zstdPrefix(dst, src []byte, limit int64) (Part, error) {
	frame := zstdFrames{exact: true}
	end, err := frame.frame(window.Bytes(src), 0)
	if err != nil {
		return Part{dst, end}, err
	}
	content, err := growZstd(dst, zstdFile{packed: src[:end]}, frame, limit)
	if err != nil { // the output is lost, but its largest size is known
		return Part{dst, end + int(min(frame.bound, limit))}, err
	}
	return Part{content, end}, nil
}

// The legacy format of lz4: a magic number, and blocks of a size in four bytes
// and that much data. Each block except the last has the same amount of
// content, as below.
const (
	lz4Legacy    = "\x02\x21\x4c\x18"
	lz4BlockSize = 8 << 20
)

func isLegacyLZ4(src []byte) bool { return bytes.HasPrefix(src, []byte(lz4Legacy)) }

func lz4Prefix(dst, src []byte, limit int64) (Part, error) {
	part := Part{dst, len(lz4Legacy)}
	for full := true; full; {
		if part.Size > len(lz4Legacy) && part.atLegacyEnd(src) {
			return part, nil
		}
		if len(src)-part.Size < 4 {
			return part, corrupt(LZ4, io.ErrUnexpectedEOF)
		}
		size := int64(binary.LittleEndian.Uint32(src[part.Size:]))
		part.Size += 4
		if size > int64(len(src)-part.Size) || size > int64(lz4.CompressBlockBound(lz4BlockSize)) {
			return part, corrupt(LZ4, errors.New("a block has an impossible size"))
		}
		had := len(part.Content)
		if need := int64(had + lz4BlockSize); need > int64(cap(part.Content)) {
			larger := max(need, 2*int64(had))
			if larger > share(limit) {
				larger = max(need, limit+lz4BlockSize)
			}
			part.Content = reserve(part.Content, larger)
		}
		n, err := lz4.UncompressBlock(src[part.Size:][:size], part.Content[had:had+lz4BlockSize])
		part.Size += int(size)
		if err != nil {
			return part, corrupt(LZ4, err)
		}
		if part.Content = part.Content[:had+n]; int64(had+n) > limit {
			return part, tooLarge(LZ4, limit)
		}
		full = n == lz4BlockSize
	}
	return part, nil
}

// atLegacyEnd reports whether a legacy lz4 file ends after a full block.
func (p *Part) atLegacyEnd(src []byte) bool {
	rest := src[p.Size:]
	return len(rest) == 0 || len(rest) >= 4 && binary.LittleEndian.Uint32(rest) == uint32(len(p.Content))
}
