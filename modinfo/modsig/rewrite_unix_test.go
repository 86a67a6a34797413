//go:build unix

package modsig_test

import (
	"os"
	"syscall"
	"testing"

	"github.com/gokmod/gokmod/internal/test/signtest"
)

// TestSignFileOwner: a signed file belongs to whom it belonged, if root signs it.
func TestSignFileOwner(t *testing.T) {
	path := write(t, t.TempDir(), "a.ko", module())
	want := uint32(os.Getuid())
	if want == 0 {
		want = 1234
		if err := os.Chown(path, int(want), -1); err != nil {
			t.Skip("files cannot be given away here: ", err)
		}
	}
	if err := signer(t, signtest.NewKey(t, signtest.P256, "signs", nil), nil).SignFile(path); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Sys().(*syscall.Stat_t).Uid; got != want {
		t.Errorf("it belongs to %d, want %d", got, want)
	}
}
