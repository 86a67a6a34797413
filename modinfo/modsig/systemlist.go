package modsig

import (
	"bytes"
	"encoding/binary"
	"iter"
	"slices"

	"github.com/gokmod/gokmod/internal/cms"
	"github.com/gokmod/gokmod/internal/kernelversion"
)

// systemList finds the list of trusted certificates in an unpacked kernel of a release,
// nil if there is none.
//
// The certificates are in DER one after the other. After them, and after room for
// one more if the configuration has that, come numbers of the machine's word size
// and byte order: the length of the certificates, and since Linux 5.13 that of the
// first of them, the modules' own. They are aligned to eight bytes, on some
// machines to 256 each. The certificates are found by these numbers, since a
// kernel may contain others that it does not trust, or even lists as revoked. The
// list of revoked ones, which is as old as the second number, is followed by its
// length only.
func systemList(kernel []byte, release string) []byte {
	for run := range certificateRuns(kernel) {
		if from, ok := run.systemList(run.pair); ok {
			return kernel[from:run.to]
		}
	}
	if !kernelversion.Before(release, 5, 13) {
		return nil
	}
	for run := range certificateRuns(kernel) {
		if from, ok := run.systemList(run.single); ok {
			return kernel[from:run.to]
		}
	}
	return nil
}

// certificateRun is a sequence of adjacent certificates.
type certificateRun struct {
	image    []byte
	from, to int
	ends     []int // where each ends
}

// tbsStart begins the signed part of a certificate of version 3, after its tag
// and length.
const tbsStart = "\xa0\x03\x02\x01\x02\x02"

// Bounds for the search: places where a certificate might begin, of which real
// kernels have a handful, and the size of a certificate.
const (
	maxTries   = 256
	maxBuiltin = 64 << 10
)

// certificateRuns finds the runs of certificates in an image.
func certificateRuns(image []byte) iter.Seq[certificateRun] {
	return func(yield func(certificateRun) bool) {
		at := 0
		for range maxTries {
			next := bytes.Index(image[at:], []byte(tbsStart))
			if next < 0 {
				return
			}
			hit := at + next
			at = hit + len(tbsStart)
			run, ok := runAround(image, hit)
			if ok && !yield(run) {
				return
			}
			at = max(at, run.to)
		}
	}
}

// runAround finds the run of certificates whose first one has tbsStart at hit.
// The two headers before that have two to four bytes each.
func runAround(image []byte, hit int) (certificateRun, bool) {
	for inner := 2; inner <= 4; inner++ {
		for outer := 2; outer <= 4; outer++ {
			from := hit - inner - outer
			if from < 0 || image[from] != 0x30 || image[from+outer] != 0x30 {
				continue
			}
			run := certificateRun{image: image, from: from, to: from}
			for rest := image[from:]; len(rest) > 0 && len(run.ends) < maxCertificates; {
				cert, _, err := cms.ParseCertificate(rest[:min(len(rest), maxBuiltin)])
				if err != nil {
					break
				}
				run.to += len(cert.Raw)
				run.ends, rest = append(run.ends, run.to), rest[len(cert.Raw):]
			}
			if run.to > hit {
				return run, true
			}
		}
	}
	return certificateRun{}, false
}

// maxReserved bounds the room for one more certificate that may follow a
// kernel's list (CONFIG_SYSTEM_EXTRA_CERTIFICATE_SIZE).
const maxReserved = 1 << 20

// systemList returns where in a run the list of trusted certificates begins, if
// the numbers after the run are those of such a list. They are read at an offset.
// The number that says how much of the room for one more certificate is used can
// pass for the length of a shorter list.
func (run certificateRun) systemList(
	numbers func(at, size int, order binary.ByteOrder) (int, bool),
) (from int, ok bool) {
	for _, at := range run.places() {
		for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
			for _, size := range []int{8, 4} {
				if begin, found := numbers(at, size, order); found && (!ok || begin < from) {
					from, ok = begin, true
				}
			}
		}
	}
	return from, ok
}

// maxAlignment is the alignment of the numbers in bytes if an assembler, such as
// that for mips, takes the 8 in the kernel's source for a power of two.
const maxAlignment = 256

// places lists where the first number may be: at the next multiple of eight, or of
// 256 as some assemblers align; and likewise after the room for one more
// certificate, which ends with a number of four bytes that says how much of it is
// used.
func (run certificateRun) places() []int {
	places := []int{alignUp(run.to, 8), alignUp(run.to, maxAlignment)}
	behind := run.image[run.to:min(len(run.image), run.to+maxReserved)]
	zeros := len(behind) - len(bytes.TrimLeft(behind, "\x00"))
	if zeros == len(behind) {
		return places
	}
	first := run.to + zeros // the first nonzero byte, of a number of any size
	used := first &^ 3
	return append(places, first&^7, used, alignUp(used+4, 8), alignUp(used+4, maxAlignment))
}

// alignUp rounds an offset up to a multiple of a power of two.
func alignUp(at, multiple int) int { return (at + multiple - 1) &^ (multiple - 1) }

// pair is list for two numbers at an offset. The second one is aligned like the
// first.
func (run certificateRun) pair(at, size int, order binary.ByteOrder) (from int, ok bool) {
	for _, next := range []int{at + size, at + 8, at + maxAlignment} {
		if next+size > len(run.image) {
			break
		}
		if from, ok = run.list(at, word(run.image[at:][:size], order), word(run.image[next:][:size], order)); ok {
			return from, true
		}
	}
	return 0, false
}

// single is list for one number at an offset.
func (run certificateRun) single(at, size int, order binary.ByteOrder) (from int, ok bool) {
	if at+size > len(run.image) {
		return 0, false
	}
	return run.begin(at, word(run.image[at:][:size], order))
}

// word reads a number of four or eight bytes.
func word(b []byte, order binary.ByteOrder) uint64 {
	if len(b) == 4 {
		return uint64(order.Uint32(b))
	}
	return order.Uint64(b)
}

// list returns where the last certificates of the run begin that together have
// the given length, if one or more at their start have the other length. The
// length is the number at an offset.
func (run certificateRun) list(at int, length, first uint64) (from int, ok bool) {
	if from, ok = run.begin(at, length); !ok || first == 0 || first > length {
		return 0, false
	}
	return from, slices.Contains(run.ends, from+int(first))
}

// begin returns where the last certificates of the run begin that together have
// the given length. The length is the number at an offset; the assembler for
// mips includes the padding that aligns it.
func (run certificateRun) begin(at int, length uint64) (from int, ok bool) {
	for _, end := range []int{run.to, at} {
		if length == 0 || length > uint64(end-run.from) || end-run.to >= maxAlignment {
			continue
		}
		from = end - int(length)
		if from == run.from || from < run.to && slices.Contains(run.ends, from) {
			return from, true
		}
	}
	return 0, false
}
