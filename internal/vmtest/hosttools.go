package vmtest

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
)

// hostTools runs tools of the host: apt, dpkg-deb and depmod.
type hostTools struct {
	progress io.Writer // may be nil
}

// run runs a tool in a folder and returns its standard output. A failure
// carries the command and all that it printed.
func (h *hostTools) run(ctx context.Context, dir, tool string, args ...string) ([]byte, error) {
	name, err := lookTool(tool)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	// The words of apt-cache are translated in other locales.
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

// lookTool finds a tool, also in the folders for administrators, which are
// not in every user's PATH.
func lookTool(tool string) (string, error) {
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

// joinedWriter lets the two outputs of a process go to one writer.
type joinedWriter struct {
	mu sync.Mutex
	w  io.Writer
}

func (j *joinedWriter) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.w.Write(p)
}
