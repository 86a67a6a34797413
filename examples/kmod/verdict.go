package main

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/gokmod/gokmod/internal/openfile"
	"github.com/gokmod/gokmod/internal/plain"
	"github.com/gokmod/gokmod/modinfo/modsig"
)

// verdictJSON is a line of "kmod verify --json".
type verdictJSON struct {
	Path     string `json:"path"`
	Verified bool   `json:"verified"`
	Signer   string `json:"signer,omitempty"` // subject of the certificate
	Issuer   string `json:"issuer,omitempty"` // of the certificate, as the signature names it
	Serial   string `json:"serial,omitempty"`
	KeyID    string `json:"key_id,omitempty"`
	KeyType  string `json:"key_type,omitempty"`
	HashAlgo string `json:"hash_algo,omitempty"`
	Reason   string `json:"reason,omitempty"` // why not, in a word
	Error    string `json:"error,omitempty"`
}

// verifyAll verifies files on all processors, and prints the results in the
// order of the files.
func (v *verifier) verifyAll(files []moduleFile) int {
	good := 0
	v.turns = newTurns(workersFor(len(files)))
	inOrder(files, windowPerWorker, v.judge, func(j *verdictJSON) {
		if j.Verified {
			good++
		}
		v.print(j)
	})
	if !v.json {
		fmt.Fprintf(v.c.stdout, "%d of %d modules verified\n", good, len(files))
	}
	if good < len(files) {
		return failure
	}
	return success
}

// judge verifies one file.
func (v *verifier) judge(file moduleFile) *verdictJSON {
	j := &verdictJSON{Path: file.path}
	err := file.err
	var verified *modsig.Verified
	if err == nil {
		err = v.turns.read(func(limit int64) (err error) {
			opts := v.opts
			opts.MaxSize = limit
			verified, err = v.keys.VerifyFile(file.path, &opts)
			return err
		})
	}
	if err == nil {
		cert := verified.Certificate
		j.Verified, j.Signer, j.Issuer, j.Serial = true, cert.Subject, cert.Issuer, hex.EncodeToString(cert.Serial)
		j.KeyType, j.HashAlgo = cert.KeyType, verified.HashAlgo
		return j
	}
	j.Reason, j.Error = reasonWord(err), openfile.Cause(err).Error()
	if e := (*modsig.Error)(nil); errors.As(err, &e) {
		j.Issuer, j.KeyID, j.Error = e.Issuer, strings.ReplaceAll(e.KeyID, ":", ""), e.Reason()
		j.Serial = strings.ReplaceAll(e.Serial, ":", "")
	}
	return j
}

// reasonWord says in a word why a module is not verified.
func reasonWord(err error) string {
	for _, known := range []struct {
		err  error
		word string
	}{
		{modsig.ErrUnsigned, "unsigned"},
		{modsig.ErrUnknownKey, "unknown-key"},
		{modsig.ErrBadSignature, "bad-signature"},
		{modsig.ErrExpired, "expired"},
		{modsig.ErrWeakDigest, "weak-digest"},
		{modsig.ErrUnsupported, "unsupported"},
		{modsig.ErrDamaged, "damaged"},
	} {
		if errors.Is(err, known.err) {
			return known.word
		}
	}
	return "unreadable"
}

// print prints the result for a module.
func (v *verifier) print(j *verdictJSON) {
	switch {
	case v.json:
		v.c.stdout.Write(jsonLine(j))
	case !j.Verified:
		v.c.printLine(plain.Line(j.Path) + ": " + j.Error)
	case v.verbose:
		v.c.printLine(fmt.Sprintf("%s: verified (%s, %s, by %s)", plain.Line(j.Path), j.KeyType, j.HashAlgo,
			j.Signer))
	}
}
