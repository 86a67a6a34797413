package debs

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Run calls a tool of the host in a directory and returns its standard output.
// An empty directory is the current one.
type Run func(ctx context.Context, dir, tool string, args ...string) ([]byte, error)

// HostTools runs the installed tools: apt, dpkg-deb and depmod. Their output
// also goes to progress, which may be nil. An error contains the command and
// all of its output.
func HostTools(progress io.Writer) Run { return (&hostTools{progress}).run }

// waitDelay is how long to wait for the output of a tool that was stopped: the
// processes that apt started may outlive it while they wait for addresses that do
// not answer.
const waitDelay = 5 * time.Second

type hostTools struct {
	progress io.Writer // may be nil
}

func (h *hostTools) run(ctx context.Context, dir, tool string, args ...string) ([]byte, error) {
	name, err := LookTool(tool)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	cmd.WaitDelay = waitDelay
	// Other locales translate apt's messages.
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	var out, all bytes.Buffer
	var both io.Writer = &all
	if h.progress != nil && tool != "apt-cache" {
		both = io.MultiWriter(&all, h.progress)
	}
	both = &joinedWriter{w: both}
	cmd.Stdout, cmd.Stderr = io.MultiWriter(&out, both), both
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%s %s: %w\n%s", tool, strings.Join(args, " "), err,
			bytes.TrimSpace(all.Bytes()))
	}
	return out.Bytes(), nil
}

// LookTool finds a tool, including in the administrator's directories, which
// are not in every user's PATH.
func LookTool(tool string) (string, error) {
	name, err := exec.LookPath(tool)
	if err == nil {
		return name, nil
	}
	for _, dir := range []string{"/usr/sbin", "/sbin"} {
		if name, err := exec.LookPath(filepath.Join(dir, tool)); err == nil {
			return name, nil
		}
	}
	return "", err
}

// joinedWriter lets both outputs of a process go to one writer.
type joinedWriter struct {
	mu sync.Mutex
	w  io.Writer
}

func (j *joinedWriter) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.w.Write(p)
}
