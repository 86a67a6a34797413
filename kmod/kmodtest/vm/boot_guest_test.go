package vm

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// Flags that make guest tests misbehave, set by the host's tests.
var (
	guestFail = flag.Bool("guestfail", false, "let TestGuestFail fail")
	guestHang = flag.Bool("guesthang", false, "let TestGuestHang hang")
	guestSkip = flag.Bool("guestskip", false, "let TestGuestSkip skip")
)

func TestGuestRelease(t *testing.T) {
	RequireGuest(t)
	release, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := strings.TrimSpace(string(release)), os.Getenv("WANT_RELEASE"); got != want {
		t.Errorf("release %q, want %q", got, want)
	}
}

func TestGuestFileSystems(t *testing.T) {
	RequireGuest(t)
	for _, name := range []string{"/proc/modules", "/sys/module/module/parameters", "/dev/kmsg", "/sys/kernel/security"} {
		if _, err := os.Stat(name); err != nil {
			t.Error(err)
		}
	}
	if _, err := os.ReadFile("/proc/modules"); err != nil {
		t.Error(err)
	}
	if err := os.WriteFile(filepath.Join(t.TempDir(), "x"), nil, 0o644); err != nil {
		t.Error(err)
	}
}

func TestGuestChildIsNotInit(t *testing.T) {
	RequireGuest(t)
	if os.Getpid() == 1 {
		t.Error("the tests run as process 1")
	}
	out, err := exec.Command("/init", "-test.list=^TestGuestRelease$").CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("TestGuestRelease")) {
		t.Errorf("running /init again: %v, output %q", err, out)
	}
}

func TestGuestModuleTree(t *testing.T) {
	RequireGuest(t)
	dir := filepath.Join("/lib/modules", os.Getenv("WANT_RELEASE"))
	dep, err := readModuleDep(dir)
	if err != nil {
		t.Fatal(err)
	}
	files, err := dep.closure([]string{"nf_nat"})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 2 {
		t.Errorf("nf_nat has files %q, expected a dependency", files)
	}
	for _, file := range files {
		if _, err := os.Stat(filepath.Join(dir, file)); err != nil {
			t.Error(err)
		}
	}
}

func TestGuestFiles(t *testing.T) {
	RequireGuest(t)
	got, err := os.ReadFile("/data/deep/hello.txt")
	if err != nil || string(got) != "hello\n" {
		t.Errorf("file from the host: %q, %v", got, err)
	}
	if out, err := exec.Command("/bin/sh", "-c", "echo from a shell").CombinedOutput(); err != nil ||
		string(out) != "from a shell\n" {
		t.Errorf("shell with shared libraries: %q, %v", out, err)
	}
	cmdline, err := os.ReadFile("/proc/cmdline")
	if err != nil || !slices.Contains(strings.Fields(string(cmdline)), "vm.probe=1") {
		t.Errorf("kernel command line %q, %v", cmdline, err)
	}
}

func TestGuestOutput(t *testing.T) {
	RequireGuest(t)
	t.Run("sub test", func(t *testing.T) {
		os.Stdout.WriteString("not a line end")
	})
	t.Run("carriage", func(t *testing.T) {
		os.Stdout.WriteString("a\r\nb\n")
	})
}

func TestGuestSignal(t *testing.T) {
	RequireGuest(t)
	Signal("here I am")
}

func TestGuestFail(t *testing.T) {
	RequireGuest(t)
	if *guestFail {
		t.Error("failing as told")
	}
}

func TestGuestSkip(t *testing.T) {
	RequireGuest(t)
	if *guestSkip {
		t.Skip("skipping as told")
	}
}

func TestGuestHang(t *testing.T) {
	RequireGuest(t)
	if *guestHang {
		time.Sleep(time.Hour)
	}
}
