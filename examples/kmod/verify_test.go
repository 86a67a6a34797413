package main

import (
	"crypto/x509"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/internal/test/signtest"
)

// signedWorld has a tree of modules, signed and otherwise.
func signedWorld(t *testing.T) *world {
	t.Helper()
	key := signtest.NewKey(t, signtest.P256, "trusted", nil)
	rsa := signtest.NewKey(t, signtest.RSA, "trusted too", nil)
	old := signtest.NewKey(t, signtest.P256, "old", func(c *x509.Certificate) { c.NotAfter = time.Now().AddDate(0, 0, -1) })
	other := signtest.NewKey(t, signtest.P256, "other", func(c *x509.Certificate) { c.SerialNumber.SetInt64(0x1234) })
	body := func(name string) []byte { return modtest.Named(name, nil, nil).Build() }
	changed := key.Sign(t, body("changed"), nil)
	changed[0] ^= 1
	w := newWorld()
	files := fstest.MapFS{}
	for name, data := range map[string][]byte{
		"certs/a.pem":        key.PEM(),
		"certs/b.der":        rsa.Cert.Raw,
		"certs/c.crt":        old.PEM(),
		"other.pem":          other.PEM(),
		"text.pem":           []byte("text"),
		"good/kernel/z.ko":   key.Sign(t, body("z"), nil),
		"good/kernel/a.ko":   rsa.Sign(t, body("a"), nil),
		"good/build/b.ko":    key.Sign(t, body("b"), nil),
		"good/modules.dep":   []byte("text"),
		"bad/changed.ko":     changed,
		"bad/damaged.ko":     signtest.Append(body("damaged"), []byte("no DER")),
		"bad/good.ko":        key.Sign(t, body("good"), nil),
		"bad/old.ko":         old.Sign(t, body("old"), nil),
		"bad/other.ko":       other.Sign(t, body("other"), nil),
		"bad/unsigned.ko":    body("unsigned"),
		"bad/x.ko.gz":        []byte("\x1f\x8bno gzip"),
		"none/README":        []byte("text"),
		"attributes/a.ko":    key.Sign(t, body("a"), &signtest.Options{Attributes: true}),
		"kernel/vmlinux.bin": []byte("no kernel"),
		"kernel/bare":        modtest.Kernel("6.1.0-test", nil),
		"kernel/lzma":        modtest.Zboot("lzma", []byte("lzma")),
	} {
		files[name] = &fstest.MapFile{Data: data}
	}
	w.dir = modtest.Write(t, files)
	return w
}

func TestVerify(t *testing.T) {
	w := signedWorld(t)
	const (
		unknown  = "no trusted certificate belongs to the key that signed the module (issuer CN=other, serial number 12:34)\n"
		noCert   = "verify: ERROR: no certificates are given; see --cert and --kernel\n"
		usage    = "verify: ERROR: missing filename or directory.\n"
		verified = ": verified (ECDSA P-256, sha256, by CN=trusted)\n"
	)
	runCases(t, w, []toolCase{
		{"kmod verify --cert certs good", answer{"3 of 3 modules verified\n", "", 0}},
		{"kmod verify -v -c certs good", answer{w.dir + "/good/build/b.ko" + verified +
			w.dir + "/good/kernel/a.ko: verified (RSA 2048, sha256, by CN=trusted too)\n" +
			w.dir + "/good/kernel/z.ko" + verified + "3 of 3 modules verified\n", "", 0}},
		{"kmod verify -c certs/a.pem -v bad/good.ko good/kernel/z.ko", answer{w.dir + "/bad/good.ko" + verified +
			w.dir + "/good/kernel/z.ko" + verified + "2 of 2 modules verified\n", "", 0}},
		{"kmod verify -c certs bad/other.ko", answer{w.dir + "/bad/other.ko: " + unknown + "0 of 1 modules verified\n", "", 1}},
		{"kmod verify -c certs -c other.pem bad/other.ko", answer{"1 of 1 modules verified\n", "", 0}},
		{"kmod verify -c certs --ignore-validity bad/old.ko", answer{"1 of 1 modules verified\n", "", 0}},
		{"kmod verify -c certs --allow-attributes attributes", answer{"1 of 1 modules verified\n", "", 0}},
		{"kmod verify -c certs good none", answer{w.dir + "/none: it has no modules\n3 of 4 modules verified\n", "", 1}},
		{"kmod verify -c certs gone.ko", answer{w.dir + "/gone.ko: no such file or directory\n0 of 1 modules verified\n", "", 1}},
		{"kmod verify good", answer{"", noCert, 1}},
		{"kmod verify -c certs", answer{"", usage, 1}},
		{"kmod verify -c none good", answer{"", "verify: ERROR: " + w.dir + "/none: there is no certificate in it\n", 1}},
		{"kmod verify -k kernel/vmlinux.bin good", answer{"", "verify: ERROR: " + w.dir +
			"/kernel/vmlinux.bin: it is neither a kernel nor an image that contains one in a supported format\n", 1}},
		{"kmod verify -k kernel/bare good", answer{"", "verify: ERROR: " + w.dir +
			"/kernel/bare: there is no certificate in it: no list of certificates is built into the kernel\n", 1}},
		{"kmod verify -k kernel/lzma good", answer{"", "verify: ERROR: " + w.dir +
			"/kernel/lzma: the kernel in it is packed with lzma: the format of the packed kernel is not supported\n", 1}},
		{"kmod verify -k gone good", answer{"", "verify: ERROR: " + w.dir + "/gone: no such file or directory\n", 1}},
		{"kmod verify --version", answer{version, "", 0}},
		{"kmod verify -x", answer{"", "verify: invalid option -- 'x'\n", 1}},
	})
	if got := w.run("kmod", "verify", "-h"); got.status != 0 || !strings.HasPrefix(got.stdout, "Usage:\n\tkmod verify [options]") {
		t.Errorf("help: %+v", got)
	}
}

