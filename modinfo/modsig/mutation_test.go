package modsig_test

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gokmod/gokmod/internal/modtest"
	"github.com/gokmod/gokmod/internal/signtest"
	"github.com/gokmod/gokmod/internal/trailer"
	"github.com/gokmod/gokmod/modinfo/modsig"
)

// mutant is a signed module that somebody had a hand in.
type mutant struct {
	what  string
	image []byte
}

// mutator makes mutants.
type mutator struct {
	t       *testing.T
	random  *rand.Rand
	keys    []*signtest.Key // trusted
	expired *signtest.Key   // trusted, but too old
	stolen  *signtest.Key   // not trusted, under the name of keys[0]
	other   *signtest.Key   // not trusted
}

func newMutator(t *testing.T) *mutator {
	now := time.Now()
	m := &mutator{t: t, random: rand.New(rand.NewPCG(1, 2))}
	m.keys = []*signtest.Key{
		signtest.NewKey(t, signtest.RSA, "First module signing key", nil),
		signtest.NewKey(t, signtest.P384, "Second module signing key", nil),
	}
	m.expired = signtest.NewKey(t, signtest.P256, "expired", func(c *x509.Certificate) { c.NotAfter = now.AddDate(0, 0, -1) })
	m.other = signtest.NewKey(t, signtest.P256, "other", nil)
	m.stolen = signtest.NewKey(t, signtest.RSA, "First module signing key",
		func(c *x509.Certificate) { c.SerialNumber = m.keys[0].Cert.SerialNumber })
	return m
}

// flip changes n bits between two places.
func (m *mutator) flip(b []byte, from, to, n int) {
	for range n {
		b[from+m.random.IntN(to-from)] ^= 1 << m.random.IntN(8)
	}
}

// next makes a mutant.
func (m *mutator) next() mutant {
	body := modtest.Named(fmt.Sprintf("m%d", m.random.IntN(100)), nil, []string{"printk"}).Build()
	key := m.keys[m.random.IntN(len(m.keys))]
	opts := &signtest.Options{KeyID: m.random.IntN(4) == 0}
	der := key.SignedData(m.t, body, opts)
	signed := signtest.Append(body, der)
	sigAt, endAt := len(body), len(signed)-trailer.Size
	junk := make([]byte, 1+m.random.IntN(16))
	for i := range junk {
		junk[i] = byte(m.random.Uint32())
	}
	insert := func(b []byte, at int) []byte { return slices.Insert(bytes.Clone(b), at, junk...) }
	switch m.random.IntN(16) {
	case 0:
		return mutant{"nothing", signed}
	case 1:
		m.flip(signed, 0, sigAt, 1)
		return mutant{"a bit of the body", signed}
	case 2, 3, 4:
		m.flip(signed, sigAt, endAt, 1)
		return mutant{"a bit of the signature", signed}
	case 5:
		m.flip(signed, endAt, len(signed), 1)
		return mutant{"a bit of the trailer", signed}
	case 6:
		m.flip(signed, 0, len(signed), 1+m.random.IntN(20))
		return mutant{"many bits", signed}
	case 7:
		return mutant{"cut off", signed[:m.random.IntN(len(signed))]}
	case 8:
		return mutant{"something behind it", append(signed, junk...)}
	case 9:
		return mutant{"something before the trailer", insert(signed, endAt)}
	case 10:
		return mutant{"something inside the signature", signtest.Append(body, insert(der, m.random.IntN(len(der))))}
	case 11:
		return mutant{"something behind the signature", signtest.Append(body, append(der, junk...))}
	case 12:
		return mutant{"something inside the body", signtest.Append(insert(body, m.random.IntN(len(body))), der)}
	case 13:
		swapped := key.SignedData(m.t, modtest.Named("another", nil, nil).Build(), opts)
		return mutant{"a signature of another module", signtest.Append(body, swapped)}
	case 14:
		other := []*signtest.Key{m.other, m.stolen}[m.random.IntN(2)]
		return mutant{"another key", other.Sign(m.t, body, &signtest.Options{Embed: m.random.IntN(2) == 0})}
	}
	return mutant{"an expired key", m.expired.Sign(m.t, body, opts)}
}

// TestMutants compares with openssl about modules that are not what they were.
// What we accept, openssl has to accept. Where only openssl accepts a module, it
// is for one of these reasons, none of which the kernel's sign-file gives:
//
//   - fields of the trailer are in use, which openssl does not see;
//   - bytes follow the signature, which openssl does not read;
//   - version numbers are wrong, which openssl does not look at;
//   - the type of the content, the digest or the algorithm is a number that
//     means nothing or something else, where openssl knows what to do by the
//     key or by another field;
//   - the issuer is written with other capitals, which openssl takes for the
//     same.
func TestMutants(t *testing.T) {
	count := 1000
	if testing.Short() {
		count = 60
	}
	m := newMutator(t)
	keys := keyring(t, append(m.keys, m.expired)...)
	ref := newReference(t, keys.Certificates(), true)
	mutants := make([]mutant, count)
	for i := range mutants {
		mutants[i] = m.next()
	}
	var mu sync.Mutex
	counts, stricter := map[string]int{}, map[string]int{}
	inParallel(t, count, func(i int, scratch string) {
		theirs := ref.accepts(t, scratch, mutants[i].image)
		_, err := keys.Verify(mutants[i].image, nil)
		mu.Lock()
		defer mu.Unlock()
		counts[fmt.Sprintf("%s: accepted %v", mutants[i].what, err == nil)]++
		switch {
		case theirs == (err == nil):
		case err == nil:
			t.Errorf("mutant %d, %s: we accept it, openssl does not", i, mutants[i].what)
		case explained(err):
			stricter[mutants[i].what+": "+errors.Unwrap(err).Error()]++
		default:
			t.Errorf("mutant %d, %s: openssl accepts it, we say %v", i, mutants[i].what, err)
		}
	})
	t.Logf("outcomes: %v; only openssl accepts: %v", counts, stricter)
	if !testing.Short() && len(counts) < 14 {
		t.Errorf("there were only these kinds: %v", counts)
	}
}

// explained reports whether an error is one that openssl need not share.
func explained(err error) bool {
	var e *modsig.Error
	if !errors.As(err, &e) {
		return false
	}
	if e.Err == modsig.ErrUnknownKey {
		return strings.EqualFold(e.Issuer, "CN=First module signing key") || strings.EqualFold(e.Issuer, "CN=Second module signing key")
	}
	return e.Err == modsig.ErrDamaged || e.Err == modsig.ErrUnsupported
}
