package kmodref

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/test/debs"
)

// TestNewest: kmod runs under each name, and reads the compressed modules of
// distributions.
func TestNewest(t *testing.T) {
	for _, name := range tools {
		out, err := exec.Command(Newest(t, name), "--version").CombinedOutput()
		if err != nil || !strings.HasPrefix(string(out), "kmod version ") {
			t.Fatalf("%s: %v\n%s", name, err, out)
		}
		for _, feature := range []string{"+ZSTD", "+XZ"} {
			if !strings.Contains(string(out), feature) {
				t.Errorf("%s has no %s:\n%s", name, feature, out)
			}
		}
		if name == "kmod" {
			t.Log(string(out))
		}
		argv, err := NewestArgv(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		bare, err := exec.Command(argv[0], append(argv[1:], "--version")...).Output()
		if err != nil || string(bare) != string(out) {
			t.Errorf("%q says %q, %v", argv, bare, err)
		}
	}
}

// fakeArchive stands in for apt and dpkg-deb, and serves one version of kmod,
// whose dynamic loader is a script that shows its arguments.
type fakeArchive struct {
	version    string
	offline    bool
	downloaded []string
}

func (a *fakeArchive) run(_ context.Context, dir, tool string, args ...string) ([]byte, error) {
	last := args[len(args)-1]
	switch {
	case tool == "dpkg-deb":
		lib := filepath.Join(last, "usr/lib/some-linux-gnu")
		loader := []byte("#!/bin/sh\necho \"$@\"\n")
		err := os.MkdirAll(lib, 0o755)
		return nil, errors.Join(err, os.WriteFile(filepath.Join(lib, "ld-linux-some.so.2"), loader, 0o755))
	case slices.Contains(args, "indextargets"):
		return []byte("Debian|Debian|http://archive.example/debian/\n"), nil
	case a.offline:
		return nil, errors.New("no network")
	case slices.Contains(args, "show"):
		return []byte("Package: kmod\nVersion: " + a.version + "\n"), nil
	case slices.Contains(args, "search"):
		return []byte("liblzma5 - a library\n"), nil
	case slices.Contains(args, "depends") && slices.Contains(args, "kmod"):
		return []byte("kmod\n  Depends: libkmod2\n"), nil
	case slices.Contains(args, "download"):
		a.downloaded = args[slices.Index(args, "download")+1:]
		for _, pkg := range a.downloaded {
			if err := os.WriteFile(filepath.Join(dir, pkg+".deb"), nil, 0o644); err != nil {
				return nil, err
			}
		}
	}
	return nil, nil
}

func TestFetchNewest(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("packages are fetched on Linux only")
	}
	archive, dir := &fakeArchive{version: "34.2-2"}, t.TempDir()
	fetch := func(want string) string {
		t.Helper()
		root, err := newNewest(debs.Parse("kmod:amd64/sid"), dir, archive.run).fetch(t.Context())
		if err != nil || filepath.Base(root) != want {
			t.Fatalf("got %s, %v, want %s", root, err, want)
		}
		return root
	}
	root := fetch("kmod-34.2-2")
	if want := []string{"liblzma5", "kmod", "libkmod2"}; !slices.Equal(archive.downloaded, want) {
		t.Errorf("downloaded %q, want %q", archive.downloaded, want)
	}
	out, err := exec.Command(filepath.Join(root, "tools", "depmod"), "-n", "a b").Output()
	up := root + "/tools/.."
	want := "--argv0 depmod --library-path " + up + "/usr/lib/some-linux-gnu " + up + "/usr/bin/kmod -n a b\n"
	if err != nil || string(out) != want {
		t.Errorf("depmod runs %q, %v, want %q", out, err, want)
	}
	archive.downloaded = nil
	if fetch("kmod-34.2-2"); archive.downloaded != nil {
		t.Errorf("downloaded %q again", archive.downloaded)
	}
	archive.version = "35-1"
	if err := os.RemoveAll(filepath.Join(dir, "apt")); err != nil { // as if a day had passed
		t.Fatal(err)
	}
	fetch("kmod-35-1")
	left, err := filepath.Glob(filepath.Join(dir, "kmod-*"))
	if err != nil || len(left) != 1 {
		t.Errorf("there are %q, %v", left, err)
	}
	archive.offline = true
	if err := os.RemoveAll(filepath.Join(dir, "apt")); err != nil {
		t.Fatal(err)
	}
	fetch("kmod-35-1")
	if _, err := newNewest(debs.Parse("kmod:amd64/sid"), t.TempDir(), archive.run).fetch(t.Context()); err == nil {
		t.Error("without network and cache there is no error")
	}
}
