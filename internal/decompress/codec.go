package decompress

import "strconv"

// Codec is a compression format.
type Codec uint8

// The codecs.
const (
	// None stands for data that carries no known magic.
	None Codec = iota
	// Gzip is the format of .gz files.
	Gzip
	// XZ is the format of .xz files.
	XZ
	// Zstd is the format of .zst files.
	Zstd
	// LZ4 is the format of .lz4 files, both the frame and the legacy format.
	LZ4
)

// codecNames has the names in the order of the constants.
var codecNames = [...]string{"none", "gzip", "xz", "zstd", "lz4"}

// String returns the codec's name as /sys/module/compression spells it ("gzip",
// "xz" or "zstd"), otherwise "lz4" or "none".
func (c Codec) String() string {
	if int(c) < len(codecNames) {
		return codecNames[c]
	}
	return "codec " + strconv.Itoa(int(c))
}

// MagicSize is the number of bytes that Detect needs to recognize every codec.
const MagicSize = 6

// magics has the first bytes of each format. None is a prefix of another.
var magics = [...]struct {
	codec Codec
	bytes string
}{
	{Gzip, "\x1f\x8b"},
	{XZ, "\xfd7zXZ\x00"},
	{Zstd, "\x28\xb5\x2f\xfd"},
	{LZ4, "\x04\x22\x4d\x18"},
	{LZ4, "\x02\x21\x4c\x18"},
}

// Detect returns the codec of a file, given its first MagicSize bytes or all it
// has. It returns None for anything else, including zstd and lz4 files that
// begin with a skippable frame.
func Detect(head []byte) Codec {
	for _, m := range magics {
		if len(head) >= len(m.bytes) && string(head[:len(m.bytes)]) == m.bytes {
			return m.codec
		}
	}
	return None
}
