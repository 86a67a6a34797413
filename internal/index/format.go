package index

// Values in a file; see the package documentation.
const (
	magic        = 0xB007F457
	majorVersion = 2
	minorVersion = 1
	headerSize   = 12
	refSize      = 4

	hasPrefix   = 0x80000000
	hasValues   = 0x40000000
	hasChildren = 0x20000000
	offsetMask  = 0x0FFFFFFF

	maxByte      = 0x7F // of a key
	minValueSize = 5    // priority and NUL
)

// MaxKey is the length of the longest key in bytes. The kernel builds aliases
// of up to 500 bytes and shows modaliases of up to one page of 4096.
const MaxKey = 4096

// MaxSize bounds a file in bytes: references reach no further.
const MaxSize = offsetMask
