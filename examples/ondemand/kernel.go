package main

import (
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gokmod/gokmod/kmod/live"
)

// hostKernel is the kernel that runs. A container need not have mounted /proc and /sys
// where they usually are, if root has the machine's.
func hostKernel(root string) *live.Host {
	return &live.Host{
		ProcDir: mounted(root, "/proc", "sys/kernel/osrelease"),
		SysDir:  mounted(root, "/sys", "devices"),
	}
}

// mounted returns the directory below root that takes the place of dir, "" if dir has the
// file itself, or neither does.
func mounted(root, dir, file string) string {
	if root == "" || exists(filepath.Join(dir, file)) || !exists(filepath.Join(root, dir, file)) {
		return ""
	}
	return filepath.Join(root, dir)
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

// kernelCmdline is the kernel command line.
func kernelCmdline(kernel live.Kernel) (string, error) {
	text, err := fs.ReadFile(kernel.Proc(), "cmdline")
	return string(text), err
}
