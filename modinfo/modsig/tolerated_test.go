package modsig_test

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gokmod/gokmod/internal/test/signtest"
	"github.com/gokmod/gokmod/modinfo/modsig"
)

// signature is the parsed DER of a signature.
type signature struct {
	root, data, digests, signers *node
}

func newSignature(t *testing.T, der []byte) *signature {
	t.Helper()
	root := parseNodes(t, der)[0]
	data := root.children[1].children[0]
	return &signature{root, data, data.children[1], data.children[len(data.children)-1]}
}

// bring adds a value between content and signers: certificates or revocation
// lists.
func (s *signature) bring(n *node) {
	s.data.children = slices.Insert(s.data.children, len(s.data.children)-1, n)
}

// seq and the others make values of DER.
func seq(inside ...*node) *node { return &node{tag: 0x30, children: inside} }
func set(inside ...*node) *node { return &node{tag: 0x31, children: inside} }
func attr(kind byte, v ...*node) *node {
	return seq(&node{tag: 6, value: []byte{0x2a, kind}}, set(v...))
}

func repeat(n int, of func(i int) *node) []*node {
	var all []*node
	for i := range n {
		all = append(all, of(i))
	}
	return all
}

// nested is a value wrapped in many others.
func nested(levels int) *node {
	n := &node{tag: 5}
	for range levels {
		n = seq(n)
	}
	return n
}

var null = &node{tag: 5}

// toleranceTest is a signature that was edited.
type toleranceTest struct {
	name string
	edit func(s *signature)
	want error
	part string // of the message
}

func checkTolerance(t *testing.T, der []byte, keys *modsig.Keyring, opts *modsig.Options, tests []toleranceTest) {
	t.Helper()
	for _, test := range tests {
		s := newSignature(t, der)
		test.edit(s)
		v, err := keys.Verify(signtest.Append(module(), s.root.encode(nil)), opts)
		if !errors.Is(err, test.want) || (v == nil) != (test.want != nil) {
			t.Errorf("%s: %+v, %v; want %v", test.name, v, err, test.want)
		} else if err != nil && !strings.Contains(err.Error(), test.part) {
			t.Errorf("%s: the message is %q", test.name, err)
		}
	}
}

// TestDigestLists: the list of digests has those of the signers, each once, with the
// parameters NULL or none.
func TestDigestLists(t *testing.T) {
	key := signtest.NewKey(t, signtest.P256, "known", nil)
	sha512 := parseNodes(t, key.SignedData(t, module(), &signtest.Options{Hash: crypto.SHA512}))[0].
		children[1].children[0].children[1].children[0]
	listed := func(s *signature) *node { return s.digests.children[0] }
	signers := func(s *signature) *node { return s.signers.children[0].children[2] }
	with := func(algorithm *node, params ...*node) *node {
		return &node{tag: algorithm.tag, children: append(slices.Clone(algorithm.children), params...)}
	}
	add := func(algorithm *node, params ...*node) { *algorithm = *with(algorithm, params...) }
	list := func(s *signature, all ...*node) { s.digests.children = all }
	checkTolerance(t, key.SignedData(t, module(), nil), keyring(t, key), nil, []toleranceTest{
		{"as it is", func(*signature) {}, nil, ""},
		{"NULL in the list", func(s *signature) { add(listed(s), null) }, nil, ""},
		{"NULL with the signer", func(s *signature) { add(signers(s), null) }, nil, ""},
		{"NULL in both", func(s *signature) { add(listed(s), null); add(signers(s), null) }, nil, ""},
		{"other parameters in the list", func(s *signature) { add(listed(s), seq()) },
			modsig.ErrUnsupported, "the digest sha256 has parameters"},
		{"other parameters with the signer", func(s *signature) { add(signers(s), seq()) },
			modsig.ErrUnsupported, "the digest sha256 has parameters"},
		{"two parameters", func(s *signature) { add(listed(s), null, null) }, modsig.ErrDamaged, ""},
		{"a NULL with contents", func(s *signature) { add(listed(s), &node{tag: 5, value: []byte{0}}) },
			modsig.ErrUnsupported, ""},
		{"listed twice", func(s *signature) { list(s, listed(s), listed(s)) }, modsig.ErrDamaged, "has sha256 twice"},
		{"listed twice, once with NULL", func(s *signature) { list(s, listed(s), with(listed(s), null)) },
			modsig.ErrDamaged, "has sha256 twice"},
		{"one that no signer uses", func(s *signature) { list(s, listed(s), sha512) },
			modsig.ErrDamaged, "has sha512, which no signer uses"},
		{"only another one", func(s *signature) { list(s, sha512) }, modsig.ErrDamaged, "lacks sha256"},
		{"none", func(s *signature) { list(s, []*node{}...) }, modsig.ErrDamaged, "lacks sha256"},
	})
}

