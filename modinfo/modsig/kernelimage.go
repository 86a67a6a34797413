package modsig

import (
	"bytes"
	"errors"
	"io"

	"github.com/gokmod/gokmod/modinfo"
)

// KernelCertificates finds the certificates that are built into a kernel: the one
// that its own modules are signed with, and those that the configuration adds
// (CONFIG_SYSTEM_TRUSTED_KEYS). The image is in a format that [modinfo.NewKernel] reads.
// Other keys that a running kernel trusts, such as those of the machine's owner, are
// not in its image.
//
// An image may have 512 MiB, packed and unpacked; both together take at most 1.1 times
// that in memory.
//
// The error is an [*Error]. It wraps ErrKernelImage if the file is not a kernel
// image or cannot be unpacked, so that its certificates are unknown, and
// ErrNoCertificate if it has none.
func KernelCertificates(r io.ReaderAt, size int64) ([]*Certificate, error) {
	return kernelCertificates(modinfo.NewKernel(r, size, nil))
}

// ReadKernelCertificates is [KernelCertificates] for the image in a file, such as
// /boot/vmlinuz-6.12.1.
func ReadKernelCertificates(path string) ([]*Certificate, error) {
	certs, err := kernelCertificates(modinfo.OpenKernel(path, nil))
	if err != nil {
		return nil, err.(*Error).in(path)
	}
	return certs, nil
}

func kernelCertificates(k *modinfo.Kernel, err error) ([]*Certificate, error) {
	if err != nil {
		return nil, &Error{Err: errors.Unwrap(err)} // that names the file
	}
	defer k.Close()
	return CertificatesIn(k)
}

// CertificatesIn is [KernelCertificates] for an image that is open, which it does not
// unpack again. The error does not name the image.
func CertificatesIn(k *modinfo.Kernel) ([]*Certificate, error) {
	for _, contents := range k.Segments() {
		if list := systemList(contents, k.Release()); list != nil {
			return parseDER(bytes.Clone(list))
		}
	}
	return nil, refuse(ErrNoCertificate, "no list of certificates is built into the kernel")
}
