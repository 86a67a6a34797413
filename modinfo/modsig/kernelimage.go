package modsig

import (
	"bytes"
	"fmt"
	"io"

	"github.com/gokmod/gokmod/internal/kernelimage"
	"github.com/gokmod/gokmod/internal/openfile"
)

// maxKernel bounds a kernel image in bytes, unpacked.
const maxKernel = 512 << 20

// besides is the limit for what an image unpacks to, so that both together have at
// most 1.1 times the limit: a packed kernel hardly takes a tenth of that.
func besides(image []byte, limit int64) int64 {
	return max(0, min(limit, limit+limit/10-int64(len(image))))
}

// KernelCertificates finds the certificates that are built into a kernel: the
// one that its own modules are signed with, and those that the configuration
// adds (CONFIG_SYSTEM_TRUSTED_KEYS). The image is a vmlinux or whatever boot
// loaders take: a bzImage, an EFI zboot image, any other image of a kernel that is
// compressed with gzip, xz, zstd or legacy lz4 as a whole or within it. What else
// a kernel trusts when it runs, such as the keys of the machine's owner, is not in
// its image.
//
// An image may have 512 MiB, packed and unpacked; both together take at most 1.1 times
// that in memory.
//
// The error is an [*Error]. It wraps ErrKernelImage where the image is not that of
// a kernel or cannot be unpacked, so that nothing is known of its certificates,
// and ErrNoCertificate where it has none.
func KernelCertificates(r io.ReaderAt, size int64) ([]*Certificate, error) {
	data, err := readAll(nil, io.NewSectionReader(r, 0, size), size, maxKernel)
	if err != nil {
		return nil, err
	}
	image, err := kernelimage.Unpack(data, besides(data, maxKernel))
	if err != nil {
		return nil, &Error{Err: fmt.Errorf("%w: %w", ErrKernelImage, err)}
	}
	list := systemList(image)
	if list == nil && kernelimage.IsCut(image) {
		return nil, refuse(ErrKernelImage, "it ends before the kernel in it does")
	}
	if list == nil {
		return nil, refuse(ErrNoCertificate, "no list of certificates is built into the kernel")
	}
	return parseDER(bytes.Clone(list))
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