// TestNullParameters: RSA has NULL as its parameters, ECDSA has none.
func TestNullParameters(t *testing.T) {
	algorithm := func(s *signature) *node { return s.signers.children[0].children[3] }
	without := func(s *signature) { algorithm(s).children = algorithm(s).children[:1] }
	with := func(n *node) func(s *signature) {
		return func(s *signature) { algorithm(s).children = []*node{algorithm(s).children[0], n} }
	}
	key := signtest.NewKey(t, signtest.RSA, "RSA", nil)
	checkTolerance(t, key.SignedData(t, module(), nil), keyring(t, key), nil, []toleranceTest{
		{"RSA with NULL", with(null), nil, ""},
		{"RSA without parameters", without, modsig.ErrUnsupported, "are not NULL"},
		{"RSA with others", with(seq()), modsig.ErrUnsupported, "are not NULL"},
	})
	key = signtest.NewKey(t, signtest.P256, "ECDSA", nil)
	checkTolerance(t, key.SignedData(t, module(), nil), keyring(t, key), nil, []toleranceTest{
		{"ECDSA without parameters", without, nil, ""},
		{"ECDSA with NULL", with(null), modsig.ErrUnsupported, "has parameters"},
	})
}

// TestSameSigner: a signer may sign several times, with the same digest or another
// one, in any order, and each signature must be good.
func TestSameSigner(t *testing.T) {
	for _, kind := range []signtest.Kind{signtest.RSA, signtest.P256} {
		key := signtest.NewKey(t, kind, "known", nil)
		der := key.SignedData(t, module(), nil)
		other := newSignature(t, key.SignedData(t, module(), &signtest.Options{Hash: crypto.SHA512}))
		byID := newSignature(t, key.SignedData(t, module(), &signtest.Options{KeyID: true}))
		wrong := newSignature(t, key.SignedData(t, []byte("another module"), nil)).signers.children[0]
		weak := newSignature(t, key.SignedData(t, module(), &signtest.Options{Hash: crypto.SHA1}))
		add := func(signer *node, digests ...*node) func(s *signature) {
			return func(s *signature) {
				s.signers.children = append(s.signers.children, signer)
				s.digests.children = append(s.digests.children, digests...)
			}
		}
		before := func(f func(s *signature)) func(s *signature) {
			return func(s *signature) { f(s); slices.Reverse(s.signers.children); slices.Reverse(s.digests.children) }
		}
		same := func(s *signature) { add(s.signers.children[0])(s) }
		version3 := func(s *signature) { add(byID.signers.children[0])(s); s.data.children[0].value = []byte{3} }
		second := add(other.signers.children[0], other.digests.children[0])
		sha1 := add(weak.signers.children[0], weak.digests.children[0])
		checkTolerance(t, der, keyring(t, key), nil, []toleranceTest{
			{"the same signature twice", same, nil, ""},
			{"another signature of the same digest",
				add(newSignature(t, key.SignedData(t, module(), nil)).signers.children[0]), nil, ""},
			{"another digest", second, nil, ""},
			{"another digest before it", before(second), nil, ""},
			{"by name and by key id", version3, nil, ""},
			{"one of another module", add(wrong), modsig.ErrBadSignature, ""},
			{"one of another module before it", before(add(wrong)), modsig.ErrBadSignature, ""},
			{"a weak digest besides", sha1, nil, ""},
			{"a weak digest before it", before(sha1), nil, ""},
		})
	}
}

