package main

import (
	"context"
	"os/exec"
	"strings"

	"github.com/gokmod/gokmod/internal/test/kmodref"
)

// tool is one kmod whose programs are measured.
type tool struct {
	name string // with the version
	argv func(program string) ([]string, error)
}

// findTools returns the installed kmod and the newest one, as far as they are there.
func (l *lab) findTools(ctx context.Context) []tool {
	var found []tool
	for _, argv := range []func(string) ([]string, error){
		func(program string) ([]string, error) {
			path, err := kmodref.Installed(program)
			return []string{path}, err
		},
		func(program string) ([]string, error) { return kmodref.NewestArgv(ctx, program) },
	} {
		command, err := argv("modprobe")
		if err != nil {
			progress("going on without a peer: %v", err)
			continue
		}
		found = append(found, tool{toolVersion(command), argv})
		l.note(found[len(found)-1].name)
	}
	return found
}

// toolVersion is what a program of kmod calls itself.
func toolVersion(argv []string) string {
	out, _ := exec.Command(argv[0], append(argv[1:], "--version")...).Output()
	line, _, _ := strings.Cut(string(out), "\n")
	return strings.Replace(line, "kmod version", "kmod", 1)
}

// libkmodVersion is the version of the libkmod whose headers are installed.
func libkmodVersion() string {
	out, err := exec.Command("pkg-config", "--modversion", "libkmod").Output()
	if err != nil {
		return "libkmod"
	}
	return "libkmod " + strings.TrimSpace(string(out))
}
