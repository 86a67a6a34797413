package cms_test

import (
	"encoding/asn1"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/cms"
)

// Values of DER from which the tests are built.

// tlv is a value of less than 64 KiB.
func tlv(tag byte, parts ...string) string {
	content := strings.Join(parts, "")
	switch n := len(content); {
	case n < 0x80:
		return string([]byte{tag, byte(n)}) + content
	case n < 0x100:
		return string([]byte{tag, 0x81, byte(n)}) + content
	default:
		return string([]byte{tag, 0x82, byte(n >> 8), byte(n)}) + content
	}
}

func seq(parts ...string) string  { return tlv(0x30, parts...) }
func set(parts ...string) string  { return tlv(0x31, parts...) }
func number(digits string) string { return tlv(2, digits) }
func octets(s string) string      { return tlv(4, s) }
func oid(s string) string         { return tlv(6, s) }

const (
	null      = "\x05\x00"
	signedOID = "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"
	dataOID   = "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01"
	cnOID     = "\x55\x04\x03"
)

// fields are the fields of a structure, by name.
type fields map[string]string

func (f fields) get(name, otherwise string) string {
	if v, ok := f[name]; ok {
		return v
	}
	return otherwise
}

// name is a distinguished name with a common name.
func name(cn string) string { return seq(set(seq(oid(cnOID), tlv(12, cn)))) }

// signer is a SignerInfo; fields that are given replace its own.
func signer(f fields) string {
	return seq(f.get("version", number("\x01")), f.get("id", seq(f.get("issuer", name("issuer")), f.get("serial",
		number("\x07")))),
		f.get("digest", seq(oid("\x2a\x01"))), f.get("attrs", ""), f.get("algorithm", seq(oid("\x2a\x02"), octets("p"))),
		f.get("value", octets("signature")), f.get("unsigned", ""), f.get("end", ""))
}

// signedData is a whole signature; fields that are given replace its own.
func signedData(f fields) string {
	data := seq(f.get("version", number("\x01")), f.get("digests", set(seq(oid("\x2a\x01")))),
		f.get("info", seq(f.get("type", oid(dataOID)), f.get("content", ""))), f.get("certs", ""), f.get("crls", ""),
		f.get("signers", set(signer(nil))), f.get("end", ""))
	return seq(f.get("oid", oid(signedOID)), f.get("explicit", tlv(0xa0, data, f.get("behind", ""))), f.get("last", ""))
}

// certificate is a certificate; fields that are given replace its own.
func certificate(f fields) string {
	tbs := seq(f.get("version", tlv(0xa0, number("\x02"))), f.get("serial", number("\x09")), f.get("inner",
		seq(oid("\x2a\x03"))),
		f.get("issuer", name("issuer")),
		f.get("validity", seq(tlv(0x17, "200102030405Z"), f.get("until", tlv(0x18, "20550607080910Z")))),
		f.get("subject", name("subject")), f.get("key", seq(seq(oid("\x2a\x04"), null), tlv(3, "\x00key"))),
		f.get("ids", ""), f.get("extensions", tlv(0xa3, seq(extension(keyID, octets(octets("key id")))))), f.get("end", ""))
	return seq(f.get("tbs", tbs), f.get("algorithm", seq(oid("\x2a\x05"))), f.get("signature", tlv(3, "\x00signature")),
		f.get("last", ""))
}

const keyID = "\x55\x1d\x0e"

func extension(oidBytes string, parts ...string) string {
	return seq(oid(oidBytes), strings.Join(parts, ""))
}

// check is a structure with one field changed. want is a part of the error, "" for
// none.
type check struct {
	name string
	f    fields
	want string
}

// run parses the structure that make builds for each check.
func run(t *testing.T, checks []check, make func(f fields) string, parse func(der []byte) error) {
	t.Helper()
	for _, c := range checks {
		err := parse([]byte(make(c.f)))
		if (err == nil) != (c.want == "") || err != nil && (!errors.Is(err, cms.ErrSyntax) ||
			!strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

func repeat(s string, n int) string { return strings.Repeat(s, n) }

// nested is a value wrapped in the given number of others.
func nested(levels int) string {
	s := null
	for range levels {
		s = seq(s)
	}
	return s
}

// node is a value with those nested in it.
type node struct {
	tag      byte
	value    string
	children []*node
}

func nodes(t *testing.T, der string) []*node {
	t.Helper()
	var all []*node
	for rest := []byte(der); len(rest) > 0; {
		var v asn1.RawValue
		next, err := asn1.Unmarshal(rest, &v)
		if err != nil {
			t.Fatal(err)
		}
		n := &node{tag: rest[0], value: string(v.Bytes)}
		if v.IsCompound {
			n.children = nodes(t, n.value)
		}
		all, rest = append(all, n), next
	}
	return all
}

func (n *node) encode() string {
	if n.children == nil {
		return tlv(n.tag, n.value)
	}
	var inside string
	for _, c := range n.children {
		inside += c.encode()
	}
	return tlv(n.tag, inside)
}

// everyChange calls f with each variant of der in which one value is left out,
// inserted or given another tag, and with a description of the change.
func everyChange(t *testing.T, der string, f func(change string, inside byte, at int, der string)) {
	t.Helper()
	root := &node{tag: 0x30, children: nodes(t, der)}
	var walk func(n *node)
	walk = func(n *node) {
		whole := n.children
		try := func(change string, at int, children []*node) {
			n.children = children
			var all string
			for _, c := range root.children {
				all += c.encode()
			}
			f(change, n.tag, at, all)
		}
		for i, c := range whole {
			try("left out", i, append([]*node{}, slices.Delete(slices.Clone(whole), i, i+1)...))
			other := *c
			other.tag ^= 0x40
			try("another class", i, slices.Replace(slices.Clone(whole), i, i+1, &other))
			try("a null before", i, slices.Insert(slices.Clone(whole), i, &node{tag: 5}))
			try("a null behind", i, slices.Insert(slices.Clone(whole), i+1, &node{tag: 5}))
			n.children = whole
			walk(c)
		}
		n.children = whole
	}
	for _, c := range root.children {
		walk(c)
	}
}
