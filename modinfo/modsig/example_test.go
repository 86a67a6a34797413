package modsig_test

import (
	"fmt"
	"log"
	"time"

	"github.com/gokmod/gokmod/internal/modtest"
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
