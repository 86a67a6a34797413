package debian

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// needNamespaces skips a test that cannot make namespaces.
func needNamespaces(t *testing.T) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("only root makes namespaces here")
	}
	if err := isolated(t.Context(), "", "true").Run(); err != nil {
		t.Skip("namespaces cannot be made here: ", err)
	}
}

// TestIsolatedMounts: what a command mounts is seen by nobody else.
func TestIsolatedMounts(t *testing.T) {
	needNamespaces(t)
	dir := t.TempDir()
	out, err := output(isolated(t.Context(), "", "sh", "-c",
		`mount -t tmpfs inside "$0" && cat /proc/self/mounts && touch "$0/x"`, dir))
	if err != nil || !bytes.Contains(out, []byte("inside "+dir)) {
		t.Errorf("nothing was mounted: %v\n%s", err, out)
	}
	mounts, err := os.ReadFile("/proc/self/mounts")
	if err != nil || bytes.Contains(mounts, []byte(dir)) {
		t.Errorf("it is still mounted: %v\n%s", err, mounts)
	}
	if left, err := os.ReadDir(dir); len(left) > 0 || err != nil {
		t.Errorf("files were written outside: %v, %v", left, err)
	}
}

// TestRootRun: a command sees the root's files, processes of its own and no network.
func TestRootRun(t *testing.T) {
	needNamespaces(t)
	root := &Root{"/"} // nothing here writes
	out, err := root.Run(t.Context(), "sh", "-c", "echo $HOME $LC_ALL; cat /proc/net/dev; ls -d /proc/[0-9]*")
	if err != nil {
		t.Fatal(err)
	}
	said := string(out)
	if !strings.HasPrefix(said, "/root C\n") || strings.Contains(said, "eth") || strings.Count(said, "/proc/") > 3 {
		t.Errorf("the command saw\n%s", said)
	}
	_, err = root.Run(t.Context(), "sh", "-c", "echo out; echo reason >&2; exit 3")
	if err == nil || !strings.Contains(err.Error(), "out\nreason") || !strings.Contains(err.Error(), "exit status 3") {
		t.Errorf("a failure is %v", err)
	}
}

// TestIsolatedEnds: what a command has started ends with it.
func TestIsolatedEnds(t *testing.T) {
	needNamespaces(t)
	ctx, cancel := context.WithCancel(t.Context())
	pipe := filepath.Join(t.TempDir(), "pipe")
	cmd := isolated(ctx, "", "sh", "-c", `mkfifo "$0"; sh -c 'echo x >"$0"; exec sleep 1000' "$0" & wait`, pipe)
	done := make(chan error, 1)
	go func() {
		_, err := output(cmd)
		done <- err
	}()
	for ; ctx.Err() == nil; time.Sleep(time.Millisecond) {
		if f, err := os.Open(pipe); err == nil { // it was started
			f.Close()
			break
		}
	}
	cancel()
	// The output is open as long as one of the processes lives.
	if err := <-done; err == nil || strings.Contains(err.Error(), "WaitDelay") {
		t.Errorf("the end is %v", err)
	}
}
