package modsig_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/gokmod/gokmod/internal/decompress"
	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/internal/trailer"
	"github.com/gokmod/gokmod/modinfo/modsig"
)

// FuzzVerify: of everything made from the golden module, only modules with its
// exact body are accepted, whatever is in the signature.
func FuzzVerify(f *testing.F) {
	keys, err := modsig.ReadKeyringFS(modtest.Golden(), "cert.pem")
	if err != nil {
		f.Fatal(err)
	}
	signed, err := decompress.Bytes(nil, modtest.GoldenModule(f, "kernel/gm/gm_param.ko.xz"), 1<<20)
	if err != nil {
		f.Fatal(err)
	}
	opts := &modsig.Options{Time: time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC), AllowAttributes: true, AllowSHA1: true}
	good, err := keys.Verify(signed, opts)
	if err != nil {
		f.Fatal(err)
	}
	body := signed[:good.SignedSize]
	end, _ := trailer.Parse(signed[len(signed)-trailer.Size:])
	signature := signed[len(body) : len(body)+int(end.SignatureLen)]
	f.Add([]byte{}, 0, 0, signature)
	f.Add([]byte{1}, 100, 1, signature)
	f.Add([]byte{}, 100, 1, signature[:40])
	f.Fuzz(func(t *testing.T, insert []byte, at, remove int, sig []byte) {
		at = min(max(at, 0), len(body))
		remove = min(max(remove, 0), len(body)-at)
		changed := append(append(bytes.Clone(body[:at]), insert...), body[at+remove:]...)
		image := trailer.Trailer{Kind: trailer.PKCS7, SignatureLen: uint32(len(sig))}.Append(append(bytes.Clone(changed), sig...))
		got, err := keys.Verify(image, opts)
		if (got == nil) == (err == nil) {
			t.Fatalf("got %+v, %v", got, err)
		}
		if err == nil && (!bytes.Equal(changed, body) || got.SignedSize != int64(len(body)) || got.HashAlgo != "sha256") {
			t.Fatalf("another body is accepted: %+v", got)
		}
		if err == nil && len(sig) < len(signature) {
			t.Fatalf("a signature of %d bytes is accepted", len(sig))
		}
		_ = keys.Verifier(nil)("", image)
	})
}

// FuzzCertificates: certificates that are read in DER are all of the input, and
// read the same again.
func FuzzCertificates(f *testing.F) {
	certs, err := modsig.ReadKeyringFS(modtest.Golden(), "cert.pem")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(certs.Certificates()[0].Raw)
	f.Add([]byte("-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		certs, err := modsig.ParseCertificates(data)
		if err != nil {
			if certs != nil {
				t.Fatalf("got %d certificates, %v", len(certs), err)
			}
			return
		}
		var all []byte
		for _, c := range certs {
			all = append(all, c.Raw...)
			again, err := modsig.ParseCertificates(c.Raw)
			if err != nil || len(again) != 1 || again[0].Subject != c.Subject || again[0].KeyType != c.KeyType {
				t.Fatalf("%q is read again as %+v, %v", c.Subject, again, err)
			}
		}
		if !bytes.Contains(data, []byte("-----BEGIN ")) && !bytes.Equal(all, data) {
			t.Fatal("data was left out")
		}
		modsig.NewKeyring(certs...)
	})
}

// FuzzKernelCertificates searches any input for certificates.
func FuzzKernelCertificates(f *testing.F) {
	certs, err := modsig.ReadKeyringFS(modtest.Golden(), "cert.pem")
	if err != nil {
		f.Fatal(err)
	}
	raw := certs.Certificates()[0].Raw
	for _, numbers := range [][]int{{len(raw), len(raw)}, {len(raw)}} {
		c := certList{list: raw, numbers: numbers, bits: 64, order: le}
		f.Add(c.in(modtest.Kernel("6.1.0", nil)))
		f.Add(c.in(modtest.Kernel("5.10.0", nil)))
	}
	f.Add(modtest.Wrapped([]byte("\x1f\x8b\x08")))
	f.Add(modtest.BZImage([]byte("\x1f\x8b")))
	f.Fuzz(func(t *testing.T, image []byte) {
		certs, err := modsig.KernelCertificates(bytes.NewReader(image), int64(len(image)))
		if (err == nil) != (len(certs) > 0) {
			t.Fatalf("got %d certificates, %v", len(certs), err)
		}
	})
}
