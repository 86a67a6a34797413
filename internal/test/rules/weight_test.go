package rules

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// mostBytes is how large the tools may be, stripped, for Linux on amd64. They are 2 % smaller
// when they are built by Go 1.26. What makes them larger than that has to be worth it.
const mostBytes = 7_000_000

// unlinked are packages that the tools do without, with what takes their place if anything
// does. Each of them is large, or takes time whenever a tool starts.
var unlinked = map[string]string{
	"crypto/x509":   "internal/cms",
	"debug/elf":     "internal/elfmod",
	"go/ast":        "",
	"html/template": "",
	"log/syslog":    "syslog of the tools",
	"net":           "internal/sys, for netlink",
	"os/exec":       "os.StartProcess",
	"os/user":       "",
	"regexp":        "internal/ere",
	"runtime/pprof": "",
	"runtime/trace": "",
	"testing":       "",
	"text/template": "",
	"time/tzdata":   "the system's files of time zones",
}

// tools runs the go command for the tools, on Linux.
func tools(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command("go", append(args, "./examples/kmod")...)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64", "GOFLAGS=")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v", cmd, err)
	}
	return string(out)
}

// TestLinked: the packages that the tools are made of are not those that they do without.
func TestLinked(t *testing.T) {
	linked := strings.Fields(tools(t, "list", "-deps"))
	if len(linked) < 100 {
		t.Errorf("only %d packages are linked", len(linked))
	}
	for _, name := range linked {
		if instead, without := unlinked[name]; without {
			t.Errorf("%s is linked into the tools (in its place they have: %s)", name, instead)
		}
	}
}

// TestWeight: the tools do not become larger unnoticed.
func TestWeight(t *testing.T) {
	if testing.Short() {
		t.Skip("it links a program")
	}
	file := filepath.Join(t.TempDir(), "kmod")
	tools(t, "build", "-trimpath", "-ldflags=-s -w", "-o", file)
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	if size := info.Size(); size > mostBytes || size < mostBytes*9/10 {
		t.Errorf("the tools have %d bytes; %d are allowed, which must not be far more", size, mostBytes)
	}
}
