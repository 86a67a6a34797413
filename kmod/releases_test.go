package kmod_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/kmod"
)

func TestRunningRelease(t *testing.T) {
	got, err := kmod.RunningRelease()
	if runtime.GOOS != "linux" {
		if !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("got %q, %v", got, err)
		}
		return
	}
	db := dbtest.Open(t, nil)
	if err != nil || got != db.Release() {
		t.Errorf("got %q, %v, want %q", got, err, db.Release())
	}
}

// TestReleases: only directories count, in both places, each once.
func TestReleases(t *testing.T) {
	dir := &fstest.MapFile{Mode: fs.ModeDir | 0o755}
	for what, test := range map[string]struct {
		files fstest.MapFS
		want  []string
		err   error
	}{
		"some": {fstest.MapFS{"lib/modules/6.9.1": dir, "lib/modules/6.10.0/modules.dep": {}, "lib/modules/file": {},
			"usr/lib/modules/6.9.1": dir, "usr/lib/modules/5.10": dir}, []string{"5.10", "6.10.0", "6.9.1"}, nil},
		"merged": {fstest.MapFS{"usr/lib/modules/6.1": dir}, []string{"6.1"}, nil},
		"none":   {fstest.MapFS{"lib/modules": dir}, nil, nil},
		"a file": {fstest.MapFS{"lib/modules": {}}, nil, kmod.ErrNoModuleDir},
		"empty":  {fstest.MapFS{}, nil, kmod.ErrNoModuleDir},
	} {
		got, err := kmod.Releases(&kmod.Config{FS: test.files})
		if !slices.Equal(got, test.want) || !errors.Is(err, test.err) {
			t.Errorf("%s: got %q, %v, want %q, %v", what, got, err, test.want, test.err)
		}
	}
}

// TestReleasesBelowRoot: links to a directory below the root count, and an error names
// the path as the caller knows it.
func TestReleasesBelowRoot(t *testing.T) {
	root, outside := t.TempDir(), t.TempDir()
	for _, dir := range []string{"lib/modules/6.1", "opt/6.2"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, to := range map[string]string{"6.2": "/opt/6.2", "6.3": outside, "6.4": "nowhere"} {
		if err := os.Symlink(to, filepath.Join(root, "lib/modules", name)); err != nil {
			t.Skip("no symbolic links: ", err)
		}
	}
	for hostLinks, want := range map[bool][]string{false: {"6.1", "6.2"}, true: {"6.1", "6.2", "6.3"}} {
		got, err := kmod.Releases(&kmod.Config{Root: root, HostLinks: hostLinks})
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("with host links %v: got %q, %v, want %q", hostLinks, got, err, want)
		}
	}
	if _, err := kmod.Releases(&kmod.Config{Root: outside}); !errors.Is(err, fs.ErrNotExist) ||
		!strings.Contains(err.Error(), outside+"/lib/modules") {
		t.Errorf("got %v", err)
	}
	if _, err := kmod.Releases(&kmod.Config{Root: filepath.Join(root, "none")}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without the root: %v", err)
	}
}

// TestReleasesUnreadable: what cannot be listed is not an empty answer.
func TestReleasesUnreadable(t *testing.T) {
	fsys := unreadable{fstest.MapFS{"lib/modules/6.1": {Mode: fs.ModeDir}}}
	got, err := kmod.Releases(&kmod.Config{FS: fsys})
	if got != nil || !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), "lib/modules") {
		t.Errorf("got %q, %v", got, err)
	}
}

// unreadable is a file system whose directories nobody may list.
type unreadable struct{ fstest.MapFS }

func (unreadable) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
}