// TestOtherSigners: signers that do not count do no harm, and are not verified if
// that is impossible.
func TestOtherSigners(t *testing.T) {
	key := signtest.NewKey(t, signtest.P256, "known", nil)
	old := signtest.NewKey(t, signtest.P256, "old", func(c *x509.Certificate) {
		c.NotAfter = time.Now().AddDate(0, -1,
			0)
	})
	stranger := signtest.NewKey(t, signtest.P256, "stranger", nil)
	rsaKey := signtest.NewKey(t, signtest.RSA, "RSA", nil)
	keys := keyring(t, key, old, rsaKey)
	signer := func(key *signtest.Key, body string, opts *signtest.Options) *signature {
		return newSignature(t, key.SignedData(t, []byte(body), opts))
	}
	add := func(of *signature) func(s *signature) {
		return func(s *signature) {
			s.signers.children = append(s.signers.children, of.signers.children[0])
			if d := of.digests.children[0]; !bytes.Equal(d.encode(nil), s.digests.children[0].encode(nil)) {
				s.digests.children = append(s.digests.children, d)
			}
		}
	}
	unsupported := signer(rsaKey, "another module", nil)
	unsupported.signers.children[0].children[3].children[1] = seq()
	good := string(module())
	checkTolerance(t, key.SignedData(t, module(), nil), keys, nil, []toleranceTest{
		{"unknown", add(signer(stranger, good, nil)), nil, ""},
		{"unknown and wrong", add(signer(stranger, "another module", nil)), nil, ""},
		{"unsupported and wrong", add(unsupported), nil, ""},
		{"weak and wrong", add(signer(rsaKey, "another module", &signtest.Options{Hash: crypto.SHA1})), nil, ""},
		{"attributes and wrong", add(signer(rsaKey, "another module", &signtest.Options{Attributes: true})), nil, ""},
		{"expired", add(signer(old, good, nil)), nil, ""},
		{"expired and wrong", add(signer(old, "another module", nil)), modsig.ErrBadSignature, ""},
		{"64", func(s *signature) {
			s.signers.children = repeat(64, func(int) *node { return s.signers.children[0] })
		}, nil, ""},
		{"65", func(s *signature) {
			s.signers.children = repeat(65, func(int) *node { return s.signers.children[0] })
		}, modsig.ErrDamaged, "more than 64"},
	})
	checkTolerance(t, stranger.SignedData(t, module(), nil), keys, nil, []toleranceTest{
		{"only unknown ones", add(signer(stranger, good, nil)), modsig.ErrUnknownKey, ""},
		{"one expired", add(signer(old, good, nil)), modsig.ErrUnknownKey, ""},
		{"one wrong", add(signer(key, "another module", nil)), modsig.ErrBadSignature, ""},
	})
}

// TestBroughtAlong: certificates in a signature are read, but not trusted; there are
// no revocation lists.
func TestBroughtAlong(t *testing.T) {
	key := signtest.NewKey(t, signtest.P256, "known", nil)
	stranger := signtest.NewKey(t, signtest.RSA, "stranger", nil)
	cert := func(of *signtest.Key) *node { return parseNodes(t, of.Cert.Raw)[0] }
	bring := func(tag byte, all ...*node) func(s *signature) {
		return func(s *signature) { s.bring(&node{tag: tag, children: append([]*node{}, all...)}) }
	}
	broken := cert(key)
	broken.children[0].children = broken.children[0].children[:5]
	many := func(n int) []*node { return repeat(n, func(int) *node { return cert(key) }) }
	tests := []toleranceTest{
		{"its own", bring(0xa0, cert(key)), nil, ""},
		{"another one", bring(0xa0, cert(stranger)), nil, ""},
		{"both", bring(0xa0, cert(stranger), cert(key)), nil, ""},
		{"the same twice", bring(0xa0, cert(key), cert(key)), nil, ""},
		{"64", bring(0xa0, many(64)...), nil, ""},
		{"65", bring(0xa0, many(65)...), modsig.ErrDamaged, "more than 64"},
		{"none", bring(0xa0), modsig.ErrDamaged, ""},
		{"half of one", bring(0xa0, broken), modsig.ErrDamaged, ""},
		{"something else", bring(0xa0, seq()), modsig.ErrDamaged, ""},
		{"something behind one", bring(0xa0, cert(key), null), modsig.ErrDamaged, ""},
		{"bytes", func(s *signature) { s.bring(&node{tag: 0xa0, value: []byte("anything")}) }, modsig.ErrDamaged, ""},
		{"a revocation list", bring(0xa1, seq()), modsig.ErrUnsupported, "revocation lists"},
		{"no revocation list", bring(0xa1), modsig.ErrUnsupported, "revocation lists"},
		{"any bytes for one", func(s *signature) { s.bring(&node{tag: 0xa1, value: []byte("anything")}) },
			modsig.ErrUnsupported, "revocation lists"},
	}
	checkTolerance(t, key.SignedData(t, module(), nil), keyring(t, key), nil, tests)
	for i := range tests { // what is accepted is not trusted for it
		if tests[i].want == nil {
			tests[i].want = modsig.ErrUnknownKey
		}
	}
	checkTolerance(t, key.SignedData(t, module(), nil), keyring(t, stranger), nil, tests)
}

