package main

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/gokmod/gokmod/internal/openfile"
	"github.com/gokmod/gokmod/internal/plain"
	"github.com/gokmod/gokmod/modinfo"
	"github.com/gokmod/gokmod/modinfo/modsig"
)

const signUsage = `Usage:
	kmod NAME [options] --key=FILE --cert=FILE <filename|directory> ...
	kmod NAME [options] --strip <filename|directory> ...
Options:
	-k, --key=FILE          Sign with the private key in FILE, in PEM or DER
	-c, --cert=FILE         Name the certificate in FILE, in PEM or DER
	-a, --hash=NAME         Sign this digest: sha256 (the default), sha384,
	                        sha512, sha224, sha1, sha3-256, sha3-384, sha3-512
	    --key-id            Name the certificate by its subject key id
	-d, --detached          Write only the signature, to the module's name with
	                        .p7s behind it
	-s, --strip             Remove signatures
	-v, --verbose           List the modules that are done
	-V, --version           Show version
	-h, --help              Show this help
`

// keyKeyID is the key of an option that has no short form.
const keyKeyID rune = 4000

var signOptions = []longOption{
	{"key", true, 'k'},
	{"cert", true, 'c'},
	{"hash", true, 'a'},
	{"key-id", false, keyKeyID},
	{"detached", false, 'd'},
	{"strip", false, 's'},
	{"verbose", false, 'v'},
	{"version", false, 'V'},
	{"help", false, 'h'},
}

// signing is the state of "kmod sign". Once it has its keys it is safe for concurrent
// use.
type signing struct {
	c                        *command
	key, cert                string // names of files
	opts                     modsig.SignOptions
	detached, strip, verbose bool
	turns                    *turns
	signers                  map[int64]*modsig.Signer // by the limit on a module's size
	done                     string                   // what is said of a module
}

// sign signs module files and all modules in directories, or removes their signatures.
func (c *command) sign() int {
	s := &signing{c: c}
	rest, status, ok := c.options("k:c:a:dsvVh", signOptions, signUsage, s.set)
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
	files, found := c.moduleFiles(rest)
	if !found {
		return failure
	}
	s.turns = newTurns(workersFor(len(files)))
	if !s.prepare() {
		return failure
	}
	return s.signAll(files)
}

// set takes an option. It reports false if the tool cannot continue.
func (s *signing) set(key rune, value string) bool {
	switch key {
	case 'k':
		s.key = s.c.path(value)
		return s.c.named(value)
	case 'c':
		s.cert = s.c.path(value)
		return s.c.named(value)
	case 'a':
		s.opts.HashAlgo = value
	case keyKeyID:
		s.opts.KeyID = true
	case 'd':
		s.detached = true
	case 's':
		s.strip = true
	case 'v':
		s.verbose = true
	default:
		return false
	}
	return true
}

// prepare reads key and certificate. It reports false if the tool cannot continue.
func (s *signing) prepare() bool {
	if s.strip {
		s.done = "stripped"
		if s.key != "" || s.cert != "" || s.detached {
			s.c.say(levelError, "--strip takes neither --key, --cert nor --detached.")
			return false
		}
		return true
	}
	if s.key == "" || s.cert == "" {
		s.c.say(levelError, "the key or the certificate is not given; see --key and --cert")
		return false
	}
	s.signers = map[int64]*modsig.Signer{}
	for _, limit := range []int64{s.turns.share, modinfo.DefaultMaxSize} {
		s.opts.MaxSize = limit
		signer, err := modsig.ReadSigner(s.key, s.cert, &s.opts)
		if err != nil {
			s.c.say(levelError, "%s", err)
			return false
		}
		s.signers[limit] = signer
	}
	cert := s.signers[modinfo.DefaultMaxSize].Certificate()
	if time.Now().After(cert.NotAfter) {
		s.c.say(levelWarning, "the certificate of %s expired at %s; kernels accept its signatures, others need not.",
			cert.Subject, cert.NotAfter.Format(time.RFC3339))
	}
	s.done = "signed (" + cert.KeyType + ", by " + cert.Subject + ")"
	return true
}

// signAll signs files on all processors, and reports in the order of the files.
func (s *signing) signAll(files []moduleFile) int {
	status := success
	inOrder(files, windowPerWorker, s.signFile, func(f moduleFile) {
		switch {
		case f.err != nil:
			status = failure
			s.c.say(levelError, "could not sign %s: %s", plain.Line(f.path), signReason(f.err))
		case s.verbose:
			fmt.Fprintf(s.c.stdout, "%s: %s\n", plain.Line(f.path), s.done)
		}
	})
	return status
}

// signFile does one file.
func (s *signing) signFile(f moduleFile) moduleFile {
	if f.err != nil {
		return f
	}
	f.err = s.turns.read(func(limit int64) error {
		switch {
		case s.strip:
			return modsig.StripFile(f.path, limit)
		case s.detached:
			return s.detach(s.signers[limit], f.path)
		}
		return s.signers[limit].SignFile(f.path)
	})
	return f
}

// detach writes the signature of a module into a file of its own.
func (s *signing) detach(signer *modsig.Signer, path string) error {
	signature, err := signer.SignatureFile(path)
	if err != nil {
		return err
	}
	return openfile.Replace(path+".p7s", 0o644, true, func(f *os.File) error {
		_, err := f.Write(signature)
		return err
	})
}

// signReason is the text of an error about a file, without its name.
func signReason(err error) string {
	if e := (*modsig.Error)(nil); errors.As(err, &e) {
		return e.Reason()
	}
	return reason(err)
}
