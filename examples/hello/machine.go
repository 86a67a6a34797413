package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/gokmod/gokmod/kmod/kmodtest/vm"
)

// machine describes the computer that this runs on.
type machine struct {
	root    string // of the file system, "/" except in tests
	user    int    // effective user id, -1 if there is none
	system  string // GOOS/GOARCH
	release string // of the running kernel
	distro  *distro
	look    func(tool string) (path string, ok bool)

	// current finds the release of the kernel that a package stands for.
	current func(ctx context.Context, pkg string) (release string, err error)
}

// thisMachine describes the computer.
func thisMachine() *machine {
	m := &machine{
		root:   "/",
		user:   os.Geteuid(),
		system: runtime.GOOS + "/" + runtime.GOARCH,
		look:   lookTool,

		current: vm.Current,
	}
	m.release, _ = m.read("proc/sys/kernel/osrelease")
	osRelease, err := os.ReadFile(m.path("etc/os-release"))
	if err == nil {
		m.distro = chooseDistro(osRelease)
	}
	return m
}

// lookTool finds a command, including in the administrator's directories, which
// are not in every user's PATH.
func lookTool(tool string) (string, bool) {
	for _, name := range []string{tool, "/usr/sbin/" + tool, "/sbin/" + tool} {
		if path, err := exec.LookPath(name); err == nil {
			return path, true
		}
	}
	return "", false
}

// path is a path of the machine's file system.
func (m *machine) path(name string) string { return filepath.Join(m.root, name) }

// read returns the content of a file of one line.
func (m *machine) read(name string) (string, bool) {
	data, err := os.ReadFile(m.path(name))
	return strings.TrimSpace(string(data)), err == nil
}

// exists reports whether there is a file or directory.
func (m *machine) exists(name string) bool {
	_, err := os.Stat(m.path(name))
	return err == nil
}

// canInstall reports whether packages can be installed.
func (m *machine) canInstall() bool { return m.user == 0 && m.hasApt() }

// hasApt reports whether there is apt, with packages whose names are known.
func (m *machine) hasApt() bool {
	_, ok := m.look("apt-get")
	return ok && m.distro != nil
}

// buildDir is the directory with the headers of a kernel release, as kernel
// packages and "make modules_install" create it.
func buildDir(release string) string { return "/lib/modules/" + release + "/build" }

// hasHeaders reports whether the headers of a release are installed.
func (m *machine) hasHeaders(release string) bool {
	return release != "" && m.exists(buildDir(release)+"/Makefile")
}
