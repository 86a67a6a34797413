package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/modinfo"
)

// TestSymversForms: the columns are those of the release's build.
func TestSymversForms(t *testing.T) {
	plain := modinfo.Export{Name: "a", CRC: 0x12, HasCRC: true}
	gpl := modinfo.Export{Name: "b", GPLOnly: true, Namespace: "NS"}
	for release, want := range map[string]string{
		"4.19.0-27-amd64": "0x00000012\ta\tvmlinux\tEXPORT_SYMBOL\n0x00000000\tb\tfs/x\tEXPORT_SYMBOL_GPL\n",
		"5.3.18":          "0x00000012\ta\tvmlinux\tEXPORT_SYMBOL\n0x00000000\tb\tfs/x\tEXPORT_SYMBOL_GPL\n",
		"5.4":             "0x00000012\ta\t\tvmlinux\tEXPORT_SYMBOL\n0x00000000\tb\tNS\tfs/x\tEXPORT_SYMBOL_GPL\n",
		"5.6.0-rc1":       "0x00000012\ta\t\tvmlinux\tEXPORT_SYMBOL\n0x00000000\tb\tNS\tfs/x\tEXPORT_SYMBOL_GPL\n",
		"5.7.0":           "0x00000012\ta\tvmlinux\tEXPORT_SYMBOL\t\n0x00000000\tb\tfs/x\tEXPORT_SYMBOL_GPL\tNS\n",
		"5.10.0-32-amd64": "0x00000012\ta\tvmlinux\tEXPORT_SYMBOL\t\n0x00000000\tb\tfs/x\tEXPORT_SYMBOL_GPL\tNS\n",
		"7.2":             "0x00000012\ta\tvmlinux\tEXPORT_SYMBOL\t\n0x00000000\tb\tfs/x\tEXPORT_SYMBOL_GPL\tNS\n",
		"":                "0x00000012\ta\tvmlinux\tEXPORT_SYMBOL\t\n0x00000000\tb\tfs/x\tEXPORT_SYMBOL_GPL\tNS\n",
		"own":             "0x00000012\ta\tvmlinux\tEXPORT_SYMBOL\t\n0x00000000\tb\tfs/x\tEXPORT_SYMBOL_GPL\tNS\n",
	} {
		form := symversFormOf(release)
		if got := string(form.append(form.append(nil, &plain, "vmlinux"), &gpl, "fs/x")); got != want {
			t.Errorf("%q: %q, want %q", release, got, want)
		}
	}
}

const imageSymvers = "0x00001234\talpha\tvmlinux\tEXPORT_SYMBOL\t\n" +
	"0xffffffff\tbeta\tvmlinux\tEXPORT_SYMBOL\tNS\n" +
	"0x00000005\t" + longName + "\tvmlinux\tEXPORT_SYMBOL_GPL\tLONG\n" +
	"0xabcdef01\tgamma\tvmlinux\tEXPORT_SYMBOL_GPL\t\n"

// TestSymvers: the image's lines come first, then those of modules by their path.
func TestSymvers(t *testing.T) {
	w := exportsWorld(t)
	module := func(name string, exports ...string) string {
		m := modtest.Named(strings.TrimSuffix(filepath.Base(name), ".ko"), exports, nil)
		writeText(t, filepath.Join(w.dir, name), string(m.Build()))
		return name
	}
	module("tree/kernel/fs/two-words.ko", "one", "two")
	module("tree/kernel/drivers/net/dummy.ko", "three")
	module("tree/kernel/drivers/none.ko")
	module("tree/updates/added.ko", "four")
	const lines = "0x888603c3\tthree\tdrivers/net/dummy\tEXPORT_SYMBOL\t\n" +
		"0xba2719ef\tone\tfs/two-words\tEXPORT_SYMBOL\t\n" +
		"0xbe248829\ttwo\tfs/two-words\tEXPORT_SYMBOL\t\n"
	writeText(t, filepath.Join(w.dir, "bad/kernel/bad.ko"), "not a module")
	module("bad/kernel/good.ko", "one")
	for i, name := range []string{"x\n0xbad\tprintk\tvmlinux\tEXPORT_SYMBOL\t", "x\ty", "x y", "x\x1b[2J", "x\xff"} {
		module(fmt.Sprint("evil/kernel/e", i, ".ko"), "fine", name)
	}
	module("evil/kernel/two words.ko", "one")
	module("evil/kernel/zz.ko", "one")
	writeText(t, filepath.Join(w.dir, "other"), string(kernelImage("6.2.0", modinfo.Export{Name: "alpha"})))
	writeText(t, filepath.Join(w.dir, "none/README"), "")
	noLine := ""
	for _, name := range []string{"e0", "e1", "e2", "e3", "e4", "two words"} {
		noLine += "exports: ERROR: could not read " + w.dir + "/evil/kernel/" + name +
			".ko: its name or that of a symbol cannot be in a Module.symvers\n"
	}
	runCases(t, w, []toolCase{
		{"kmod exports --symvers vmlinux", answer{imageSymvers, "", 0}},
		{"kmod exports -s -m tree vmlinux", answer{imageSymvers + lines, "", 0}},
		{"kmod exports -s -m tree/kernel/ vmlinux", answer{imageSymvers + lines, "", 0}},
		{"kmod exports -s -m bad vmlinux", answer{imageSymvers + "0xba2719ef\tone\tgood\tEXPORT_SYMBOL\t\n",
			"exports: ERROR: could not read " + w.dir + "/bad/kernel/bad.ko: Exec format error\n", 1}},
		{"kmod exports -s -m evil vmlinux", answer{imageSymvers + "0xba2719ef\tone\tzz\tEXPORT_SYMBOL\t\n", noLine, 1}},
		{"kmod exports -s -m tree other", answer{"", "exports: ERROR: " + w.dir +
			"/tree/kernel/drivers/net/dummy.ko is built for " + modtest.Release + ", and the kernel is 6.2.0.\n", 1}},
		{"kmod exports -s -m nowhere vmlinux", answer{"", "exports: ERROR: could not read " + w.dir +
			"/nowhere: No such file or directory\n", 1}},
		{"kmod exports -s -m none vmlinux", answer{"", "exports: ERROR: could not read " + w.dir +
			"/none: it has no modules\n", 1}},
	})
}
