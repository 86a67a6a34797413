package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/modinfo"
)

// longName is longer than the column of names.
const longName = "a_symbol_whose_name_has_more_than_forty_bytes"

// exportsWorld has the image of a kernel in its working directory.
func exportsWorld(t *testing.T) *world {
	t.Helper()
	w := newWorld()
	w.dir = t.TempDir()
	image := kernelImage("6.1.0-test",
		modinfo.Export{Name: "alpha", CRC: 0x1234, HasCRC: true},
		modinfo.Export{Name: "beta", CRC: 0xffffffff, HasCRC: true, Namespace: "NS"},
		modinfo.Export{Name: "gamma", CRC: 0xabcdef01, HasCRC: true, GPLOnly: true},
		modinfo.Export{Name: longName, CRC: 5, HasCRC: true, GPLOnly: true, Namespace: "LONG"})
	writeText(t, filepath.Join(w.dir, "vmlinux"), string(image))
	writeText(t, filepath.Join(w.dir, "plain"), string(kernelImage("7.2", modinfo.Export{Name: "alpha"})))
	writeText(t, filepath.Join(w.dir, "nothing"), string(kernelImage("6.1.0-test")))
	return w
}

const exportsTable = `Symbol                                   Version    License  Namespace
alpha                                    0x00001234 any
beta                                     0xffffffff any      NS
a_symbol_whose_name_has_more_than_forty_bytes 0x00000005 GPL      LONG
gamma                                    0xabcdef01 GPL
`

const exportsInfo = `release:        6.1.0-test
vermagic:       6.1.0-test SMP preempt mod_unload modversions
build-id:       7477656e7479206279746573206275696c642069
machine:        x86_64
modversions:    yes
exports:        4
`

const exportsJSON = `"release":"6.1.0-test","vermagic":"6.1.0-test SMP preempt mod_unload modversions",` +
	`"build_id":"7477656e7479206279746573206275696c642069","machine":"x86_64","modversions":true,` +
	`"exports":4,"certificates":[]}
`

func TestExports(t *testing.T) {
	w := exportsWorld(t)
	const neither = "exports: ERROR: --symvers goes together with neither --info nor --json.\n"
	runCases(t, w, []toolCase{
		{"kmod exports vmlinux", answer{exportsTable, "", 0}},
		{"kmod exports -i vmlinux", answer{exportsInfo, "", 0}},
		{"kmod exports --info --json vmlinux", answer{`{"image":"vmlinux",` + exportsJSON, "", 0}},
		{"kmod exports --json vmlinux", answer{`{"image":"vmlinux",` + exportsJSON +
			`{"symbol":"alpha","crc":"0x00001234","gpl_only":false}` + "\n" +
			`{"symbol":"beta","crc":"0xffffffff","gpl_only":false,"namespace":"NS"}` + "\n" +
			`{"symbol":"` + longName + `","crc":"0x00000005","gpl_only":true,"namespace":"LONG"}` + "\n" +
			`{"symbol":"gamma","crc":"0xabcdef01","gpl_only":true}` + "\n", "", 0}},
		{"kmod exports plain", answer{strings.SplitAfter(exportsTable, "\n")[0] +
			"alpha                                    -          any\n", "", 0}},
		{"kmod exports nothing", answer{"", "exports: ERROR: read exports of " + w.dir +
			"/nothing: its tables of exported symbols cannot be found\n" +
			"If it can load modules, the System.map of its build says where they are; see --system-map.\n", 1}},
		{"kmod exports -i nothing", answer{strings.NewReplacer(" modversions\n", "\n", "yes", "no",
			"exports:        4\n", "").Replace(exportsInfo), "", 0}},
		{"kmod exports", answer{"", "exports: ERROR: missing kernel image.\n", 1}},
		{"kmod exports vmlinux plain", answer{"", "exports: ERROR: too many arguments provided.\n", 1}},
		{"kmod exports ''", answer{"", "exports: ERROR: the name of a file is empty.\n", 1}},
		{"kmod exports -m '' -s vmlinux", answer{"", "exports: ERROR: the name of a file is empty.\n", 1}},
		{"kmod exports -s -i vmlinux", answer{"", neither, 1}},
		{"kmod exports -s --json vmlinux", answer{"", neither, 1}},
		{"kmod exports -m . vmlinux", answer{"", "exports: ERROR: --modules goes together with --symvers only.\n", 1}},
		{"kmod exports -x", answer{"", "exports: invalid option -- 'x'\n", 1}},
		{"kmod exports -V", answer{version, "", 0}},
	})
	const usage = "Usage:\n\tkmod exports [options]"
	if got := w.run("kmod", "exports", "--help"); got.status != 0 || !strings.HasPrefix(got.stdout, usage) {
		t.Errorf("help: %+v", got)
	}
}