// TestVerifyJSON checks the reasons, and that answers come in order.
func TestVerifyJSON(t *testing.T) {
	w := signedWorld(t)
	got := w.run("kmod", "verify", "--json", "-c", "certs", "bad", "bad/good.ko")
	if got.status != failure || got.stderr != "" {
		t.Errorf("status %d, %q", got.status, got.stderr)
	}
	var reasons []string
	for line := range strings.Lines(got.stdout) {
		var verdict verdictJSON
		if err := json.Unmarshal([]byte(line), &verdict); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		reasons = append(reasons, filepath.Base(verdict.Path)+" "+verdict.Reason)
		good := verdict.Reason == ""
		if verdict.Verified != good || (verdict.Error == "") != good || (verdict.Signer == "CN=trusted") != good ||
			(verdict.HashAlgo == "sha256") != good || (verdict.KeyType == "ECDSA P-256") != good {
			t.Errorf("%s", line)
		}
		if verdict.Reason == "unknown-key" && (verdict.Issuer != "CN=other" || verdict.Serial != "1234") {
			t.Errorf("%s", line)
		}
		if again := string(jsonLine(&verdict)); again != line {
			t.Errorf("%s is read as %s", line, again)
		}
	}
	want := []string{"changed.ko bad-signature", "damaged.ko damaged", "good.ko ", "old.ko expired", "other.ko unknown-key",
		"unsigned.ko unsigned", "x.ko.gz unreadable", "good.ko "}
	if !slices.Equal(reasons, want) {
		t.Errorf("got %q", reasons)
	}
}

// TestVerifyKernel trusts the certificates that are built into a kernel.
func TestVerifyKernel(t *testing.T) {
	w := signedWorld(t)
	cert, err := os.ReadFile(filepath.Join(w.dir, "certs/b.der"))
	if err != nil {
		t.Fatal(err)
	}
	image := modtest.Kernel("6.1.0-test", cert)
	for len(image)%8 != 0 {
		image = append(image, 0)
	}
	for range 2 {
		image = append(image, byte(len(cert)), byte(len(cert)>>8), 0, 0, 0, 0, 0, 0)
	}
	if err := os.WriteFile(filepath.Join(w.dir, "vmlinux"), image, 0o644); err != nil {
		t.Fatal(err)
	}
	runCases(t, w, []toolCase{
		{"kmod verify -k vmlinux good/kernel/a.ko", answer{"1 of 1 modules verified\n", "", 0}},
		{"kmod verify -k vmlinux -c certs/a.pem good", answer{"3 of 3 modules verified\n", "", 0}},
	})
}

// TestVerifyLinks: files behind links are verified too, and links that lead in
// circles end.
func TestVerifyLinks(t *testing.T) {
	w := signedWorld(t)
	link := func(target, name string) {
		t.Helper()
		if err := os.Symlink(target, filepath.Join(w.dir, name)); err != nil {
			t.Skip("no symbolic links: ", err)
		}
	}
	link("../bad/unsigned.ko", "good/unsigned.ko")
	link("../attributes", "good/folder")
	link("nowhere", "good/broken.ko")
	link("nowhere", "good/broken")
	link("../bad", "good/source")
	link("..", "good/kernel/up")
	got := w.run("kmod", "verify", "-c", "certs", "good")
	want := strings.ReplaceAll(`DIR/broken.ko: no such file or directory
DIR/folder/a.ko: the kind of signature is not supported: it has signed attributes, which kernels do not accept in modules`, "DIR", w.dir+"/good")
	if !strings.HasPrefix(got.stdout, want) ||
		!strings.HasSuffix(got.stdout, w.dir+"/good/kernel/up: the directory contains itself\n"+
			w.dir+"/good/unsigned.ko: the module is not signed\n3 of 7 modules verified\n") || got.status != failure {
		t.Errorf("got %+v", got)
	}
}

// TestVerifyManyLinks: links that make too many paths are reported, and the
// walk ends.
func TestVerifyManyLinks(t *testing.T) {
	w := signedWorld(t)
	for i := range 30 {
		for _, name := range []string{"a", "b"} {
			if err := os.MkdirAll(filepath.Join(w.dir, "many", strconv.Itoa(i)), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink("../"+strconv.Itoa(i+1), filepath.Join(w.dir, "many", strconv.Itoa(i), name)); err != nil {
				t.Skip("no symbolic links: ", err)
			}
		}
	}
	got := w.run("kmod", "verify", "-c", "certs", "many/0")
	if !strings.Contains(got.stdout, ": too many names are behind symbolic links to directories\n") ||
		got.status != failure {
		t.Errorf("got status %d, %.300s", got.status, got.stdout)
	}
}
