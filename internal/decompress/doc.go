// Package decompress decompresses files held in memory: gzip, xz, zstd and lz4,
// recognized by their first bytes.
//
//	gzip         1F 8B               RFC 1952
//	xz           FD 37 7A 58 5A 00   the .xz file format
//	zstd         28 B5 2F FD         RFC 8878
//	lz4          04 22 4D 18         the LZ4 frame format
//	lz4, legacy  02 21 4C 18         the same document, section "Legacy frame"
//
// Input is untrusted. The output never exceeds the caller's limit, a size that
// a file declares is believed only as far as the length of the file makes it
// plausible, and every checksum and size in a file is verified.
//
// All buffers that a call makes for its output have together at most 17/16 of the
// limit plus one mebibyte, used or not; decoders take 20 MiB for lz4 and less
// than one for the others. gzip and lz4 data that is larger than believed is
// unpacked twice, zstd data of unknown size at most a third more than once; xz
// data is never unpacked twice. For zstd data of unknown size with a window
// beyond a limit of more than one mebibyte, [Bytes] also makes a copy of the
// packed frame.
//
// # Trailing data
//
// Several gzip members, xz streams, zstd frames or lz4 frames in a row are one
// file with their joined content, and skippable frames of zstd and lz4 are
// skipped. Zero bytes may follow gzip and xz data, a multiple of four for xz.
// Any other trailing data is an error: the reference tools report it, and it is
// not part of what was verified.
//
// A legacy lz4 file has neither an end mark nor a checksum. A file that was cut
// between two of its 8 MiB blocks cannot be told from a whole one. The size
// that the kernel's build appends to such files is accepted, as is a size of
// zero.
//
// All functions are safe for concurrent use.
package decompress
