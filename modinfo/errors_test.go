package modinfo_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/modinfo"
)

// TestError: an error is one line of text, whatever the file's name.
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

// TestNoModinfo: a file without .modinfo is not a module, and that is told apart.
func TestNoModinfo(t *testing.T) {
	image := (&modtest.Module{}).Build()
	_, err := modinfo.Read(bytes.NewReader(image), int64(len(image)))
	if !errors.Is(err, modinfo.ErrNoModinfo) || !errors.Is(err, modinfo.ErrFormat) || errors.Is(err,
		modinfo.ErrTooLarge) ||
		err.Error() != "read fields of module: not a kernel module: there is no .modinfo section" {
		t.Error(err)
	}
	closing := &modinfo.Error{Op: "close", Path: "a.ko", Err: modinfo.ErrEmpty}
	if closing.Error() != "close a.ko: not a valid kernel module: the file is empty" ||
		!errors.Is(closing, modinfo.ErrEmpty) || !errors.Is(closing, modinfo.ErrFormat) {
		t.Error(closing)
	}
}