// TestExportsHostile: what is not an image gives one plain sentence.
func TestExportsHostile(t *testing.T) {
	w := exportsWorld(t)
	image := readText(t, filepath.Join(w.dir, "vmlinux"))
	writeText(t, filepath.Join(w.dir, "empty"), "")
	writeText(t, filepath.Join(w.dir, "text"), "not a kernel\n")
	writeText(t, filepath.Join(w.dir, "half"), image[:len(image)/4])
	if err := os.Mkdir(filepath.Join(w.dir, "dir"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"empty", "text", "half", "dir", "nowhere"} {
		for _, args := range [][]string{{"exports"}, {"exports", "-i"}, {"exports", "-s"}, {"exports", "--json"},
			{"check", "-k", name}, {"diagnose", "-k", name}} {
			got := w.run(append(append([]string{"kmod"}, args...), name)...)
			if got.status != 1 || got.stdout != "" || !strings.HasPrefix(got.stderr, args[0]+": ERROR: ") ||
				strings.Count(got.stderr, "\n") != 1 || !strings.Contains(got.stderr, name) {
				t.Errorf("%s %q: %+v", name, args, got)
			}
		}
	}
	got := w.run("kmod", "exports", "--system-map", "nowhere", "vmlinux")
	if got.status != 1 || !strings.Contains(got.stderr, "nowhere: no such file") {
		t.Errorf("no System.map: %+v", got)
	}
}

// TestExportsSystemMap: a System.map says where the exports are; that of another kernel is
// not used, also for check and diagnose, and a warning says so.
func TestExportsSystemMap(t *testing.T) {
	w := exportsWorld(t)
	bare := &modtest.KernelImage{
		Form: modtest.KernelBare, Base: 0xffffffff91000000, Vermagic: "SMP ", Machine: modtest.X86_64,
		Symbols: []modtest.KernelExport{{Name: "alpha"}, {Name: "beta", GPLOnly: true, Namespace: "NS"}},
	}
	writeText(t, filepath.Join(w.dir, "bare"), string(bare.Build()))
	writeText(t, filepath.Join(w.dir, "map"), bare.SystemMap())
	writeText(t, filepath.Join(w.dir, "other"),
		"ffffffffa1000000 R __start___ksymtab\nffffffffa1001000 R __stop___ksymtab\n")
	head := strings.SplitAfter(exportsTable, "\n")[0]
	got := w.run("kmod", "exports", "--system-map", "map", "bare")
	got.check(t, answer{head + "alpha                                    -          any\n" +
		"beta                                     -          GPL      NS\n", "", 0})
	for _, args := range [][]string{{"exports", "bare"}, {"exports", "--symvers", "bare"}, {"check", "-k", "bare", "map"},
		{"diagnose", "-k", "bare", "map"}} {
		got := w.run(append([]string{"kmod", args[0], "--system-map=other"}, args[1:]...)...)
		unused := args[0] + ": WARNING: other is not used: the System.map is that of another kernel.\n"
		failed, found := strings.CutPrefix(got.stderr, unused)
		if got.status != 1 || got.stdout != "" || !found ||
			!strings.HasPrefix(failed, args[0]+": ERROR: read exports of "+w.dir+"/bare: ") {
			t.Errorf("another kernel's: %+v", got)
		}
	}
	writeText(t, filepath.Join(w.dir, "stub"),
		"ffffffffffffffff B The real System.map is in the linux-image-dbg package\n")
	for name, why := range map[string]string{"other": "the System.map is that of another kernel",
		"stub": "the System.map does not say where the exported symbols are"} {
		w.run("kmod", "exports", "--system-map", name, "vmlinux").check(t, answer{exportsTable,
			"exports: WARNING: " + name + " is not used: " + why + ".\n", 0})
	}
}
