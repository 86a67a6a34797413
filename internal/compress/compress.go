// Package compress packs module files in the forms that kernels and the tools of module
// trees read: gzip, xz, zstd and lz4. Package decompress describes the formats and reads
// them.
//
// All functions are safe for concurrent use.
package compress

import (
	"compress/gzip"
	"io"

	"github.com/gokmod/gokmod/internal/decompress"
	"github.com/gokmod/gokmod/internal/xz"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// Write writes an image to w as a file of the given codec. Such a file is one that the
// kernel can unpack, if it can unpack that codec. Besides the image it takes at most some
// 20 MiB, for xz and zstd also the size of the file.
func Write(w io.Writer, codec decompress.Codec, image []byte) error {
	var packed io.WriteCloser
	var err error
	switch codec {
	case decompress.Gzip:
		packed = gzip.NewWriter(w)
	case decompress.LZ4:
		packed, err = newLZ4(w, uint64(len(image)))
	case decompress.Zstd:
		return writeZstd(w, image)
	case decompress.XZ:
		_, err := w.Write(xz.Encode(nil, image))
		return err
	default:
		_, err := w.Write(image)
		return err
	}
	if err == nil {
		_, err = packed.Write(image)
	}
	if err == nil {
		err = packed.Close()
	}
	return err
}

// zstdWindow is the largest window in bytes: that of zstd's own default level.
const zstdWindow = 2 << 20

// writeZstd declares the size, from which the kernel takes how much memory it needs. The
// encoder is not used as an [io.Writer]: all its methods for streams would become a part of
// every program.
func writeZstd(w io.Writer, image []byte) error {
	e, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(zstdWindow),
		zstd.WithEncoderLevel(zstd.SpeedBetterCompression))
	if err == nil {
		_, err = w.Write(e.EncodeAll(image, nil))
	}
	return err
}

func newLZ4(w io.Writer, size uint64) (io.WriteCloser, error) {
	e := lz4.NewWriter(w)
	return e, e.Apply(lz4.SizeOption(size), lz4.CompressionLevelOption(lz4.Level3))
}
