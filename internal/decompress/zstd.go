package decompress

import (
	"bytes"
	"errors"
	"math"
	"math/bits"
	"sync"

	"github.com/gokmod/gokmod/internal/window"
	"github.com/klauspost/compress/zstd"
)

// zstdRetry is the factor by which the room for content of unknown size grows
// from one try to the next. All tries but the last together cost a third of it.
const zstdRetry = 4

// zstdDecoders has decoders that keep to the capacity of the buffer they are
// given and accept every window, since whole-buffer decoding needs none.
var zstdDecoders = sync.Pool{New: newZstdDecoder}

func newZstdDecoder() any {
	d, err := zstd.NewReader(nil,
		zstd.WithDecoderConcurrency(1),
		zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxWindow(1<<41),
		zstd.WithDecodeAllCapLimit(true))
	if err != nil {
		return err
	}
	return d
}

// unzstd appends the content of all frames of src to dst, which is empty.
func unzstd(dst []byte, src *window.Window, limit int64) ([]byte, error) {
	frames, err := scanZstd(src)
	if err != nil {
		return nil, err
	}
	left := limit
	if !src.InMemory() {
		left -= max(0, int64(src.Size())-max(limit/16, zstdFree))
	}
	if left < 0 || frames.exact && frames.bound > left {
		return nil, tooLarge(Zstd, limit)
	}
	packed := src.All(nil)
	if frames.exact {
		out, err := decodeZstd(roomFor(dst, frames.bound), packed, math.MaxInt64)
		return out, zstdError(err)
	}
	out, err := growZstd(dst, zstdFile{packed, !src.InMemory()}, frames, left)
	if errors.Is(err, ErrTooLarge) {
		err = tooLarge(Zstd, limit)
	}
	return out, err
}

// zstdFree is how many bytes of a file may be read into memory without leaving
// less for its content.
const zstdFree = 16 << 20

// largeZstd is the size of content from which a buffer must not be outgrown.
const largeZstd = 8 * zstdBlockMax

// zstdSlack is the room after the content with which the library copies 16 bytes at a
// time, which takes two thirds of the time. It writes there, but returns nothing of it.
const zstdSlack = 16

// roomFor returns dst with a capacity of size bytes and the slack. The library stays
// within that except for a block that it copies, for which it would make a larger buffer:
// if that would be expensive, there is room for one more block.
func roomFor(dst []byte, size int64) []byte {
	size += zstdSlack
	if size > largeZstd {
		size += zstdBlockMax
	}
	return reserve(dst, size)[:0:size]
}

// growZstd decodes frames that do not declare their size, with more and more
// room, but for at most limit bytes of content.
//
// The room has a block to spare: the library reports a full buffer in several
// ways, but never before it holds more than the room. A large room has two, as
// the last frame may have one block besides the one that exceeds it.
func growZstd(dst []byte, src zstdFile, frames zstdFrames, limit int64) ([]byte, error) {
	most := min(frames.bound, limit)
	room := plausible(most, most, len(src.packed))
	if room < most {
		room = min(room, share(most)/2)
	}
	room = min(most, max(room, int64(cap(dst))-zstdBlockMax))
	for {
		out, err := decodeWithin(dst, src, room)
		full := errors.Is(err, zstd.ErrDecoderSizeExceeded) || int64(len(out)) > room
		if err != nil && !full && room == most && frames.window > uint64(room) {
			out, err = decodeWithin(dst, src, widened(room))
			full = errors.Is(err, zstd.ErrDecoderSizeExceeded) || int64(len(out)) > most
		}
		switch {
		case err == nil && int64(len(out)) <= most:
			return out, nil
		case err == nil || full && room == most && frames.bound > most:
			return nil, tooLarge(Zstd, most)
		case room == most || !full && frames.window <= uint64(room): // otherwise the window was made too small
			return nil, zstdError(err)
		}
		if room *= zstdRetry; room > share(most)/2 {
			room = most
		}
	}
}

// decodeWithin decodes frames into that much room and the blocks to spare.
func decodeWithin(dst []byte, src zstdFile, room int64) ([]byte, error) {
	end := room + zstdBlockMax
	if room > largeZstd {
		end += zstdBlockMax
	}
	return decodeFrames(reserve(dst, end)[:0:end], src, room)
}

// widened is so much room that a window that was made to fit it is no smaller than room,
// though the size of a window has three bits of mantissa only.
func widened(room int64) int64 { return room + room/7 + 1 }

// zstdFile is a file in memory, which is this package's or the caller's.
type zstdFile struct {
	packed []byte
	ours   bool
}

// decodeFrames decodes a file one frame at a time, until there are more than most
// bytes of content: the library checks the bound only within each frame, and only for
// frames with a smaller window. A large buffer, which must not be outgrown, requires
// frames whose window was made smaller: content needs no larger window than itself.
func decodeFrames(dst []byte, file zstdFile, most int64) ([]byte, error) {
	for src := file.packed; len(src) > 0; {
		frame := zstdFrames{exact: true}
		end, err := frame.frame(window.Bytes(src), 0)
		if err != nil {
			return dst, err
		}
		packed, bound := src[:end], max(most-int64(len(dst)), zstdBlockMax)
		var descriptor byte
		switch {
		case frame.exact || frame.bound <= most-int64(len(dst)):
			bound = math.MaxInt64 // it ends within the room
		case frame.window <= uint64(bound):
		case most > largeZstd:
			if !file.ours {
				packed = bytes.Clone(packed)
			}
			descriptor = shrinkWindow(packed, uint64(bound))
		default:
			bound = int64(frame.window)
		}
		dst, err = decodeZstd(dst, packed, bound)
		if descriptor != 0 {
			packed[zstdWindowAt] = descriptor // there may be another try with more room
		}
		if err != nil {
			return dst, err
		}
		if int64(len(dst)) > most {
			return dst, zstd.ErrDecoderSizeExceeded
		}
		src = src[end:]
	}
	return dst, nil
}

// zstdWindowAt is the offset of the window descriptor in a frame that has one.
const zstdWindowAt = 5

// shrinkWindow gives a frame a window of at most the given size. A frame that does
// not declare its size has a window descriptor after the magic number and the frame
// descriptor: five bits of exponent and three of mantissa, RFC 8878 section
// 3.1.1.1.2. It returns the original descriptor.
func shrinkWindow(frame []byte, most uint64) (descriptor byte) {
	const least = 10 // log2 of the smallest window
	exponent := bits.Len64(most) - 1
	mantissa := (most - 1<<exponent) >> (exponent - 3)
	descriptor = frame[zstdWindowAt]
	frame[zstdWindowAt] = byte(exponent-least)<<3 | byte(mantissa)
	return descriptor
}

// decodeZstd decodes src into dst within its capacity, and ends after a block that
// exceeds most bytes.
func decodeZstd(dst, src []byte, most int64) ([]byte, error) {
	switch d := zstdDecoders.Get().(type) {
	case *zstd.Decoder:
		defer zstdDecoders.Put(d)
		if err := d.ResetWithOptions(nil, zstd.WithDecoderMaxMemory(uint64(most))); err != nil {
			return dst, err
		}
		return d.DecodeAll(src, dst)
	case error:
		return nil, d
	}
	return nil, errors.ErrUnsupported
}

// zstdError classifies the library's errors; nil stays nil.
func zstdError(err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, zstd.ErrUnknownDictionary) {
		return unsupported(Zstd, err)
	}
	return corrupt(Zstd, err)
}
