package decompress

import (
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/gokmod/gokmod/internal/window"
	"github.com/klauspost/compress/zstd"
)

// A block of a zstd frame, RFC 8878 section 3.1.1.2: a little-endian header of
// three bytes (bit 0 last block, bits 1-2 type, the rest size), then content.
const (
	zstdBlockHeader = 3
	zstdBlockMax    = 128 << 10 // content of one block
	zstdChecksum    = 4

	zstdRaw        = 0 // size bytes, stored
	zstdRLE        = 1 // one byte, size times
	zstdCompressed = 2 // size bytes, content of unknown size
)

// zstdFrames is what the frame and block headers of a file tell.
type zstdFrames struct {
	// bound is the most that the content can be, in bytes.
	bound int64
	// exact says that every frame declares its size; bound is their sum.
	exact bool
	// window is the largest window, in bytes.
	window uint64
}

// scanZstd reads all frame and block headers of src. It checks that no frame is
// cut off, that nothing else follows, and that no frame declares more than its
// blocks can hold, so that a declared size may be allocated.
func scanZstd(src *window.Window) (zstdFrames, error) {
	all := zstdFrames{exact: true}
	for off := 0; off < src.Size(); {
		end, err := all.frame(src, off)
		if err != nil {
			return all, err
		}
		off = end
	}
	return all, nil
}

// frame adds the frame at an offset and returns the offset of its end, or with an
// error how far it was read.
func (all *zstdFrames) frame(src *window.Window, off int) (int, error) {
	var h zstd.Header
	if err := h.Decode(src.From(off, zstd.HeaderMaxSize)); err != nil {
		if off > 0 && errors.Is(err, zstd.ErrMagicMismatch) {
			return off, trailing(Zstd, off)
		}
		return off, corrupt(Zstd, err)
	}
	if h.DictionaryID != 0 {
		return off, unsupported(Zstd, fmt.Errorf("it needs dictionary %d", h.DictionaryID))
	}
	if h.WindowSize > math.MaxInt {
		return off, unsupported(Zstd, fmt.Errorf("it needs a window of %d bytes", h.WindowSize))
	}
	all.window = max(all.window, h.WindowSize)
	at := off + h.HeaderSize
	if h.Skippable {
		return skip(src, at, int64(h.SkippableSize))
	}
	at, bound, err := zstdBlocks(src, at)
	if err != nil {
		return at, err
	}
	if h.HasCheckSum {
		end, err := skip(src, at, zstdChecksum)
		if err != nil {
			return at, err
		}
		at = end
	}
	if h.HasFCS {
		if h.FrameContentSize > uint64(bound) {
			return at, corrupt(Zstd, fmt.Errorf("the frame at offset %d declares more than it holds", off))
		}
		bound = int64(h.FrameContentSize)
	}
	all.exact = all.exact && h.HasFCS
	all.bound = min(all.bound+bound, math.MaxInt)
	return at, nil
}

// zstdBlocks reads the headers of a frame's blocks, the first at an offset. It
// returns the offset of their end, or with an error how far they were read, and
// the most that they can hold.
func zstdBlocks(src *window.Window, off int) (end int, bound int64, err error) {
	for {
		start := off
		b := src.From(off, zstdBlockHeader)
		if len(b) < zstdBlockHeader {
			return start, 0, corrupt(Zstd, io.ErrUnexpectedEOF)
		}
		off += zstdBlockHeader
		header := int64(b[0]) | int64(b[1])<<8 | int64(b[2])<<16
		size, content := header>>3, header>>3
		switch header >> 1 & 3 {
		case zstdRaw:
		case zstdRLE:
			size = 1
		case zstdCompressed:
			content = zstdBlockMax
		default:
			return start, 0, corrupt(Zstd, fmt.Errorf("the block at offset %d is of a reserved type", start))
		}
		if content > zstdBlockMax {
			return start, 0, corrupt(Zstd, fmt.Errorf("the block at offset %d is too large", start))
		}
		if off, err = skip(src, off, size); err != nil {
			return start, 0, err
		}
		if bound += content; header&1 != 0 {
			return off, bound, nil
		}
	}
}

// skip returns off+n, or an error if src ends before that.
func skip(src *window.Window, off int, n int64) (int, error) {
	if int64(src.Size()-off) < n {
		return 0, corrupt(Zstd, io.ErrUnexpectedEOF)
	}
	return off + int(n), nil
}
