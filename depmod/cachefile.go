package depmod

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"strings"

	"github.com/gokmod/gokmod/internal/openfile"
)

// A cache file begins with the magic, the format's number, and the SHA-256 sum
// of everything that follows. The number changes with the format and with what
// package depmod reads from a module.
const (
	cacheMagic  = "gokmod depmod cache\n"
	cacheFormat = 2

	cacheHeader = len(cacheMagic) + 4 + sha256.Size

	// Bounds for reading and writing. The files of real kernels have some two
	// megabytes, thirty thousand strings and two hundred thousand numbers.
	maxCache   = 1 << 24
	maxStrings = 1 << 20
	maxNumbers = 1 << 22
)

var (
	errCache     = errors.New("it is not a cache of this version")
	errCacheSize = errors.New("the cache would be too large")
)

// readCache reads a cache file.
func readCache(name string) (*cacheData, error) {
	f, info, err := openfile.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	header := make([]byte, cacheHeader)
	if _, err := io.ReadFull(f, header); err != nil {
		return nil, err
	}
	sum, ok := bytes.CutPrefix(header, cachePreamble())
	if !ok || info.Size() > maxCache {
		return nil, errCache
	}
	var body strings.Builder
	hash := sha256.New()
	body.Grow(int(info.Size()))
	if _, err := io.CopyBuffer(io.MultiWriter(&body, hash), readerOnly{io.LimitReader(f, maxCache)}, make([]byte, 1<<16)); err != nil {
		return nil, err
	}
	if !bytes.Equal(hash.Sum(nil), sum) {
		return nil, errCache
	}
	return decodeCache(body.String())
}

// readerOnly hides all other methods.
type readerOnly struct{ io.Reader }

// cachePreamble is the part before the sum.
func cachePreamble() []byte {
	return binary.BigEndian.AppendUint32([]byte(cacheMagic), cacheFormat)
}

// writeCache replaces a cache file: readers see the old or the new one, and of
// several writers one wins.
func writeCache(name string, data *cacheData) error {
	body, err := encodeCache(data)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(body)
	return openfile.Replace(name, 0, false, func(f *os.File) error {
		_, err := f.Write(append(cachePreamble(), sum[:]...))
		if err == nil {
			_, err = f.Write(body)
		}
		return err
	})
}
