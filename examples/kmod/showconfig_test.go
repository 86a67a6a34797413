package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/test/modtest"
)

// TestConfigWarnings: bad lines are reported when something is done, and by
// --showconfig, even with --quiet.
func TestConfigWarnings(t *testing.T) {
	w, modprobe, _, file := configWorld(t, "bogus\nconfig x\nalias a[ b\nblacklist gm_dev\n")
	var warnings string
	for i, text := range []string{"ignoring bad line starting with 'bogus'", "command config is deprecated and not parsed anymore",
		"ignoring bad line starting with 'alias'"} {
		warnings += "libkmod: ERROR: kmod_config_parse: " + file + " line " + string(rune('1'+i)) + ": " + text + "\n"
	}
	runCases(t, w, []toolCase{
		{modprobe + "-q gm_base", answer{"", warnings, 0}},
		{modprobe + "-r gm_base", answer{"", warnings, 0}},
		{modprobe + "-n gm_base", answer{}},
		{modprobe + "-R gm_base", answer{"gm_base\n", "", 0}},
		{modprobe + "-b gm_dev", answer{"", warnings, 0}},
	})
	if got := w.run(splitQuoted(modprobe + "-c")...); got.stderr != warnings || !strings.HasPrefix(got.stdout, "blacklist gm_dev\n") {
		t.Errorf("%+v", got)
	}
}

func TestShowConfigOfDamagedTree(t *testing.T) {
	w, modprobe, dir := goldenWorld(t)
	if err := os.WriteFile(filepath.Join(dir, "modules.alias.bin"), []byte("damaged"), 0o644); err != nil {
		t.Fatal(err)
	}
	got := w.run(splitQuoted(modprobe + "--showconfig")...)
	if got.status != failure || !strings.HasPrefix(got.stderr, "modprobe: ERROR: could not dump indexes: ") {
		t.Errorf("%+v", got)
	}
}

// TestConfigWithoutModules: there need not be any modules.
func TestConfigWithoutModules(t *testing.T) {
	w, _, _, file := configWorld(t, "install virtual x\nblacklist y\n")
	modprobe := "modprobe -S " + modtest.GoldenRelease + " -d /nonexistent -C " + file
	runCases(t, w, []toolCase{
		{modprobe + " -c", answer{"blacklist y\ninstall virtual x\n\n# End of configuration files. Dumping indexes now:\n\n", "", 0}},
		{modprobe + " virtual", answer{}},
		{modprobe + " nosuch", answer{"", "modprobe: FATAL: Module nosuch not found in directory /nonexistent/lib/modules/" + modtest.GoldenRelease + "\n", 1}},
	})
	if len(w.ran) != 1 {
		t.Errorf("ran %q", w.ran)
	}
}