// TestUnsignedAttributes: unsigned attributes, such as a time stamp from another
// party, are allowed, and must be DER.
func TestUnsignedAttributes(t *testing.T) {
	key := signtest.NewKey(t, signtest.P256, "known", nil)
	with := func(all ...*node) func(s *signature) {
		return func(s *signature) {
			signer := s.signers.children[0]
			signer.children = append(slices.Clone(signer.children), &node{tag: 0xa1, children: append([]*node{}, all...)})
		}
	}
	raw := func(der string) *node { return attr(1, &node{tag: 0x30, value: []byte(der)}) }
	many := func(n int) []*node { return repeat(n, func(int) *node { return attr(1, null) }) }
	tests := []toleranceTest{
		{"one", with(attr(1, null)), nil, ""},
		{"two, not in order", with(attr(2, null), attr(1, null)), nil, ""},
		{"one kind twice", with(attr(1, null), attr(1, null)), nil, ""},
		{"two values", with(attr(1, &node{tag: 4, value: []byte("anything")}, null)), nil, ""},
		{"a signature", with(attr(1, parseNodes(t, key.SignedData(t, module(), nil))...)), nil, ""},
		{"64", with(many(64)...), nil, ""},
		{"65", with(many(65)...), modsig.ErrDamaged, "more than 64"},
		{"32 levels", with(attr(1, nested(32))), nil, ""},
		{"33 levels", with(attr(1, nested(33))), modsig.ErrDamaged, "nested more than 32 deep"},
		{"none", with(), modsig.ErrDamaged, ""},
		{"no attribute", with(seq()), modsig.ErrDamaged, ""},
		{"no value", with(seq(&node{tag: 6, value: []byte{0x2a, 1}}, &node{tag: 0x31, children: []*node{}})),
			modsig.ErrDamaged, "without a value"},
		{"no set of values", with(seq(&node{tag: 6, value: []byte{0x2a, 1}}, null)), modsig.ErrDamaged, ""},
		{"data after the values", with(seq(append(attr(1, null).children, null)...)), modsig.ErrDamaged, ""},
		{"a damaged kind", with(seq(&node{tag: 6, value: []byte{0x80}}, set(null))), modsig.ErrDamaged, ""},
		{"a value cut off", with(raw("\x04\x05abc")), modsig.ErrDamaged, ""},
		{"an overlong length", with(raw("\x04\x81\x01a")), modsig.ErrDamaged, ""},
		{"an indefinite length", with(raw("\x30\x80\x00\x00")), modsig.ErrDamaged, ""},
		{"an end of contents", with(raw("\x00\x00")), modsig.ErrDamaged, "tag 0x0"},
		{"a string in pieces", with(raw("\x24\x03\x04\x01a")), modsig.ErrDamaged, "tag 0x24"},
		{"a sequence that is a string", with(raw("\x10\x01a")), modsig.ErrDamaged, "tag 0x10"},
		{"values of other classes", with(raw("\x80\x01a\xa5\x03\x04\x01a\x40\x00")), nil, ""},
	}
	checkTolerance(t, key.SignedData(t, module(), nil), keyring(t, key), nil, tests)
}

// TestOtherAttributes: besides the type and the digest of the content, signed
// attributes may have any values.
func TestOtherAttributes(t *testing.T) {
	key := signtest.NewKey(t, signtest.P256, "known", nil)
	many := func(n int) [][]byte {
		var all [][]byte
		for _, n := range repeat(n, func(i int) *node { return attr(byte(i), null) }) {
			all = append(all, n.encode(nil))
		}
		return all
	}
	for _, test := range []struct {
		name string
		more [][]byte
		want error
	}{
		{"none", nil, nil},
		{"62 more", many(62), nil},
		{"63 more", many(63), modsig.ErrDamaged},
		{"one kind twice", append(many(1), many(1)...), modsig.ErrDamaged},
		{"two values", [][]byte{attr(1, null, null).encode(nil)}, modsig.ErrDamaged},
		{"no value", [][]byte{seq(&node{tag: 6, value: []byte{0x2a}}, &node{tag: 0x31}).encode(nil)}, modsig.ErrDamaged},
		{"32 levels", [][]byte{attr(1, nested(32)).encode(nil)}, nil},
		{"33 levels", [][]byte{attr(1, nested(33)).encode(nil)}, modsig.ErrDamaged},
		{"a time that is not over yet", [][]byte{
			seq(&node{tag: 6, value: []byte("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x05")},
				set(&node{tag: 0x17, value: []byte("490101000000Z")})).encode(nil)}, nil},
	} {
		image := key.Sign(t, module(), &signtest.Options{Attributes: true, MoreAttributes: test.more})
		v, err := keyring(t, key).Verify(image, &modsig.Options{AllowAttributes: true})
		if !errors.Is(err, test.want) || (v == nil) != (test.want != nil) {
			t.Errorf("%s: %+v, %v; want %v", test.name, v, err, test.want)
		}
	}
}

