package modsig_test

import (
	"bytes"
	"context"
	"crypto"
	"errors"
	"fmt"
	"io/fs"
	"log"
	"os"
	"time"

	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/kmodtest"
	"github.com/gokmod/gokmod/modinfo/modsig"
)

func ExampleKeyring_VerifyFS() {
	files := modtest.Golden() // a module tree, and a certificate
	keys, err := modsig.ReadKeyringFS(files, "cert.pem")
	if err != nil {
		log.Fatal(err)
	}
	const dir = "tree/lib/modules/6.1.0-56-amd64/kernel/gm/"
	opts := &modsig.Options{Time: time.Date(2030, time.January, 1, 0, 0, 0, 0, time.UTC)}
	for _, name := range []string{"gm_param.ko.xz", "gm_mid.ko.xz"} {
		verified, err := keys.VerifyFS(files, dir+name, opts)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Printf("%s%s: %s (%s, %s)\n", dir, name,
			verified.Certificate.Subject, verified.Certificate.KeyType, verified.HashAlgo)
	}
	// Output:
	// tree/lib/modules/6.1.0-56-amd64/kernel/gm/gm_param.ko.xz: CN=Golden module signing key,O=Golden (RSA 2048, sha256)
	// tree/lib/modules/6.1.0-56-amd64/kernel/gm/gm_mid.ko.xz: the module is not signed
}

// A Loader that inserts signed modules only.
func ExampleKeyring_Verifier() {
	keys, err := modsig.ReadKeyringFS(modtest.Golden(), "cert.pem")
	if err != nil {
		log.Fatal(err)
	}
	db, err := kmod.Open(goldenConfig())
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	opts := &modsig.Options{Time: time.Date(2030, time.January, 1, 0, 0, 0, 0, time.UTC)}
	loader := kmod.NewLoader(db, &kmod.LoaderConfig{
		Kernel: kmodtest.New(modtest.GoldenRelease), // a kernel in memory
		Verify: keys.Verifier(opts),
	})
	result, err := loader.Load(context.Background(), "gm_param")
	fmt.Println(result.Inserted(), err)
	result, err = loader.Load(context.Background(), "gm_dev")
	fmt.Println(result.Inserted(), err)
	fmt.Println(errors.Is(err, kmod.ErrForbidden), errors.Is(err, modsig.ErrUnsigned))
	// Output:
	// [gm_param] <nil>
	// [] load module gm_dev: policy forbids it: the module is not signed
	// true true
}

// Signing a module, compressed or not, with the key and the certificate of a kernel's build.
func ExampleSigner_SignFile() {
	dir, err := os.MkdirTemp("", "modules")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := os.CopyFS(dir, buildTree()); err != nil {
		log.Fatal(err)
	}
	signer, err := modsig.ReadSigner(dir+"/signing_key.pem", dir+"/signing_key.x509", nil)
	if err != nil {
		log.Fatal(err)
	}
	if err := signer.SignFile(dir + "/driver.ko.xz"); err != nil {
		log.Fatal(err)
	}
	verified, err := modsig.NewKeyring(signer.Certificate()).VerifyFile(dir+"/driver.ko.xz", nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("signed by %s (%s, %s)\n",
		verified.Certificate.Subject, verified.Certificate.KeyType, verified.HashAlgo)
	// Output:
	// signed by CN=Build time key (ECDSA P-256, sha256)
}

// A key need not be in a file: NewSigner takes whatever signs, here a key in memory in the
// place of one in a TPM.
func ExampleNewSigner() {
	tree := buildTree()
	var token crypto.Signer = openToken(tree)
	certificate, err := fs.ReadFile(tree, "signing_key.x509")
	if err != nil {
		log.Fatal(err)
	}
	certs, err := modsig.ParseCertificates(certificate)
	if err != nil {
		log.Fatal(err)
	}
	signer, err := modsig.NewSigner(token, certs[0], &modsig.SignOptions{HashAlgo: "sha512"})
	if err != nil {
		log.Fatal(err)
	}
	image := module() // an uncompressed module
	signed, err := signer.Sign(image)
	if err != nil {
		log.Fatal(err)
	}
	verified, err := modsig.NewKeyring(certs...).Verify(signed, nil)
	fmt.Println(verified.HashAlgo, err)

	bare, err := modsig.Strip(signed)
	fmt.Println(bytes.Equal(bare, image), err)
	// Output:
	// sha512 <nil>
	// true <nil>
}

// goldenConfig is a module tree in memory.
func goldenConfig() *kmod.Config {
	tree, err := fs.Sub(modtest.Golden(), "tree")
	if err != nil {
		log.Fatal(err)
	}
	indexes, err := fs.Sub(modtest.Golden(), "expected")
	if err != nil {
		log.Fatal(err)
	}
	return &kmod.Config{FS: tree, Indexes: indexes, Release: modtest.GoldenRelease, NoConfig: true}
}
