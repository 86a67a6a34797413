package modsig_test

import (
	"bytes"
	"encoding/asn1"
	"errors"
	"slices"
	"testing"

	"github.com/gokmod/gokmod/internal/test/signtest"
	"github.com/gokmod/gokmod/modinfo/modsig"
)

// node is a DER value that may contain others.
type node struct {
	tag      byte
	value    []byte
	children []*node // nil for a primitive value
}

func parseNodes(t *testing.T, der []byte) []*node {
	t.Helper()
	nodes := []*node{}
	for len(der) > 0 {
		var v asn1.RawValue
		rest, err := asn1.Unmarshal(der, &v)
		if err != nil {
			t.Fatal(err)
		}
		n := &node{tag: der[0], value: v.Bytes}
		if v.IsCompound {
			n.children = parseNodes(t, v.Bytes)
		}
		nodes, der = append(nodes, n), rest
	}
	return nodes
}

// encode encodes a node; wide is the one whose length gets a redundant byte.
func (n *node) encode(wide *node) []byte {
	value := n.value
	if n.children != nil {
		value = nil
		for _, c := range n.children {
			value = append(value, c.encode(wide)...)
		}
	}
	size, digits := len(value), 0 // digits of the long form
	for rest := size; size >= 0x80 && rest > 0; rest >>= 8 {
		digits++
	}
	if n == wide {
		digits++
	}
	length := []byte{byte(size)}
	if digits > 0 {
		length = []byte{0x80 | byte(digits)}
	}
	for i := digits - 1; i >= 0; i-- {
		length = append(length, byte(size>>(8*i)))
	}
	return append(append([]byte{n.tag}, length...), value...)
}

// walk calls f for a node and all nodes in it.
func (n *node) walk(f func(*node)) {
	f(n)
	for _, c := range n.children {
		c.walk(f)
	}
}

// TestNothingBetween inserts data at every place of a signature, removes data
// from it, and encodes its lengths in other ways. None of that is accepted,
// except for the two encodings of a digest without parameters.
func TestNothingBetween(t *testing.T) {
	key := signtest.NewKey(t, signtest.P256, "known", nil)
	keys, image := keyring(t, key), module()
	opts := &modsig.Options{AllowAttributes: true}
	for _, how := range []*signtest.Options{nil, {KeyID: true}, {Attributes: true}} {
		root := parseNodes(t, key.SignedData(t, image, how))[0]
		accepts := func() bool {
			_, err := keys.Verify(signtest.Append(image, root.encode(nil)), opts)
			return err == nil
		}
		if !accepts() {
			t.Fatal("the signature is not accepted as it is")
		}
		root.walk(func(n *node) {
			if _, err := keys.Verify(signtest.Append(image, root.encode(n)), opts); err == nil {
				t.Errorf("%+v: another length of %#x (% x) is accepted", how, n.tag, n.value)
			}
			whole := n.children
			for i := range whole {
				if n.children = slices.Delete(slices.Clone(whole), i, i+1); accepts() {
					t.Errorf("%+v: %#x (% x) can be left out", how, whole[i].tag, whole[i].value)
				}
			}
			for i := 0; i <= len(whole) && whole != nil; i++ {
				for _, more := range []*node{{tag: 5}, {tag: 2, value: []byte{1}}, {tag: 0x30}, {tag: 0x31}, {tag: 0xa3}} {
					n.children = slices.Insert(slices.Clone(whole), i, more)
					digest := i == 1 && len(whole) == 1 && whole[0].tag == 6 && bytes.HasPrefix(whole[0].value,
						[]byte("\x60\x86\x48"))
					if accepts() != (digest && more.tag == 5) {
						t.Errorf("%+v: %#x at %d of %#x (% x) is accepted: %v", how, more.tag, i, n.tag, n.value, accepts())
					}
				}
			}
			n.children = whole
		})
	}
}

// TestLongSigner: a signature cannot make errors arbitrarily long.
func TestLongSigner(t *testing.T) {
	key := signtest.NewKey(t, signtest.P256, "known", nil)
	root := parseNodes(t, key.SignedData(t, module(), nil))[0]
	data := root.children[1].children[0]
	issuer := data.children[len(data.children)-1].children[0].children[1].children[0]
	issuer.children[0].children[0].children[1].value = bytes.Repeat([]byte{1}, 5000)
	_, err := keyring(t, key).Verify(signtest.Append(module(), root.encode(nil)), nil)
	if !errors.Is(err, modsig.ErrDamaged) || len(err.Error()) > 100 {
		t.Errorf("got an error of %d bytes: %.100s", len(err.Error()), err)
	}
}

// TestAttributesAsModule: a signature over attributes is not one over a module
// made of them.
func TestAttributesAsModule(t *testing.T) {
	key := signtest.NewKey(t, signtest.P256, "known", nil)
	root := parseNodes(t, key.SignedData(t, module(), &signtest.Options{Attributes: true}))[0]
	data := root.children[1].children[0]
	signer := data.children[len(data.children)-1].children[0]
	at := slices.IndexFunc(signer.children, func(n *node) bool { return n.tag == 0xa0 })
	attributes := *signer.children[at]
	attributes.tag = 0x31
	signer.children = slices.Delete(signer.children, at, at+1)
	image := signtest.Append(attributes.encode(nil), root.encode(nil))
	if got, err := keyring(t, key).Verify(image, nil); !errors.Is(err, modsig.ErrDamaged) {
		t.Errorf("got %+v, %v", got, err)
	}
}
