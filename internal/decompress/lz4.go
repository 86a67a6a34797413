package decompress

import (
	"bytes"
	"encoding/binary"
	"errors"

	"github.com/pierrec/lz4/v4"
)

// unlz4 appends the content of all frames of src to dst.
//
// Every call makes its own reader. One that is used again after a Reset can
// take data of the file before for a dictionary (version 4.1.33, legacy
// frames), so that damage goes unnoticed and content leaks from file to file.
// The large buffers are shared within the library all the same.
func unlz4(dst, src []byte, limit int64) ([]byte, error) {
	frames := lz4.NewReader(bytes.NewReader(src))
	defer frames.Reset(nil) // gives the buffers back
	if err := frames.Apply(lz4.ConcurrencyOption(1)); err != nil {
		return nil, unsupported(LZ4, err)
	}
	dst = reserve(dst, plausible(lz4Size(src), limit, len(src)))
	out, err := fill(dst, frames, limit)
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

// lz4Size returns the size that the first frame declares, or a guess where it
// declares none. The frame descriptor is a byte of flags, of which bit 3 says
// that the size is there, a byte about blocks, and the size in eight bytes.
func lz4Size(src []byte) int64 {
	const flags, size, hasSize = 4, 6, 1 << 3
	if len(src) >= size+8 && src[0] == 0x04 && src[flags]&hasSize != 0 {
		return int64(binary.LittleEndian.Uint64(src[size:]) &^ (1 << 63))
	}
	return 4 * int64(len(src))
}
