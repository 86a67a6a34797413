package modsig

import (
	"bytes"
	"encoding/binary"
	"io"
	"iter"
	"slices"

	"github.com/gokmod/gokmod/internal/cms"
	"github.com/gokmod/gokmod/internal/kernelimage"
	"github.com/gokmod/gokmod/internal/openfile"
)

// maxKernel bounds a kernel image in bytes, unpacked.
const maxKernel = 512 << 20

// KernelCertificates finds the certificates that are built into a kernel: the
// one that its own modules are signed with, and those that the configuration
// adds (CONFIG_SYSTEM_TRUSTED_KEYS). The image is a vmlinux, a vmlinuz of x86,
// or any that is compressed as a whole. What else a kernel trusts when it runs,
// such as the keys of the machine's owner, is not in its image.
//
// In the image the certificates stand in DER one after the other. Behind them
// and room for one more, if the configuration has that, follow two numbers of
// the machine's word size and byte order: their length, and that of the first
// of them, the modules' own. They are aligned to eight bytes, on some machines
// to 256 each. By these the certificates are found, since there may be others
// in a kernel that it does not trust, or even lists as revoked.
func KernelCertificates(r io.ReaderAt, size int64) ([]*Certificate, error) {
	data, failed := readAll(nil, io.NewSectionReader(r, 0, size), size, maxKernel)
	if failed != nil {
		return nil, failed
	}
	image, err := kernelimage.Unpack(data, maxKernel)
	if err != nil {
		return nil, &Error{Err: err}
	}
	for list := range certificateRuns(image) {
		if from, ok := list.systemList(); ok {
			return parseDER(bytes.Clone(image[from:list.to]))
		}
	}
	return nil, refuse(ErrNoCertificate, "no list of certificates is built into the kernel")
}

// ReadKernelCertificates is [KernelCertificates] for the image in a file, such as
// /boot/vmlinuz-6.12.1.
func ReadKernelCertificates(path string) ([]*Certificate, error) {
	f, info, err := openfile.Open(path)
	if err != nil {
		return nil, &Error{Path: path, Err: err}
	}
	defer f.Close()
	certs, err := KernelCertificates(f, info.Size())
	if err != nil {
		return nil, err.(*Error).in(path)
	}
	return certs, nil
}

// certificateRun is a row of certificates.
type certificateRun struct {
	image    []byte
	from, to int
	ends     []int // where each ends
}

// tbsStart is how the signed part of a certificate of version 3 begins, behind
// its tag and length.
const tbsStart = "\xa0\x03\x02\x01\x02\x02"

// Bounds for the search: places where a certificate might begin, of which real
// kernels have a handful, and the size of a certificate.
const (
	maxTries   = 256
	maxBuiltin = 64 << 10
)

// certificateRuns finds the rows of certificates in an image.
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

// runAround finds the row of certificates whose first one has tbsStart at hit.
// Its two headers before that have two to four bytes each.
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

// maxReserved bounds the room for one more certificate that a kernel may have
// behind its list (CONFIG_SYSTEM_EXTRA_CERTIFICATE_SIZE).
const maxReserved = 1 << 20

// systemList returns where in a row the list of trusted certificates begins, if
// the numbers behind the row are those of such a list.
func (run certificateRun) systemList() (from int, ok bool) {
	for _, at := range run.places() {
		for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
			for _, size := range []int{8, 4} {
				if from, ok = run.numbers(at, size, order); ok {
					return from, true
				}
			}
		}
	}
	return 0, false
}

// places lists where the first number may stand: at the next multiple of eight,
// or of 256 where an assembler means that by an alignment of 8; and likewise
// behind the room for one more certificate, which ends with a number of four
// bytes that says how much of it is used.
func (run certificateRun) places() []int {
	places := []int{alignUp(run.to, 8), alignUp(run.to, 256)}
	behind := run.image[run.to:min(len(run.image), run.to+maxReserved)]
	zeros := len(behind) - len(bytes.TrimLeft(behind, "\x00"))
	if zeros == len(behind) {
		return places
	}
	first := run.to + zeros // byte that is not zero, of a number of any size
	return append(places, first&^7, first&^3, alignUp(first+4, 8), alignUp(first+4, 256))
}

// alignUp rounds an offset up to a multiple of a power of two.
func alignUp(at, multiple int) int { return (at + multiple - 1) &^ (multiple - 1) }

// numbers is list for the numbers at an offset. The second one is aligned like
// the first.
func (run certificateRun) numbers(at, size int, order binary.ByteOrder) (from int, ok bool) {
	for _, next := range []int{at + size, at + 8, at + 256} {
		if next+size > len(run.image) {
			break
		}
		if from, ok = run.list(word(run.image[at:][:size], order), word(run.image[next:][:size], order)); ok {
			return from, true
		}
	}
	return 0, false
}

// word reads a number of four or eight bytes.
func word(b []byte, order binary.ByteOrder) uint64 {
	if len(b) == 4 {
		return uint64(order.Uint32(b))
	}
	return order.Uint64(b)
}

// list returns where the last certificates of the row begin that have that
// length together, if one or more at their start have the other one.
func (run certificateRun) list(length, first uint64) (from int, ok bool) {
	if first == 0 || first > length || length > uint64(run.to-run.from) {
		return 0, false
	}
	from = run.to - int(length)
	begins := from == run.from || slices.Contains(run.ends, from)
	return from, begins && slices.Contains(run.ends, from+int(first))
}
