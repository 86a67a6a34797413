package debian

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"github.com/gokmod/gokmod/internal/test/debs"
)

// waitDelay is how long to wait for the output of a command that was killed.
const waitDelay = 5 * time.Second

// rootEnv is the environment of commands that run in a root.
var rootEnv = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LC_ALL=C", "TERM=dumb",
	"DEBIAN_FRONTEND=noninteractive"}

// inRoot starts a command in a root with /proc; $0 is the root.
const inRoot = `mount -t proc proc "$0/proc" && exec chroot "$0" "$@"`

// isolated is a command of this machine in namespaces of its own: what it mounts is
// seen by nothing else and ends with it, as do the processes that it started.
func isolated(ctx context.Context, dir, tool string, args ...string) *exec.Cmd {
	if name, err := debs.LookTool(tool); err == nil {
		tool = name
	}
	cmd := exec.CommandContext(ctx, tool, args...)
	cmd.Dir = dir
	cmd.WaitDelay = waitDelay
	cmd.SysProcAttr = namespaces(false)
	return cmd
}

// output runs a command and returns what it printed on standard output. It stays on its
// thread because the command is killed when that ends.
func output(cmd *exec.Cmd) ([]byte, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%s: %w\n%s%s", strings.Join(cmd.Args, " "), err, lastLines(out.Bytes()), lastLines(errs.Bytes()))
	}
	return out.Bytes(), nil
}

// lastLines returns the end of a command's output.
func lastLines(out []byte) []byte {
	const most = 4 << 10
	return out[max(0, len(out)-most):]
}
