package decompress

import (
	"errors"
	"sync"

	"github.com/klauspost/compress/zstd"
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
		zstd.WithDecoderMaxMemory(1<<62),
		zstd.WithDecoderMaxWindow(1<<41),
		zstd.WithDecodeAllCapLimit(true))
	if err != nil {
		return err
	}
	return d
}

// unzstd appends the content of all frames of src to dst, which is empty.
func unzstd(dst, src []byte, limit int64) ([]byte, error) {
	frames, err := scanZstd(src)
	if err != nil {
		return nil, err
	}
	if frames.exact && frames.bound > limit {
		return nil, tooLarge(Zstd, limit)
	}
	most := min(frames.bound, limit)
	if frames.exact {
		out, err := decodeZstd(reserve(dst, most)[:0:most], src)
		return out, zstdError(err)
	}
	return growZstd(dst, src, most, frames.bound > most)
}

// growZstd decodes frames that do not declare their size, with more and more
// room but for at most so many bytes of content. The headers tell whether there
// can be more than that.
//
// The room has a block to spare: the library reports a full buffer in several
// ways, but never before it holds more than the room.
func growZstd(dst, src []byte, most int64, canExceed bool) ([]byte, error) {
	room := max(int64(cap(dst))-zstdBlockMax, plausible(most, most, len(src)))
	for {
		room = min(room, most)
		end := room + zstdBlockMax
		out, err := decodeZstd(reserve(dst, end)[:0:end], src)
		full := errors.Is(err, zstd.ErrDecoderSizeExceeded) || int64(len(out)) > room
		switch {
		case err == nil && int64(len(out)) <= most:
			return out, nil
		case err == nil || full && room == most && canExceed:
			return nil, tooLarge(Zstd, most)
		case !full || room == most:
			return nil, zstdError(err)
		}
		room *= zstdRetry
	}
}

// decodeZstd decodes src into dst within its capacity.
func decodeZstd(dst, src []byte) ([]byte, error) {
	switch d := zstdDecoders.Get().(type) {
	case *zstd.Decoder:
		defer zstdDecoders.Put(d)
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
