package sys

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

func TestOpenIn(t *testing.T) {
	root := t.TempDir()
	outside := filepath.Join(t.TempDir(), "secret")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.WriteFile(outside, []byte("outside"), 0o644))
	must(os.MkdirAll(filepath.Join(root, "usr/lib"), 0o755))
	must(os.WriteFile(filepath.Join(root, "usr/lib/file"), []byte("inside"), 0o644))
	must(os.Symlink("/usr/lib", filepath.Join(root, "lib")))
	must(os.Symlink("../../../../usr/lib/file", filepath.Join(root, "up")))
	must(os.Symlink(outside, filepath.Join(root, "away")))
	must(os.Symlink("loop", filepath.Join(root, "loop")))
	dir, err := os.Open(root)
	must(err)
	defer dir.Close()
	tests := []struct {
		name string
		want string
		err  error
	}{
		{"usr/lib/file", "inside", nil},
		{"lib/file", "inside", nil},
		{"up", "inside", nil},
		{"../../../usr/lib/file", "inside", nil},
		{"away", "", fs.ErrNotExist},
		{"nosuch", "", fs.ErrNotExist},
		{"loop", "", nil},
		{"usr/lib/file/x", "", nil},
	}
	for _, test := range tests {
		f, err := OpenIn(dir, test.name, os.O_RDONLY, true)
		if errors.Is(err, errors.ErrUnsupported) {
			t.Skip("this system does not know openat2: ", err)
		}
		if test.want == "" {
			if err == nil || !errors.Is(err, test.err) && test.err != nil {
				t.Errorf("%s: %v, %v", test.name, f, err)
			}
			continue
		}
		must(err)
		if mode, err := ModeIn(dir, test.name, true); mode != 0 || err != nil {
			t.Errorf("the type of %s: %v, %v", test.name, mode, err)
		}
		data, err := io.ReadAll(f)
		must(errors.Join(err, f.Close()))
		if string(data) != test.want {
			t.Errorf("%s has %q", test.name, data)
		}
	}
	if _, err := OpenIn(dir, "usr", os.O_RDONLY|1<<30, true); err == nil || errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("a wrong flag gives %v", err)
	}
	for name, want := range map[string]error{
		"usr/lib/file": nil, "lib/file": unix.ELOOP, "away": unix.ELOOP, "nosuch": unix.ENOENT, "nosuch/lib": unix.ENOENT,
	} {
		f, err := OpenIn(dir, name, Look, false)
		if !errors.Is(err, want) || (err == nil) != (want == nil) {
			t.Errorf("%s without links: %v, want %v", name, err, want)
		}
		mode, modeErr := ModeIn(dir, name, false)
		if !errors.Is(modeErr, want) || (modeErr == nil) != (want == nil) || mode != 0 {
			t.Errorf("the type of %s without links: %v, %v, want %v", name, mode, modeErr, want)
		}
		if f != nil {
			must(f.Close())
		}
	}
}
