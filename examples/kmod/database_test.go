package main

import (
	"os"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/test/modtest"
)

func TestReleaseName(t *testing.T) {
	for _, test := range []struct{ arg, want string }{
		{"6.1.0-amd64", "6.1.0-amd64"},
		{"6.1/", "6.1"},
		{"6.1//", "6.1"},
		{"6.1/.", "6.1"},
		{"./6.1", "6.1"},
		{"/6.1", "6.1"},
		{"6.1/kernel", "6.1/kernel"},
		{"../modules/6.1", "../modules/6.1"},
		{"x/../6.1", "x/../6.1"},
		{"", "."},
		{".", "."},
		{"//", "."},
		{"..", ".."},
	} {
		if got := releaseName(test.arg); got != test.want {
			t.Errorf("releaseName(%q) = %q, want %q", test.arg, got, test.want)
		}
	}
}

// TestReleaseWithSlash covers scripts that take releases from a list of
// directories.
func TestReleaseWithSlash(t *testing.T) {
	root := modtest.GoldenRoot(t)
	dir := root + "/lib/modules/" + modtest.GoldenRelease
	base, absent := "insmod "+dir+"/updates/gm_base.ko \n", " not found in directory "+root+"/lib/modules/"
	w := newWorld()
	for _, release := range []string{
		modtest.GoldenRelease + "/", modtest.GoldenRelease + "//", modtest.GoldenRelease + "/.",
	} {
		if err := os.Remove(dir + "/modules.dep.bin"); err != nil {
			t.Fatal(err)
		}
		w.run("depmod", "-b", root, release).check(t, answer{})
		at := root + " "
		runCases(t, w, []toolCase{
			{"modinfo -n -k " + release + " -b " + at + "gm_base", answer{dir + "/updates/gm_base.ko\n", "", 0}},
			{"modprobe -D -S " + release + " -d " + at + "gm_base", answer{base, "", 0}},
			{"modprobe -D -S ./" + release + " -d " + at + "gm_base", answer{base, "", 0}},
			{"modprobe -S " + release + " -d " + at + "nosuch",
				answer{"", "modprobe: FATAL: Module nosuch" + absent + modtest.GoldenRelease + "\n", 1}},
			{"modprobe -D -S '' -d " + at + "gm_base", answer{"", "modprobe: FATAL: Module gm_base" + absent + ".\n", 1}},
			{"depmod -b " + at + "./" + release, answer{"", "depmod: ERROR: Bad version passed ./" + release + "\n", 1}},
			{"depmod -b " + at + release + "/kernel",
				answer{"", "depmod: ERROR: Bad version passed " + release + "/kernel\n", 1}},
			{"depmod -n -b " + at + "9.9/", answer{"",
				"depmod: ERROR: could not open directory " + root + "/lib/modules/9.9: No such file or directory\n" +
					"depmod: FATAL: could not search modules: No such file or directory\n", 1}},
		})
		for _, tool := range []string{"diagnose --offline -S", "graph -S", "check -v --symvers=/dev/null -r"} {
			got := w.run(append(append([]string{"kmod"}, strings.Fields(tool)...),
				release, "-d", root, dir+"/updates/gm_base.ko")...)
			if strings.Contains(got.stderr, "not a kernel release") || !strings.Contains(got.stdout, "gm_base") {
				t.Errorf("%s %s: %+v", tool, release, got)
			}
		}
	}
}
