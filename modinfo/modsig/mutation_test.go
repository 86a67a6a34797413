package modsig_test

import (
	"bytes"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/internal/test/signtest"
	"github.com/gokmod/gokmod/internal/trailer"
	"github.com/gokmod/gokmod/kmod/kmodtest/vm"
	"github.com/gokmod/gokmod/modinfo/modsig"
)

// mutant is a signed module that was tampered with.
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
	real    []signedModule  // of a kernel whose certificates are trusted too
}

// signedModule is a module and its signature.
type signedModule struct{ body, der []byte }

func newMutator(t *testing.T) *mutator {
	now := time.Now()
	m := &mutator{t: t, random: rand.New(rand.NewPCG(1, 2))}
	m.keys = []*signtest.Key{
		signtest.NewKey(t, signtest.RSA, "First module signing key", nil),
		signtest.NewKey(t, signtest.P384, "Second module signing key", nil),
	}
	m.expired = signtest.NewKey(t, signtest.P256, "expired", func(c *x509.Certificate) {
		c.NotAfter = now.AddDate(0, 0,
			-1)
	})
	m.other = signtest.NewKey(t, signtest.P256, "other", nil)
	m.stolen = signtest.NewKey(t, signtest.RSA, "First module signing key",
		func(c *x509.Certificate) { c.SerialNumber = m.keys[0].Cert.SerialNumber })
	return m
}

// flip changes n bits between two offsets.
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
	swapped := key.SignedData(m.t, modtest.Named("another", nil, nil).Build(), opts)
	if len(m.real) > 1 && m.random.IntN(2) == 0 {
		at := m.random.IntN(len(m.real))
		body, der, swapped = m.real[at].body, m.real[at].der, m.real[(at+1)%len(m.real)].der
	}
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
		return mutant{"data before the trailer", insert(signed, endAt)}
	case 10:
		return mutant{"data inside the signature", signtest.Append(body, insert(der, m.random.IntN(len(der))))}
	case 11:
		return mutant{"data after the signature", signtest.Append(body, append(der, junk...))}
	case 12:
		return mutant{"data inside the body", signtest.Append(insert(body, m.random.IntN(len(body))), der)}
	case 13:
		return mutant{"a signature of another module", signtest.Append(body, swapped)}
	case 14:
		other := []*signtest.Key{m.other, m.stolen}[m.random.IntN(2)]
		return mutant{"another key", other.Sign(m.t, body, &signtest.Options{Embed: m.random.IntN(2) == 0})}
	}
	return mutant{"an expired key", m.expired.Sign(m.t, body, opts)}
}

// addReal adds some modules of the newest cached kernel, if there is one, and
// returns its certificates.
func (m *mutator) addReal() []*modsig.Certificate {
	m.t.Helper()
	kernels := vm.Cached()
	if len(kernels) == 0 {
		return nil
	}
	certs := certificatesOf(m.t, kernels[0].Packed)
	keys := modsig.NewKeyring(certs...)
	files := modulesBelow(m.t, filepath.Join(kernels[0].Dir, "lib/modules", kernels[0].Release))
	for i := range min(50, len(files)) {
		image := unpacked(m.t, files[i*len(files)/50])
		if v, err := keys.Verify(image, &modsig.Options{IgnoreValidity: true}); err == nil && len(image) < 1<<20 {
			m.real = append(m.real, signedModule{image[:v.SignedSize], image[v.SignedSize : len(image)-trailer.Size]})
		}
	}
	return certs
}

// TestMutants compares with openssl's verdict on modules that were changed. What
// we accept, openssl must accept. If only openssl accepts a module, it is for
// one of these reasons, none of which the kernel's sign-file causes:
//
//   - fields of the trailer are in use, which openssl does not see;
//   - bytes follow the signature, which openssl does not read;
//   - version numbers are wrong, which openssl does not look at;
//   - the type of the content, the digest or the algorithm is a number that
//     means nothing or something else, where openssl knows what to do by the
//     key or by another field;
//   - the issuer is written with other capitals or in another way than DER has
//     it, which openssl takes for the same.
func TestMutants(t *testing.T) {
	count := 1000
	if testing.Short() {
		count = 20
	}
	m := newMutator(t)
	keys := keyring(t, append(m.keys, m.expired)...)
	if !testing.Short() {
		keys = modsig.NewKeyring(append(keys.Certificates(), m.addReal()...)...)
	}
	ref := newReference(t, keys.Certificates(), true)
	t.Logf("%d real modules among them", len(m.real))
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
		case explained(err, keys):
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

// explained reports whether openssl need not share an error.
func explained(err error, keys *modsig.Keyring) bool {
	var e *modsig.Error
	if !errors.As(err, &e) {
		return false
	}
	if e.Err == modsig.ErrUnknownKey {
		serial := strings.ReplaceAll(e.Serial, ":", "")
		return slices.ContainsFunc(keys.Certificates(),
			func(c *modsig.Certificate) bool { return hex.EncodeToString(c.Serial) == serial })
	}
	return e.Err == modsig.ErrDamaged || e.Err == modsig.ErrUnsupported
}
