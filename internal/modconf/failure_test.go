package modconf

import (
	"errors"
	"io/fs"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/internal/test/modtest"
)

// TestMachineFailed: when the machine fails, what is left out is more than a
// warning.
func TestMachineFailed(t *testing.T) {
	files := fstest.MapFS{
		"etc/x.d/a.conf": {Data: []byte("blacklist a\n")}, "etc/x.d/b.conf": {Data: []byte("blacklist b\n")},
	}
	for _, name := range []string{"etc/x.d", "etc/x.d/a.conf"} {
		for err, want := range map[error]bool{syscall.EIO: true, syscall.EMFILE: true, fs.ErrPermission: false} {
			fsys := modtest.Failing{FS: files, Name: name, Err: err}
			c := Read(Sources{FS: fsys, Prefix: "/", Dirs: []string{"etc/x.d"}})
			d := ReadDepmod(DepmodSources{FS: fsys, Prefix: "/", Dirs: []string{"etc/x.d"}})
			for _, got := range []*fs.PathError{c.Err, d.Err} {
				if (got != nil) != want || want && (got.Path != "/"+name || !errors.Is(got, err)) {
					t.Errorf("%s, %v: the error is %v", name, err, got)
				}
			}
			if len(c.Warnings) == 0 || len(d.Warnings) == 0 {
				t.Errorf("%s, %v: there is no warning", name, err)
			}
		}
	}
}
