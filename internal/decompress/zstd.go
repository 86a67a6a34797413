package decompress

import (
	"bytes"
	"errors"
	"math"
	"math/bits"
	"sync"

	"github.com/klauspost/compress/zstd"

	"github.com/gokmod/gokmod/internal/window"
)

// zstdRetry is by how much the room for content of unknown size grows from one
// try to the next. All tries but the last cost a third of it together.
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

// zstdFree is how many bytes a file may have that is read into memory without
// leaving less for its content.
const zstdFree = 16 << 20

// largeZstd is the size of content from which on a buffer must not be outgrown.
const largeZstd = 8 * zstdBlockMax

// roomFor returns dst with a capacity of size bytes. The library ends within that but
// for a block that it copies, and then makes a larger buffer: where that would cost
// much there is room for one.
func roomFor(dst []byte, size int64) []byte {
	if size > largeZstd {
		size += zstdBlockMax
	}
	return reserve(dst, size)[:0:size]
}

// growZstd decodes frames that do not declare their size, with more and more
// room but for at most limit bytes of content.
//
// The room has a block to spare: the library reports a full buffer in several
// ways, but never before it holds more than the room. A large one has two, as the
// last frame may have a block beside the one with which that shows.
func growZstd(dst []byte, src zstdFile, frames zstdFrames, limit int64) ([]byte, error) {
	most := min(frames.bound, limit)
	room := plausible(most, most, len(src.packed))
	if room < most {
		room = min(room, share(most)/2)
	}
	room = min(most, max(room, int64(cap(dst))-zstdBlockMax))
	for {
		end := room + zstdBlockMax
		if room > largeZstd {
			end += zstdBlockMax
		}
		out, err := decodeFrames(reserve(dst, end)[:0:end], src, room)
		full := errors.Is(err, zstd.ErrDecoderSizeExceeded) || int64(len(out)) > room
		switch {
		case err == nil && int64(len(out)) <= most:
			return out, nil
		case err == nil || full && room == most && frames.bound > most:
			return nil, tooLarge(Zstd, most)
		case room == most || !full && frames.window <= uint64(room): // or the window was made too small
			return nil, zstdError(err)
		}
		if room *= zstdRetry; room > share(most)/2 {
			room = most
		}
	}
}

// zstdFile is a file in memory, which belongs to us or to the caller.
type zstdFile struct {
	packed []byte
	ours   bool
}

// decodeFrames decodes a file a frame at a time, until there are more than most bytes
// of content: the library looks at the bound only for each frame by itself, and only
// for frames with a smaller window. A large buffer, which must not be outgrown, is
// for frames whose window was made smaller: content needs no larger one than itself.
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
			packed[zstdWindowAt] = descriptor // there may be another try, with more room
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

// zstdWindowAt is where the window descriptor stands in a frame that has one.
const zstdWindowAt = 5

// shrinkWindow gives a frame a window of at most so many bytes. A frame that does not
// declare its size has a window descriptor behind the magic number and the descriptor
// of the frame: five bits of exponent and three of mantissa, RFC 8878 section
// 3.1.1.1.2. It returns the descriptor that was there.
func shrinkWindow(frame []byte, most uint64) (descriptor byte) {
	const least = 10 // log2 of the smallest window
	exponent := bits.Len64(most) - 1
	mantissa := (most - 1<<exponent) >> (exponent - 3)
	descriptor = frame[zstdWindowAt]
	frame[zstdWindowAt] = byte(exponent-least)<<3 | byte(mantissa)
	return descriptor
}

// decodeZstd decodes src into dst within its capacity, and ends behind a block with
// which there are more than most bytes.
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

// zstdError sorts the library's errors, of which nil is one.
func zstdError(err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, zstd.ErrUnknownDictionary) {
		return unsupported(Zstd, err)
	}
	return corrupt(Zstd, err)
}
