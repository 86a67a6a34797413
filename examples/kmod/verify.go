package main

import (
	"errors"

	"github.com/gokmod/gokmod/modinfo/modsig"
)

const verifyUsage = `Usage:
	kmod NAME [options] <filename|directory> ...
Options:
	-c, --cert=PATH         Trust the certificates in PATH, a file in PEM or
	                        DER or a directory of them; may be repeated
	-k, --kernel=IMAGE      Trust the certificates that are built into a
	                        kernel: a vmlinuz or vmlinux; may be repeated
	    --ignore-validity   Accept certificates that have expired or are not
	                        valid yet, as the kernel does
	    --allow-sha1        Accept signatures with the weak digest SHA-1
	    --allow-attributes  Accept signed attributes, which kernels do not
	    --json              Print the answers as JSON, one module a line
	-v, --verbose           Also list the modules that are verified
	-V, --version           Show version
	-h, --help              Show this help
`

var errNoCerts = errors.New("no certificates are given; see --cert and --kernel")

// Keys of options that have no short form.
const (
	keyVerifyJSON rune = iota + 3000
	keyIgnoreValidity
	keyAllowSHA1
	keyAllowAttributes
)

var verifyOptions = []longOption{
	{"cert", true, 'c'},
	{"kernel", true, 'k'},
	{"ignore-validity", false, keyIgnoreValidity},
	{"allow-sha1", false, keyAllowSHA1},
	{"allow-attributes", false, keyAllowAttributes},
	{"json", false, keyVerifyJSON},
	{"verbose", false, 'v'},
	{"version", false, 'V'},
	{"help", false, 'h'},
}

// verifier is the state of "kmod verify". Once it has its keys it is safe for
// concurrent use.
type verifier struct {
	c              *command
	certs, kernels []string // names of files
	keys           *modsig.Keyring
	opts           modsig.Options
	turns          *turns
	json, verbose  bool
}

// verify checks the signatures of module files and of all modules in
// directories.
func (c *command) verify() int {
	v := &verifier{c: c}
	rest, status, ok := c.options("c:k:vVh", verifyOptions, verifyUsage, v.set)
	if !ok {
		return status
	}
	if len(rest) == 0 {
		c.say(levelError, "missing filename or directory.")
		return failure
	}
	if !c.named(rest...) {
		return failure
	}
	if err := v.readKeys(); err != nil {
		c.say(levelError, "%s", err)
		return failure
	}
	c.spendFor(0)
	files, found := c.moduleFiles(rest)
	if !found {
		return failure
	}
	return v.verifyAll(files)
}

// set takes an option. It reports false if the tool cannot continue.
func (v *verifier) set(key rune, value string) bool {
	switch key {
	case 'c':
		v.certs = append(v.certs, v.c.path(value))
		return v.c.named(value)
	case 'k':
		v.kernels = append(v.kernels, v.c.path(value))
		return v.c.named(value)
	case keyIgnoreValidity:
		v.opts.IgnoreValidity = true
	case keyAllowSHA1:
		v.opts.AllowSHA1 = true
	case keyAllowAttributes:
		v.opts.AllowAttributes = true
	case keyVerifyJSON:
		v.json = true
	case 'v':
		v.verbose = true
	default:
		return false
	}
	return true
}

// readKeys reads the trusted certificates.
func (v *verifier) readKeys() error {
	if len(v.certs)+len(v.kernels) == 0 {
		return errNoCerts
	}
	ring, err := modsig.ReadKeyring(v.certs...)
	if err != nil {
		return err
	}
	certs := ring.Certificates()
	for _, name := range v.kernels {
		found, err := modsig.ReadKernelCertificates(name)
		if err != nil {
			return err
		}
		certs = append(certs, found...)
	}
	v.keys = modsig.NewKeyring(certs...)
	return nil
}
