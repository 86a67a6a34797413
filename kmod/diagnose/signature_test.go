package diagnose_test

import (
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/diagnose"
	"github.com/gokmod/gokmod/kmod/kmodtest"
	"github.com/gokmod/gokmod/kmod/live"
)

// signatureKernel is a kernel that checks signatures, with what it says about
// enforcing them; kmodtest's does so only if it enforces them.
type signatureKernel struct {
	*kmodtest.Kernel
	enforce string
}

func (k signatureKernel) Sys() fs.FS { return signatureFS{k.Kernel.Sys(), k.enforce} }

type signatureFS struct {
	fs.FS
	enforce string
}

func (f signatureFS) Open(name string) (fs.File, error) {
	if name == "module/module/parameters/sig_enforce" {
		return fstest.MapFS{name: &fstest.MapFile{Data: []byte(f.enforce + "\n")}}.Open(name)
	}
	return f.FS.Open(name)
}

// TestDiagnoseSignatureUnchecked: a readable signature may still not belong to the
// file; the diagnosis says so for kernels that check.
func TestDiagnoseSignatureUnchecked(t *testing.T) {
	_, m, _ := goodModules()
	for _, test := range []struct {
		name      string
		signature []byte
		kernel    func(k *kmodtest.Kernel) live.Kernel
		want      bool
	}{
		{"no kernel", pkcs7Signature(t, "me", 1), nil, true},
		{"checks", pkcs7Signature(t, "me", 1), func(k *kmodtest.Kernel) live.Kernel { return signatureKernel{k, "N"} }, true},
		{"does not", pkcs7Signature(t, "me", 1), func(k *kmodtest.Kernel) live.Kernel { return k }, false},
		{"another kind", plainSignature("me", "k1", 1),
			func(k *kmodtest.Kernel) live.Kernel { return signatureKernel{k, "N"} }, false},
	} {
		m.Signature = test.signature
		files := modtest.Tree(nil, modtest.TreeModule{Path: "m.ko", File: m.Build()})
		opts := &diagnose.Options{Symvers: strings.NewReader(symversText())}
		if test.kernel != nil {
			opts.Kernel = test.kernel(kmodtest.New(modtest.Release))
		}
		d, err := diagnose.Module(dbtest.Open(t, &kmod.Config{FS: files, Release: modtest.Release}), opts, kmod.Request{Name: "m"})
		if err != nil {
			t.Fatal(err)
		}
		const text = "not checked: whether the signature of m belongs to the file; " +
			"that takes the signer's certificate"
		got := slices.ContainsFunc(d.Unchecked, func(u diagnose.Unchecked) bool { return u.String() == text })
		if got != test.want {
			t.Errorf("%s: %v", test.name, d.Unchecked)
		}
	}
}
