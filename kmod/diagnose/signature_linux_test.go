package diagnose_test

import (
	"context"
	"errors"
	"strings"
	"syscall"
	"testing"

	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/diagnose"
	"github.com/gokmod/gokmod/kmod/kmodtest"
)

// TestInsertErrorSignature: what a refused signature means depends on whether the
// kernel takes unsigned modules.
func TestInsertErrorSignature(t *testing.T) {
	_, m, _ := goodModules()
	for _, test := range []struct {
		name      string
		signature []byte
		enforce   string
		answer    syscall.Errno
		say       string
	}{
		{"changed", pkcs7Signature(t, "me", 1), "N", syscall.EKEYREJECTED, "the signature of m does not belong to the file"},
		{"enforced", pkcs7Signature(t, "me", 1), "Y", syscall.EKEYREJECTED, "not accepted (EKEYREJECTED)"},
		{"unsigned", nil, "Y", syscall.EKEYREJECTED, "m is not signed"},
		{"damaged", plainSignature("me", "k1", 2), "N", syscall.EBADMSG, "the signature of m is damaged"},
		{"damaged otherwise", plainSignature("me", "k1", 2), "N", syscall.EINVAL, "the signature of m is damaged"},
	} {
		m.Signature = test.signature
		files := modtest.Tree(nil, modtest.TreeModule{Path: "m.ko", File: m.Build()})
		k := kmodtest.New(modtest.Release)
		k.Fail("m", test.answer)
		db := dbtest.Open(t, &kmod.Config{FS: files, Release: modtest.Release})
		loader := kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: signatureKernel{k, test.enforce}, Explain: diagnose.Explainer()})
		if _, err := loader.Load(context.Background(), "m"); !errors.Is(err, test.answer) ||
			!strings.Contains(err.Error(), test.say) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}
