//go:build unix

package main

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/gokmod/gokmod/internal/test/modtest"
)

// TestConfigPlaces covers values of --config that are neither directories nor
// regular files.
func TestConfigPlaces(t *testing.T) {
	root := modtest.GoldenRoot(t)
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip("this file system has no named pipes: ", err)
	}
	at := "modprobe -D -S " + modtest.GoldenRelease + " -d " + root + " "
	bare := "insmod " + root + "/lib/modules/" + modtest.GoldenRelease + "/kernel/gm/gm_dev.ko.gz "
	warned := "libkmod: ERROR: kmod_config_parse: " + pipe + " line 1: ignoring bad line starting with 'odd'\n"
	for _, test := range []struct {
		args, piped string
		want        answer
	}{
		{at + "-C /dev/null gm_dev", "", answer{bare + "\n", "", 0}},
		{at + "-C /nonexistent gm_dev", "", answer{bare + "\n", "", 0}},
		{at + "-C '' gm_dev", "", answer{bare + "\n", "", 0}},
		{at + "-C " + pipe + " gm_dev", "options gm_dev a=1\n", answer{bare + "a=1 \n", "", 0}},
		{at + "-C /dev/null -C " + pipe + " gm_dev", "options gm_dev a=1\n", answer{bare + "a=1 \n", "", 0}},
		{"modprobe -C /dev/null -S " + modtest.GoldenRelease + " -d " + root + " gm_dev", "", answer{}},
		{"modprobe -C " + pipe + " -S " + modtest.GoldenRelease + " -d " + root + " gm_dev", "odd\n", answer{"", warned, 0}},
		{"depmod -C /dev/null -b " + root + " " + modtest.GoldenRelease, "", answer{}},
		{"depmod -C " + pipe + " -b " + root + " " + modtest.GoldenRelease, "odd\n",
			answer{"", "depmod: ERROR: " + pipe + ":1: ignoring bad line starting with 'odd'\n", 0}},
	} {
		t.Run(test.args, func(t *testing.T) {
			if test.piped != "" {
				go os.WriteFile(pipe, []byte(test.piped), 0) // ends when the tool has opened the pipe
			}
			newWorld().run(splitQuoted(test.args)...).check(t, test.want)
		})
	}
}
