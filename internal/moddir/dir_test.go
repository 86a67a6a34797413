package moddir

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/internal/openfile"
	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/internal/tree"
)

// TestReadFile: a file is read as a whole, or there is an error that names it as
// people know it.
func TestReadFile(t *testing.T) {
	files := fstest.MapFS{"lib/modules/1/modules.order": {Data: []byte("kernel/a.ko\n")}, "lib/modules/1/kernel/a.ko": {}}
	root := modtest.Write(t, files)
	out := filepath.Join(t.TempDir(), "out")
	err := errors.Join(os.WriteFile(out, nil, 0o644), os.Symlink(out, filepath.Join(root, "lib/modules/1/away")))
	if err != nil {
		t.Skip("no symbolic links: ", err)
	}
	onDisk, err := tree.Open(root, false)
	if err != nil {
		t.Fatal(err)
	}
	defer onDisk.Close()
	for shown, files := range map[string]*tree.Tree{"": tree.New(files), root + "/": onDisk} {
		dir := Dir{files, "lib/modules/1"}
		for _, test := range []struct {
			name  string
			limit int64
			op    string
			err   error
		}{
			{Order, 12, "", nil}, {Order, 11, "read", openfile.ErrTooLarge},
			{"none", 12, "open", fs.ErrNotExist}, {"away", 12, "open", fs.ErrNotExist},
			{"kernel", 12, "open", openfile.ErrNotRegular},
		} {
			data, err := dir.ReadFile(test.name, test.limit)
			if test.err == nil {
				if string(data) != "kernel/a.ko\n" || err != nil {
					t.Errorf("%s: %q, %v", test.name, data, err)
				}
				continue
			}
			var failed *fs.PathError
			if !errors.As(err, &failed) || failed.Op != test.op || !errors.Is(err, test.err) ||
				failed.Path != shown+"lib/modules/1/"+test.name || data != nil {
				t.Errorf("%s of %q: %v", test.name, shown, err)
			}
		}
	}
}
