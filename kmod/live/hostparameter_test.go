//go:build unix

package live_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/kmod/live"
)

// hostileSys is a directory that claims to be /sys, with entries that no kernel
// shows, and a file outside it.
func hostileSys(t *testing.T) (kernel live.Kernel, dir, outside string) {
	t.Helper()
	dir = modtest.Write(t, liveFiles())
	outside = filepath.Join(t.TempDir(), "outside")
	if err := os.WriteFile(outside, []byte("not yours\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	params := filepath.Join(dir, "module/lib_x/parameters")
	err := errors.Join(
		os.Symlink(outside, filepath.Join(params, "link")),
		os.Symlink("loop", filepath.Join(params, "loop")),
		os.Symlink("rw", filepath.Join(params, "inside")),
		os.Symlink(filepath.Dir(outside), filepath.Join(dir, "module/lib_x/away")),
		syscall.Mkfifo(filepath.Join(params, "pipe"), 0o666),
		os.Mkdir(filepath.Join(params, "directory"), 0o755),
		os.WriteFile(filepath.Join(params, "odd\nname"), []byte("1\n"), 0o644),
		os.WriteFile(filepath.Join(params, "huge"), nil, 0o644),
		os.Truncate(filepath.Join(params, "huge"), 1<<40),
		os.Remove(filepath.Join(dir, "module/lib_x/version")),
		syscall.Mkfifo(filepath.Join(dir, "module/lib_x/version"), 0o666),
		syscall.Mkfifo(filepath.Join(dir, "modules"), 0o666))
	if err != nil {
		t.Skip("this file system does not take such files: ", err)
	}
	return &live.Host{SysDir: dir, ProcDir: dir}, dir, outside
}

func TestHostileSys(t *testing.T) {
	kernel, _, outside := hostileSys(t)
	m, err := live.Open(kernel, "lib_x")
	if err != nil {
		t.Fatal(err)
	}
	all, err := m.Parameters()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range all {
		readable := p.Name == "ro" || p.Name == "secret" || p.Name == "rw" || p.Name == "inside" || p.Name == "odd\nname"
		if (p.Err == nil) != readable || strings.Contains(p.Value, "yours") || p.Err != nil && strings.Contains(p.Err.Error(), "\n") {
			t.Errorf("%s is %.20q, %v", p.Name, p.Value, p.Err)
		}
	}
	if _, err := m.Version(); err == nil {
		t.Error("a pipe was read")
	}
	for _, err := range live.Loaded(kernel) {
		if err == nil {
			t.Error("a pipe was read as the list of modules")
		}
	}
	for _, name := range []string{"link", "loop", "pipe", "directory", "../initstate"} {
		if err := m.SetParameter(name, "1"); err == nil {
			t.Errorf("%s was written", name)
		}
	}
	if text, err := os.ReadFile(outside); err != nil || string(text) != "not yours\n" {
		t.Errorf("the file outside is %q, %v", text, err)
	}
}

func TestHostWriteParameter(t *testing.T) {
	kernel, dir, outside := hostileSys(t)
	m, err := live.Open(kernel, "lib_x")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "module/lib_x/parameters/rw")
	for _, value := range []string{"a longer value than that", ""} {
		if err := os.Truncate(path, 0); err != nil {
			t.Fatal(err)
		}
		err := m.SetParameter("rw", value)
		got, readErr := os.ReadFile(path)
		if err != nil || readErr != nil || strings.TrimSuffix(string(got), "\x00") != value || len(got) == 0 {
			t.Errorf("writing %q: %v, the file has %q, %v", value, err, got, readErr)
		}
	}
	host := &live.Host{SysDir: dir}
	for _, names := range [][2]string{
		{"lib_x", "../../lib_x/parameters/rw"}, {"lib_x/parameters/..", "rw"}, {"..", "rw"}, {"", "rw"}, {"lib_x", ""},
		{"lib_x", "absent"}, {"lib_x", "link"}, {"lib_x", "pipe"},
	} {
		if err := host.WriteParameter(names[0], names[1], "1"); err == nil {
			t.Errorf("%q was written", names)
		}
	}
	if text, err := os.ReadFile(outside); err != nil || string(text) != "not yours\n" {
		t.Errorf("the file outside is %q, %v", text, err)
	}
}

// TestHostRoots: one of the two may be missing, or both.
func TestHostRoots(t *testing.T) {
	dir := modtest.Write(t, liveFiles())
	if err := os.WriteFile(filepath.Join(dir, "modules"), []byte("lib_x 16384 3 xfs,btrfs, Live 0x0 (OE)\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	nowhere := filepath.Join(dir, "nowhere")
	for what, host := range map[string]*live.Host{
		"no proc": {SysDir: dir, ProcDir: nowhere}, "no sys": {SysDir: nowhere, ProcDir: dir}, "neither": {SysDir: nowhere, ProcDir: nowhere},
	} {
		kernel := host
		m, err := live.Open(kernel, "lib_x")
		if what == "neither" {
			if !errors.Is(err, live.ErrNotLoaded) {
				t.Errorf("%s: %v", what, err)
			}
			continue
		}
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if holders, err := m.Holders(); err != nil || len(holders) != 2 {
			t.Errorf("%s: holders are %v, %v", what, holders, err)
		}
		rows := 0
		for m, err := range live.Loaded(kernel) {
			if err != nil {
				t.Errorf("%s: %v", what, err)
			}
			if m.Name == "lib_x" && m.Size == 16384 {
				rows++
			}
		}
		if rows != 1 {
			t.Errorf("%s: %d rows", what, rows)
		}
	}
	if _, err := fs.ReadFile((&live.Host{SysDir: dir}).Sys(), "../x"); !errors.Is(err, fs.ErrInvalid) {
		t.Errorf("a name that leaves: %v", err)
	}
}
