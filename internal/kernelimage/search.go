package kernelimage

import (
	"bytes"
	"errors"

	"github.com/gokmod/gokmod/internal/decompress"
)

// magics begin packed kernels, in the formats that tell where their data ends.
var magics = [...]string{"\x1f\x8b\x08", "\xfd7zXZ\x00", "\x28\xb5\x2f\xfd", "\x02\x21\x4c\x18"}

// Bounds for the search in an arbitrary image: the total of bytes read and
// written in failed tries, as a multiple of the image's size plus a constant.
// Each try counts as a few bytes at least.
const (
	wasteFactor = 4
	wasteBase   = 64 << 20
	wasteMin    = 4 << 10
)

// weakTry is how many bytes of a stream must be unpacked before its failure
// means more than that a magic number occurred by chance.
const weakTry = 64 << 10

// search is the search for a packed kernel.
type search struct {
	data  []byte
	limit int64
	waste int64 // failed work that is still allowed, in bytes
	buf   []byte

	next   [len(magics)]int // next occurrence of each magic number
	failed error            // the error of the best try
	cost   int64            // of the best try
}

func newSearch(data []byte, limit int64) *search {
	s := &search{data: data, limit: limit, waste: wasteFactor*int64(len(data)) + wasteBase}
	for i := range s.next {
		s.next[i] = -1 // not searched for yet
	}
	return s
}

// kernel finds the packed kernel in an image that does not say where it is: a
// stream that unpacks completely and is a kernel then.
func (s *search) kernel() ([]byte, error) {
	for at := s.find(0); at < len(s.data); {
		part, failed, err := prefix(s.buf, s.data[at:], s.limit)
		if err == nil && isKernel(part.Content) {
			return part.Content, nil
		}
		cost := int64(len(part.Content)+part.Size) + failed
		s.note(at, cost, err)
		if s.waste -= max(cost, wasteMin); s.waste < 0 {
			return nil, &PackedError{"", errTooMany}
		}
		s.buf = part.Content
		if err != nil {
			part.Size = 1
		}
		at = s.find(at + part.Size)
	}
	return nil, s.verdict()
}

// errTooMany ends a fruitless search.
var errTooMany = errors.New("too much of the image looks like packed data that is not a kernel")

// find returns the next occurrence of a magic number at or after an offset.
func (s *search) find(from int) int {
	first := len(s.data)
	for i, magic := range magics {
		if s.next[i] < from {
			s.next[i] = len(s.data)
			if at := bytes.Index(s.data[from:], []byte(magic)); at >= 0 {
				s.next[i] = from + at
			}
		}
		first = min(first, s.next[i])
	}
	return first
}

// note keeps the error of the try that got furthest, or that needs an
// unsupported feature.
func (s *search) note(at int, cost int64, err error) {
	unsupported := errors.Is(err, errors.ErrUnsupported)
	if err == nil || cost < weakTry && !unsupported || cost <= s.cost {
		return
	}
	s.failed, s.cost = &PackedError{decompress.Detect(s.data[at:]).String(), err}, cost
}

// verdict returns the reason why no kernel was found.
func (s *search) verdict() error {
	if s.failed != nil {
		return s.failed
	}
	for _, f := range otherFormats {
		if bytes.Contains(s.data, []byte(f.magic)) {
			return &PackedError{f.how, errFormat}
		}
	}
	return ErrUnknown
}