// TestCertificateRest: parts of a keyring's certificate that are not read may
// have any values, but must have their form.
func TestCertificateRest(t *testing.T) {
	unknown := pkix.Extension{Id: asn1.ObjectIdentifier{1, 2, 3}, Critical: true, Value: []byte("anything")}
	key := signtest.NewKey(t, signtest.P256, "odd", func(c *x509.Certificate) {
		c.IsCA, c.BasicConstraintsValid, c.KeyUsage = false, true, x509.KeyUsageCRLSign
		c.ExtraExtensions = []pkix.Extension{unknown}
	})
	image := key.Sign(t, module(), nil)
	field := func(root *node, i int) *node { return root.children[0].children[i] }
	extensions := func(root *node) *node { return field(root, 7).children[0] }
	insert := func(at int, n *node) func(root *node) {
		return func(root *node) { root.children[0].children = slices.Insert(root.children[0].children, at, n) }
	}
	for _, test := range []struct {
		name string
		edit func(root *node)
		ok   bool
	}{
		{"an unknown critical extension", func(*node) {}, true},
		{"an extension twice", func(root *node) {
			list := extensions(root)
			list.children = append(list.children, list.children[len(list.children)-1])
		}, true},
		{"an extension that says that it is not critical", func(root *node) {
			list := extensions(root)
			list.children[len(list.children)-1].children[1].value = []byte{0}
		}, true},
		{"an extension with another value for critical", func(root *node) {
			list := extensions(root)
			list.children[len(list.children)-1].children[1].value = []byte{1}
		}, false},
		{"an extension without a value", func(root *node) {
			list := extensions(root)
			list.children[0].children = list.children[0].children[:1]
		}, false},
		{"its own signature wrong", func(root *node) { root.children[2].value = []byte("\x00anything") }, true},
		{"its own signature half a byte", func(root *node) { root.children[2].value = []byte("\x04anything") }, false},
		{"no signature", func(root *node) { root.children = root.children[:2] }, false},
		{"another algorithm outside", func(root *node) { root.children[1] = seq(&node{tag: 6, value: []byte{0x2a}}) }, true},
		{"another algorithm inside", func(root *node) { *field(root, 2) = *seq(&node{tag: 6, value: []byte{0x2a}}) }, true},
		{"no algorithm inside", func(root *node) { *field(root, 2) = *null }, false},
		{"version 1", func(root *node) { field(root, 0).children[0].value = []byte{0} }, true},
		{"version 4", func(root *node) { field(root, 0).children[0].value = []byte{3} }, false},
		{"a unique id of the issuer", insert(7, &node{tag: 0x81, value: []byte("\x00id")}), true},
		{"a unique id of the subject", insert(7, &node{tag: 0x82, value: []byte("\x00id")}), true},
		{"an empty unique id", insert(7, &node{tag: 0x82}), false},
		{"the ids swapped", func(root *node) {
			insert(7, &node{tag: 0x81, value: []byte("\x00id")})(root)
			insert(7, &node{tag: 0x82, value: []byte("\x00id")})(root)
		}, false},
		{"something between", insert(7, null), false},
		{"something behind", insert(8, null), false},
		{"parameters too deep", func(root *node) {
			root.children[1].children = append(root.children[1].children,
				nested(40))
		}, false},
	} {
		root := parseNodes(t, key.Cert.Raw)[0]
		test.edit(root)
		certs, err := modsig.ParseCertificates(root.encode(nil))
		if !test.ok {
			if !errors.Is(err, modsig.ErrCertificate) {
				t.Errorf("%s: %+v, %v", test.name, certs, err)
			}
			continue
		}
		if err == nil {
			_, err = modsig.NewKeyring(certs...).Verify(image, nil)
		}
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}
