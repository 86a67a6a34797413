// Package xz decodes and encodes .xz files held in memory, whole buffer to whole buffer.
//
// It follows the .xz file format specification, version 1.2.1
// (https://tukaani.org/xz/xz-file-format.txt). A file is
//
//	stream (stream | stream padding)*
//
// and a stream is
//
//	header   FD '7' 'z' 'X' 'Z' 00, flags (2 bytes), CRC32 of the flags
//	blocks   block header, LZMA2 chunks, padding to 4 bytes, check
//	index    00, count, (unpadded size, uncompressed size)..., padding, CRC32
//	footer   CRC32, size of the index, flags, 'Y' 'Z'
//
// Numbers in block headers and in the index are little-endian base 128, fixed
// fields are little-endian.
//
// It supports any number of streams and blocks, LZMA2 with up to three filters
// before it (delta and those for machine code), and the checks none, CRC32, CRC64
// and SHA-256. Everything a file carries is verified: all CRCs, all sizes, the
// index against the blocks and the check against the data. Anything else is an
// error that wraps [ErrUnsupported].
//
// The specification names the filters for machine code without describing them.
// The fields that they change follow from the instruction sets, and the
// exceptions from the output of the xz tool.
//
// Files are encoded in the one form that the kernel's decoder always knows: see [Encode].
//
// Input is untrusted. No size in a file leads to an allocation that the length
// of the input does not make plausible, and no output exceeds the caller's
// limit.
//
// All functions are safe for concurrent use.
package xz
