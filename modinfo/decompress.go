package modinfo

import "github.com/gokmod/gokmod/internal/modfile"

// Decompress returns the uncompressed image of a module, given the contents of
// its file: packed itself if the file is not compressed. The error wraps
// ErrFormat or ErrTooLarge.
func Decompress(packed []byte, cfg *Config) ([]byte, error) {
	return modfile.Unpack(nil, packed, cfg.maxSize())
}
