package debian

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Root is a root file system in a directory of this machine.
type Root struct {
	Dir string
}

// Copy makes a root like the base in a directory that does not exist.
func (b *Base) Copy(ctx context.Context, dir string) (*Root, error) {
	_, err := output(isolated(ctx, "", "cp", "-a", "--reflink=auto", b.dir, dir))
	return &Root{dir}, err
}

// Run runs a command in the root, without a network, and returns its output. It dies
// with ctx, and with it everything that it started.
func (r *Root) Run(ctx context.Context, args ...string) ([]byte, error) {
	cmd := isolated(ctx, "", "sh", append([]string{"-c", inRoot, r.Dir}, args...)...)
	cmd.SysProcAttr = namespaces(true)
	cmd.Env = rootEnv
	return output(cmd)
}

// Write writes a file in the root, with the directories above it.
func (r *Root) Write(name, text string, mode fs.FileMode) error {
	file := r.Path(name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(file, []byte(text), mode); err != nil {
		return err
	}
	return os.Chmod(file, mode)
}

// CopyIn copies a program of this machine into the root.
func (r *Root) CopyIn(name, host string) error {
	data, err := os.ReadFile(host)
	if err != nil {
		return err
	}
	return r.Write(name, string(data), 0o755)
}

// Path returns where a file of the root is on this machine. The names here are those of
// regular files and directories: links are not followed within the root.
func (r *Root) Path(name string) string { return filepath.Join(r.Dir, name) }

// kmodProgram is the program to which all names of kmod's tools lead.
const kmodProgram = "/usr/bin/kmod"

// Divert puts a static program in the place of kmod's, as an administrator does for
// whom upgrades of the package must not bring the old one back.
func (r *Root) Divert(ctx context.Context, program string) error {
	_, err := r.Run(ctx, "dpkg-divert", "--local", "--rename", "--divert", kmodProgram+".distrib", "--add", kmodProgram)
	if err != nil {
		return err
	}
	return r.CopyIn(kmodProgram, program)
}

// Configure configures the kernel's package: its scripts run depmod and make the
// initial RAM disk. It returns what they print.
func (r *Root) Configure(ctx context.Context) (string, error) {
	out, err := r.Run(ctx, "sh", "-c", "dpkg --configure -a 2>&1")
	return string(out), err
}

// Release returns the release of the root's only kernel.
func (r *Root) Release() (string, error) {
	dirs, err := filepath.Glob(r.Path("/usr/lib/modules/*"))
	if err != nil || len(dirs) != 1 {
		return "", fmt.Errorf("the root has %d kernels, not one (%v)", len(dirs), err)
	}
	return filepath.Base(dirs[0]), nil
}
