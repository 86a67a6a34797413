package modsig

import (
	"errors"
	"strings"

	"github.com/gokmod/gokmod/internal/plain"
)

// The reasons for which a module is not accepted, or a certificate not read.
var (
	// ErrUnsigned: no signature is appended to the module.
	ErrUnsigned = errors.New("the module is not signed")

	// ErrDamaged: something is wrong with the signature or its trailer, so that
	// nothing can be said about who signed.
	ErrDamaged = errors.New("the signature is damaged")

	// ErrUnknownKey: the keyring does not have the certificate that the
	// signature names.
	ErrUnknownKey = errors.New("no trusted certificate belongs to the key that signed the module")

	// ErrBadSignature: the certificate that the signature names is there, but
	// the signature is not one of this module by that key.
	ErrBadSignature = errors.New("the signature does not belong to the module")

	// ErrExpired: the certificate has expired, or is not valid yet.
	ErrExpired = errors.New("the certificate of the signer is not valid at this time")

	// ErrWeakDigest: the signature uses SHA-1, which is not asked for.
	ErrWeakDigest = errors.New("the signature uses the weak digest SHA-1")

	// ErrUnsupported: a kind of signature, digest or key that kernels do not
	// take for modules, or that is not known here. It wraps
	// errors.ErrUnsupported.
	ErrUnsupported error = unsupportedError{}

	// ErrNoCertificate: a file or directory that should have certificates has none.
	ErrNoCertificate = errors.New("there is no certificate in it")

	// ErrKernelImage: a file that should be an image of a kernel is something else,
	// or a part of one, or the kernel within it cannot be unpacked.
	ErrKernelImage = errors.New("the kernel image cannot be unpacked")

	// ErrCertificate: a certificate that cannot be read.
	ErrCertificate = errors.New("the certificate is damaged")
)

type unsupportedError struct{}

func (unsupportedError) Error() string { return "the kind of signature is not supported" }
func (unsupportedError) Unwrap() error { return errors.ErrUnsupported }

// Error is the error of every function of this package.
type Error struct {
	// Path is the file, "" for bytes in memory.
	Path string

	// Issuer and Serial name the certificate whose key signed, where that is
	// known; KeyID does where the signature has only that. Serial and KeyID are
	// in hexadecimal.
	Issuer, Serial, KeyID string

	// Detail says more, where there is more to say.
	Detail string

	// Err is the reason.
	Err error
}

func (e *Error) Error() string {
	var b strings.Builder
	if e.Path != "" {
		b.WriteString(plain.Line(e.Path) + ": ")
	}
	b.WriteString(e.Reason())
	return b.String()
}

// Reason is the text of the error without the path.
func (e *Error) Reason() string {
	text := e.Err.Error()
	if e.Detail != "" {
		text += ": " + e.Detail
	}
	switch {
	case e.Serial != "":
		text += " (issuer " + e.Issuer + ", serial number " + e.Serial + ")"
	case e.KeyID != "":
		text += " (key id " + e.KeyID + ")"
	}
	return text
}

// Unwrap returns the reason.
func (e *Error) Unwrap() error { return e.Err }

// refuse is an error without anything about the signer.
func refuse(reason error, detail string) *Error { return &Error{Err: reason, Detail: detail} }

// in says which file an error is about.
func (e *Error) in(path string) *Error {
	e.Path = path
	return e
}
