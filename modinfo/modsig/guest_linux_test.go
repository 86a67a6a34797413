package modsig_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/gokmod/gokmod/internal/test/signtest"
	"github.com/gokmod/gokmod/internal/trailer"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/kmodtest/vm"
	"github.com/gokmod/gokmod/kmod/live"
	"github.com/gokmod/gokmod/modinfo/modsig"
)

// kernelAccepts reports whether the running kernel accepts a module called
// dummy.
func kernelAccepts(t *testing.T, image []byte) bool {
	t.Helper()
	kernel := &live.Host{}
	switch err := kernel.InitModule(image, ""); err {
	case nil:
	case syscall.EKEYREJECTED, syscall.ENOKEY, syscall.EBADMSG, syscall.ENOPKG, syscall.EINVAL, syscall.EOVERFLOW:
		return false
	default:
		t.Errorf("the kernel answers with %v", err)
		return false
	}
	if err := kernel.DeleteModule("dummy", 0); err != nil {
		t.Fatal(err)
	}
	return true
}

// TestGuestKernel compares with the kernel's verdict on one of its own modules
// with changed signatures. What we accept, the kernel must accept. If only the
// kernel accepts a signature, it is not encoded as DER demands (long lengths,
// other bits in tags, too many elements, trailing bytes), or is wrong in a place
// that the kernel does not check. sign-file makes no such signatures.
func TestGuestKernel(t *testing.T) {
	vm.RequireGuest(t)
	keys, err := modsig.ReadKeyring(guestCertificates)
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("/lib/modules/*/kernel/drivers/net/dummy.ko*")
	if err != nil || len(files) != 1 {
		t.Fatalf("found %v, %v", files, err)
	}
	signed := unpacked(t, files[0])
	good, err := keys.Verify(signed, &modsig.Options{IgnoreValidity: true})
	if err != nil {
		t.Fatal(err)
	}
	c := &comparison{t: t, keys: keys, laxer: map[string]int{}}
	body, der := signed[:good.SignedSize], signed[good.SignedSize:len(signed)-trailer.Size]
	c.compare("as it is", signed)
	if c.accepted != 1 {
		t.Fatal("the kernel does not accept its own module")
	}
	for what, image := range map[string][]byte{
		"unsigned":               body,
		"a byte more":            signtest.Append(append(bytes.Clone(body), 0), der),
		"a byte less":            signtest.Append(body[:len(body)-1], der),
		"a byte after it":        append(bytes.Clone(signed), 0),
		"half of the signature":  signtest.Append(body, der[:len(der)/2]),
		"another byte in it":     append([]byte{body[0], body[1], body[2], body[3], body[4] ^ 3}, signed[5:]...),
		"nothing of a signature": signtest.Append(body, nil),
	} {
		if c.compare(what, image) {
			t.Errorf("%s: the kernel accepts it", what)
		}
	}
	c.compare("bytes after the signature", signtest.Append(body, append(bytes.Clone(der), 0, 0)))
	root := parseNodes(t, der)[0]
	c.compareBits(signed, len(body), len(body)+len(der)-len(signatureValue(root)))
	c.compareNodes(body, root)
	t.Logf("%d signatures, %d accepted by both, only by the kernel: %v", c.compared, c.accepted, c.laxer)
}

// signatureValue is the value that the key computed from the digest. It ends
// the signature.
func signatureValue(root *node) []byte {
	last := root
	for len(last.children) > 0 {
		last = last.children[len(last.children)-1]
	}
	return last.value
}

// comparison compares verdicts on modules.
type comparison struct {
	t                  *testing.T
	keys               *modsig.Keyring
	compared, accepted int
	laxer              map[string]int // what only the kernel accepts, with our reason
}

// compare reports whether the kernel accepts a module.
func (c *comparison) compare(what string, image []byte) bool {
	c.t.Helper()
	c.compared++
	kernel := kernelAccepts(c.t, image)
	_, err := c.keys.Verify(image, &modsig.Options{IgnoreValidity: true})
	switch {
	case kernel && err == nil:
		c.accepted++
	case err == nil:
		c.t.Errorf("%s: we accept it, the kernel does not", what)
	case kernel:
		reason, _, _ := strings.Cut(err.Error(), " (issuer")
		c.laxer[what+": "+reason]++
	}
	return kernel
}

// compareBits changes every bit of a signature and its trailer, but only one in
// each byte between value and the trailer.
func (c *comparison) compareBits(signed []byte, from, value int) {
	for i := from; i < len(signed); i++ {
		for bit := range 8 {
			if i >= value && i < len(signed)-trailer.Size && bit != i%8 {
				continue
			}
			changed := bytes.Clone(signed)
			changed[i] ^= 1 << bit
			c.compare("a bit", changed)
		}
	}
}

// compareNodes changes the structure of a signature at every place.
func (c *comparison) compareNodes(body []byte, root *node) {
	try := func(what string, wide *node) {
		c.compare(what, signtest.Append(body, root.encode(wide)))
	}
	root.walk(func(n *node) {
		try("an overlong length", n)
		whole := n.children
		for i := range whole {
			n.children = slices.Delete(slices.Clone(whole), i, i+1)
			try(fmt.Sprintf("without %#x", whole[i].tag), nil)
		}
		for i := 0; i <= len(whole) && whole != nil; i++ {
			for _, more := range []*node{{tag: 5}, {tag: 2, value: []byte{1}}, {tag: 0x30}, {tag: 0xa3}} {
				n.children = slices.Insert(slices.Clone(whole), i, more)
				try(fmt.Sprintf("with %#x in %#x", more.tag, n.tag), nil)
			}
		}
		n.children = whole
	})
}

// TestGuestLoader loads a module signed with the kernel's own key, and nothing
// else.
func TestGuestLoader(t *testing.T) {
	vm.RequireGuest(t)
	keys, err := modsig.ReadKeyring(guestCertificates)
	if err != nil {
		t.Fatal(err)
	}
	db, err := kmod.Open(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	loader := kmod.NewLoader(db, &kmod.LoaderConfig{Verify: keys.Verifier(&modsig.Options{IgnoreValidity: true})})
	if result, err := loader.Load(context.Background(), "dummy"); err != nil || !slices.Equal(result.Inserted(), []string{"dummy"}) {
		t.Fatalf("inserted %v, %v", result.Inserted(), err)
	}
	if err := loader.Remove(t.Context(), "dummy", 0); err != nil {
		t.Fatal(err)
	}
	m, err := db.Module("dummy")
	if err != nil {
		t.Fatal(err)
	}
	image := unpacked(t, m.Path)
	image[len(image)/2] ^= 1
	path := write(t, t.TempDir(), "dummy.ko", image)
	if err := loader.Insert(t.Context(), path, "", 0); !errors.Is(err, modsig.ErrBadSignature) || !errors.Is(err, kmod.ErrForbidden) {
		t.Errorf("a changed module gives %v", err)
	}
	if status, err := loader.Status("dummy"); status != kmod.StatusLoadable || err != nil {
		t.Errorf("the module is %v, %v", status, err)
	}
}
