package modsig

import (
	"errors"
	"strings"

	"github.com/gokmod/gokmod/internal/plain"
	"github.com/gokmod/gokmod/modinfo"
)

// The reasons why a module is not accepted or not signed, or a certificate not read.
var (
	// ErrUnsigned means that no signature is appended to the module.
	ErrUnsigned = errors.New("the module is not signed")

	// ErrDamaged means that the signature or its trailer is malformed, so that
	// nothing can be said about the signer.
	ErrDamaged = errors.New("the signature is damaged")

	// ErrUnknownKey means that the keyring does not have the certificate that
	// the signature names.
	ErrUnknownKey = errors.New("no trusted certificate belongs to the key that signed the module")

	// ErrBadSignature means that the keyring has the certificate that the
	// signature names, but its key did not make this signature of this module.
	ErrBadSignature = errors.New("the signature does not belong to the module")

	// ErrExpired means that the certificate has expired, or is not valid yet.
	ErrExpired = errors.New("the certificate of the signer is not valid at this time")

	// ErrWeakDigest means that the signature uses SHA-1, which Options did not
	// allow.
	ErrWeakDigest = errors.New("the signature uses the weak digest SHA-1")

	// ErrUnsupported means a kind of signature, digest or key that kernels do
	// not accept for modules, or that this package does not know. It wraps
	// errors.ErrUnsupported.
	ErrUnsupported error = unsupportedError{}

	// ErrNoCertificate means that a file or directory that should have certificates
	// has none.
	ErrNoCertificate = errors.New("there is no certificate in it")

	// ErrKernelImage is that of package modinfo: a file is not a kernel image, or only a
	// part of one, or the kernel within it cannot be unpacked.
	ErrKernelImage = modinfo.ErrKernelImage

	// ErrCertificate means that a certificate cannot be read.
	ErrCertificate = errors.New("the certificate is damaged")

	// ErrKey means that a private key cannot be read: it is damaged or encrypted, or
	// there is none.
	ErrKey = errors.New("the private key cannot be read")

	// ErrOtherKey means that a private key and a certificate do not belong together.
	ErrOtherKey = errors.New("the private key does not belong to the certificate")
)

type unsupportedError struct{}

func (unsupportedError) Error() string { return "the kind of signature is not supported" }
func (unsupportedError) Unwrap() error { return errors.ErrUnsupported }

// Error is the error of every function of this package.
type Error struct {
	// Path is the file, "" for bytes in memory.
	Path string

	// Issuer and Serial identify the certificate whose key signed, if known;
	// KeyID does if the signature has only that. Serial and KeyID are in
	// hexadecimal.
	Issuer, Serial, KeyID string

	// Detail gives further details, if there are any.
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

// refuse makes an error that says nothing about the signer. Its 80 callers are rarely in a
// hurry; a copy of it in each would be 17 KB of a program.
//
//go:noinline
func refuse(reason error, detail string) *Error { return &Error{Err: reason, Detail: detail} }

// in sets the file that an error is about.
func (e *Error) in(path string) *Error {
	e.Path = path
	return e
}
