package main

import (
	"bufio"
	"bytes"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/kmod/kmodtest"
	"github.com/gokmod/gokmod/kmod/live"
)

// goldenWorld has the golden tree, which it returns as the beginning of a
// modprobe command, and a kernel with some of its modules.
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
		{"lsmod -sv", answer{"Module                  Size  Used by\n", "", 0}},
		{"lsmod --json", answer{}},
		{"kmod list --verbose", answer{"Module                  Size  Used by\n", "", 0}},
		{"kmod list x", answer{"", "kmod: ERROR: too many arguments provided.\n", 1}},
		{"/sbin/lsmod -h", answer{strings.ReplaceAll(lsmodUsage, "NAME", "lsmod"), "", 0}},
		{"/sbin/lsmod -x", answer{"", "/sbin/lsmod: invalid option -- 'x'\n", 1}},
		{"/sbin/lsmod dummy", answer{"", "lsmod: ERROR: too many arguments provided.\n", 1}},
	})
}

// bareKernel has no module support: there is no list of modules.
type bareKernel struct{ live.Kernel }

func (bareKernel) Proc() fs.FS { return fstest.MapFS{} }

// orderedKernel has the users of a module in one order in /proc and in another
// in /sys.
type orderedKernel struct{ live.Kernel }

func (orderedKernel) Proc() fs.FS {
	return fstest.MapFS{"modules": {Data: []byte("base 4096 4 c,x,b,a, Live 0x0\nbare 4096 2 c,a, Live 0x0\n")}}
}

func (orderedKernel) Sys() fs.FS {
	files := fstest.MapFS{}
	for _, name := range []string{"a", "b", "c"} {
		files["module/base/holders/"+name] = &fstest.MapFile{Mode: fs.ModeDir}
	}
	return files
}

// TestOrderOfHolders: the directory in /sys decides, as with kmod.
func TestOrderOfHolders(t *testing.T) {
	w := newWorld()
	w.wrap = func(k *kmodtest.Kernel) live.Kernel { return orderedKernel{k} }
	runCases(t, w, []toolCase{
		{"lsmod", answer{"Module                  Size  Used by\nbase                    4096  4 a,b,c,x\n" +
			"bare                    4096  2 c,a\n", "", 0}},
		{"rmmod base", answer{"", "rmmod: ERROR: Module base is in use by: a b c x\n", 1}},
	})
}

func TestLsmodWithoutModules(t *testing.T) {
	var stdout, stderr bytes.Buffer
	c := &command{argv: []string{"lsmod"}, stdout: bufio.NewWriter(&stdout), stderr: &stderr, kernel: bareKernel{}}
	status := c.run()
	answer{stdout.String(), stderr.String(), status}.check(t, answer{"",
		"lsmod: ERROR: could not get list of modules: No such file or directory\n", 1})
}
