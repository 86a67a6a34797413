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

// besides is the limit for unpacking an image, so that both together take at most
// 1.1 times the limit: a packed kernel rarely takes a tenth of that.
func besides(image []byte, limit int64) int64 {
	return max(0, min(limit, limit+limit/10-int64(len(image))))
}

// KernelCertificates finds the certificates that are built into a kernel: the one
// that its own modules are signed with, and those that the configuration adds
// (CONFIG_SYSTEM_TRUSTED_KEYS). The image is a vmlinux or anything that boot
// loaders load: a bzImage, an EFI zboot image, any other kernel image that is
// compressed with gzip, xz, zstd or legacy lz4 as a whole or in part. Other keys
// that a running kernel trusts, such as those of the machine's owner, are not in
// its image.
//
// An image may have 512 MiB, packed and unpacked; both together take at most 1.1 times
// that in memory.
//
// The error is an [*Error]. It wraps ErrKernelImage if the file is not a kernel
// image or cannot be unpacked, so that its certificates are unknown, and
// ErrNoCertificate if it has none.
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
		return nil, refuse(ErrKernelImage, "it ends before the kernel that it contains")
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
