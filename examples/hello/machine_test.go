package main

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// fakeMachine makes the computer of a Debian user with these commands, and with
// files given by path and content.
func fakeMachine(t *testing.T, tools []string, files map[string]string) *machine {
	t.Helper()
	m := &machine{
		root:    t.TempDir(),
		user:    1000,
		system:  "linux/amd64",
		release: "1.2.3",
		distro:  chooseDistro([]byte("ID=debian\n")),
		current: func(context.Context, string) (string, error) { return "1.2.4", nil },
		look:    func(tool string) (string, bool) { return "/bin/" + tool, slices.Contains(tools, tool) },
	}
	for name, data := range files {
		if err := os.MkdirAll(filepath.Dir(m.path(name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(m.path(name), []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

// headerFiles are headers of a kernel that was built with gcc-12.
func headerFiles(release string) map[string]string {
	return map[string]string{
		buildDir(release) + "/Makefile": "",
		buildDir(release) + "/.config":  "CONFIG_CC_VERSION_TEXT=\"gcc-12 (Debian) 12.2.0\"\n",
	}
}

func TestThisMachine(t *testing.T) {
	m := thisMachine()
	if m.system == "" || m.look == nil {
		t.Errorf("%+v", m)
	}
	if _, ok := m.look("no-such-tool-here"); ok {
		t.Error("a missing command is found")
	}
}
