package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/modinfo"
)

// TestDepmodKernel: an image says what the kernel exports, with versions, in place of
// Module.symvers or System.map.
func TestDepmodKernel(t *testing.T) {
	w := newWorld()
	w.dir = t.TempDir()
	user := modtest.Named("user", nil, []string{"printk", "changed", "missing"})
	writeModule(t, w.dir, "kernel/user.ko", user.Build())
	dir := filepath.Join(w.dir, "lib/modules", modtest.Release)
	file := dir + "/kernel/user.ko"
	for _, name := range []string{"modules.order", "modules.builtin", "modules.builtin.modinfo"} {
		writeText(t, filepath.Join(dir, name), "")
	}
	printk := modinfo.Export{Name: "printk", CRC: modtest.CRC("printk"), HasCRC: true}
	changed := modinfo.Export{Name: "changed", CRC: 1, HasCRC: true}
	missing := modinfo.Export{Name: "missing", CRC: modtest.CRC("missing"), HasCRC: true}
	writeText(t, filepath.Join(w.dir, "vmlinux"), string(kernelImage(modtest.Release, printk, changed)))
	plain := kernelImage(modtest.Release, modinfo.Export{Name: "printk"}, modinfo.Export{Name: "changed"})
	writeText(t, filepath.Join(w.dir, "plain"), string(plain))
	all := symversNamespaced.append(symversNamespaced.append(nil, &printk, "vmlinux"), &missing, "vmlinux")
	changed.CRC = modtest.CRC("changed")
	writeText(t, filepath.Join(w.dir, "Module.symvers"), string(symversNamespaced.append(all, &changed, "vmlinux")))
	writeText(t, filepath.Join(w.dir, "System.map"), "ffffffff81000000 r __ksymtab_printk\n")
	const unknown = " needs unknown symbol "
	base := "depmod -n -b " + w.dir + " "
	for options, want := range map[string][]string{
		"-e --kernel vmlinux":                   {" disagrees about version of symbol changed", unknown + "missing"},
		"-e --kernel vmlinux -F System.map":     {" disagrees about version of symbol changed", unknown + "missing"},
		"-e --kernel plain":                     {unknown + "missing"},
		"-e --kernel vmlinux -E Module.symvers": nil,
		"-e -E Module.symvers --kernel nowhere": nil,
		"--kernel vmlinux":                      nil,
	} {
		var lines strings.Builder
		for _, text := range want {
			lines.WriteString("depmod: WARNING: " + file + text + "\n")
		}
		got := w.run(splitQuoted(base + options + " " + modtest.Release)...)
		if got.status != 0 || got.stderr != lines.String() {
			t.Errorf("%s: %+v, want %s", options, got, &lines)
		}
	}
	writeText(t, filepath.Join(w.dir, "empty"), "")
	for name, want := range map[string]string{
		"nowhere": "No such file or directory", "lib": "not a regular file",
		"System.map": "neither a kernel nor", "empty": "neither a kernel nor",
	} {
		got := w.run(splitQuoted(base + "--kernel " + name + " " + modtest.Release)...)
		if got.status != 1 || !strings.HasPrefix(got.stderr, "depmod: FATAL: could not load "+name+": ") ||
			!strings.Contains(got.stderr, want) || strings.Count(got.stderr, "\n") != 1 {
			t.Errorf("%s: %+v", name, got)
		}
	}
	w.run("depmod", "--kernel", "", "-n").check(t, answer{"", "depmod: ERROR: the name of a file is empty.\n", 1})
}
