package cms_test

import (
	"errors"
	"testing"

	"github.com/gokmod/gokmod/internal/cms"
	"github.com/gokmod/gokmod/internal/test/modtest"
)

// The work and memory that the documentation allows for an input.
func maxValues(der []byte) int    { return 2*len(der) + 1 }
func maxAllocated(der []byte) int { return 64*len(der) + 64<<10 }

// costly are inputs that take much work or memory for their size.
func costly() []string {
	attrs := tlv(0xa1, seq(oid("\x2a"), set(nested(32))), seq(oid("\x2a"), set(repeat(seq(), 5000))))
	return []string{certificate(nil), signedData(nil),
		signedData(fields{"certs": tlv(0xa0, repeat(certificate(nil), 64)),
			"signers": set(signer(fields{"unsigned": attrs}))}),
		signedData(fields{"signers": set(repeat(signer(nil), 64))}),
		signedData(fields{"digests": set(repeat(seq(oid("\x2a")), 64))}),
		seq(repeat(set(seq(oid("\x2a"), null)), 64)), seq(set(repeat(seq(oid("\x2a"), null), 64))), nested(100),
		signedData(fields{"oid": oid(repeat("\x2a", 1000))})}
}

// FuzzCost: the work and memory of reading any input are in proportion to its size.
func FuzzCost(f *testing.F) {
	for _, s := range costly() {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, der []byte) {
		for what, n := range cms.Work(der) {
			if n > maxValues(der) {
				t.Errorf("%s: %d values are read from %d bytes", what, n, len(der))
			}
		}
		if n := modtest.Allocated(func() { readAll(t, der) }); n > uint64(maxAllocated(der)) {
			t.Errorf("%d bytes are allocated for %d", n, len(der))
		}
	})
}

// readAll parses der with every parser of the package.
func readAll(t *testing.T, der []byte) {
	data, _, err := cms.Parse(der)
	if err == nil {
		for i := range data.Signers {
			_, err := data.Signers[i].Attributes()
			checkKind(t, err)
		}
	}
	checkKind(t, err)
	_, _, err = cms.ParseCertificate(der)
	checkKind(t, err)
	_, err = cms.ParseName(der)
	checkKind(t, err)
	_, _, err = cms.ParseRSAKey(der)
	checkKind(t, err)
	_, err = cms.ParsePrivateKey(der)
	checkKind(t, err)
	_, err = cms.ParseOID(der)
	checkKind(t, err)
	_, err = cms.ParseOctets(der)
	checkKind(t, err)
}

func checkKind(t *testing.T, err error) {
	t.Helper()
	if err != nil && (!errors.Is(err, cms.ErrSyntax) || len(err.Error()) > 200) {
		t.Errorf("the error is %v", err)
	}
}
