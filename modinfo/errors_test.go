package modinfo_test

import (
	"testing"

	"github.com/gokmod/gokmod/modinfo"
)

// TestError: an error is one line of text, whatever the file is called.
func TestError(t *testing.T) {
	for _, test := range []struct{ op, path, want string }{
		{"open", "", "open module: not a valid kernel module"},
		{"open", "/a b.ko", "open /a b.ko: not a valid kernel module"},
		{"open", "a\n\x1b[2J.ko", `open "a\n\x1b[2J.ko": not a valid kernel module`},
		{"read exports", "a\n.ko", `read exports of "a\n.ko": not a valid kernel module`},
	} {
		if got := (&modinfo.Error{Op: test.op, Path: test.path, Err: modinfo.ErrFormat}).Error(); got != test.want {
			t.Errorf("got %s, want %s", got, test.want)
		}
	}
}
