package decompress

import (
	"encoding/binary"
	"errors"
	"io"

	"github.com/gokmod/gokmod/internal/window"
	"github.com/pierrec/lz4/v4"
)

// unlz4 appends the content of all frames of src to dst.
//
// Each call makes its own reader. One that is reused after a Reset can take
// data of the previous file for a dictionary (version 4.1.33, legacy frames),
// so that damage goes unnoticed and content leaks from file to file. The large
// buffers are shared within the library all the same.
func unlz4(dst []byte, src *window.Window, limit int64) ([]byte, error) {
	var input window.Reader
	frames := lz4.NewReader(&input)
	defer func() { frames.Reset(nil) }() // returns the buffers to their pool
	open := func() io.Reader {
		frames.Reset(nil)
		input.Reset(src)
		frames = lz4.NewReader(&input)
		return frames
	}
	out, err := unpackStream(dst, lz4Size(src), limit, src.Size(), open)
	switch {
	case err == nil:
		return out, nil
	case err == errLimit:
		return nil, tooLarge(LZ4, limit)
	case errors.Is(err, lz4.ErrOptionInvalidBlockSize):
		return nil, corrupt(LZ4, errors.New("a block has an impossible size"))
	}
	return nil, corrupt(LZ4, err)
}

// lz4Size returns the size that the first frame declares, or a guess if it
// declares none. The frame descriptor is a byte of flags, of which bit 3 says
// that the size is present, a byte about blocks, and the size in eight bytes.
func lz4Size(src *window.Window) int64 {
	const flags, size, hasSize = 4, 6, 1 << 3
	b := src.From(0, size+8)
	if len(b) >= size+8 && b[0] == 0x04 && b[flags]&hasSize != 0 {
		return int64(binary.LittleEndian.Uint64(b[size:]) &^ (1 << 63))
	}
	return 4 * int64(src.Size())
}
