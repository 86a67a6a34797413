package main

import (
	"bufio"
	"bytes"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/internal/modtest"
	"github.com/gokmod/gokmod/kmod"
)

// goldenWorld has the golden tree, which it returns as the beginning of a
// modprobe command, and a kernel in which some of its modules are.
func goldenWorld(t *testing.T, loaded ...string) (w *world, modprobe, dir string) {
	t.Helper()
	root := modtest.GoldenRoot(t)
	modprobe = "modprobe -S " + modtest.GoldenRelease + " -d " + root + " "
	w = newWorld()
	w.kernel.Builtin = []string{"gm_built_in"}
	w.dir = root
	for _, name := range loaded {
		w.run(splitQuoted(modprobe+name)...).check(t, answer{})
	}
	return w, modprobe, root + "/lib/modules/" + modtest.GoldenRelease + "/"
}

func TestLsmod(t *testing.T) {
	w, _, _ := goldenWorld(t, "gm_top", "gm_dev")
	w.kernel.Hold("gm_dev", 12)
	got := w.run("/sbin/lsmod")
	var sizes []string
	for line := range strings.Lines(got.stdout) {
		if len(line) < 29 {
			t.Fatalf("the line %q is too short", line)
		}
		sizes = append(sizes, line[19:28])
		if strings.TrimLeft(line[19:28], " 0123456789Size") != "" {
			t.Errorf("no size in %q", line)
		}
	}
	for _, size := range sizes {
		got.stdout = strings.Replace(got.stdout, size, " SIZE", 1)
	}
	got.check(t, answer{`Module              SIZE  Used by
gm_dev              SIZE  12
gm_top              SIZE  0
gm_mid              SIZE  1 gm_top
gm_base             SIZE  2 gm_mid,gm_top
`, "", 0})
}

func TestLsmodAlone(t *testing.T) {
	runCases(t, newWorld(), []toolCase{
		{"lsmod", answer{"Module                  Size  Used by\n", "", 0}},
		{"/sbin/lsmod -h", answer{"", "Usage: /sbin/lsmod\n", 1}},
	})
}

// bareKernel has no module support: there is no list of modules.
type bareKernel struct{ kmod.Kernel }

func (bareKernel) Proc() fs.FS { return fstest.MapFS{} }

func TestLsmodWithoutModules(t *testing.T) {
	var stdout, stderr bytes.Buffer
	c := &command{argv: []string{"lsmod"}, stdout: bufio.NewWriter(&stdout), stderr: &stderr, kernel: bareKernel{}}
	status := c.run()
	answer{stdout.String(), stderr.String(), status}.check(t, answer{"",
		"Error: could not get list of modules: No such file or directory\n", 1})
}
