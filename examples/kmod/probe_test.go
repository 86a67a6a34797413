package main

import (
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/kmod/kmodtest"
	"github.com/gokmod/gokmod/kmod/live"
)

func TestModprobeLoads(t *testing.T) {
	w, modprobe, dir := goldenWorld(t, "gm_base")
	mid, top := "insmod "+dir+"kernel/gm/gm_mid.ko.xz \n", "insmod "+dir+"kernel/gm/gm_top.ko "
	param := "insmod " + dir + "kernel/gm/gm_param.ko.xz "
	runCases(t, w, []toolCase{
		{modprobe, answer{"", "modprobe: ERROR: missing parameters. See -h.\n", 1}},
		{modprobe + "-n -v gm_top x=1", answer{mid + top + "x=1\n", "", 0}},
		{modprobe + "-v gm-top x=1", answer{mid + top + "x=1\n", "", 0}},
		{modprobe + "-n -v gm_top", answer{}},
		{modprobe + "-v gm_top", answer{}},
		{modprobe + "--first-time gm_top", answer{"", "modprobe: ERROR: could not insert 'gm_top': Module already in kernel\n", 1}},
		{modprobe + "--first-time -n gm_top", answer{"", "modprobe: ERROR: could not insert 'gm_top': Module already in kernel\n", 1}},
		{modprobe + "--first-time gm_built_in", answer{"", "modprobe: ERROR: could not insert 'gm_built_in': Module already in kernel\n", 1}},
		{modprobe + "-v gm_built_in", answer{}},
		{modprobe + "-D gm_built_in", answer{"builtin gm_built_in\n", "", 0}},
		{modprobe + "-D gm_param -- -v a=1", answer{param + "-v a=1\n", "", 0}},
		{modprobe + "-qv -n gm_param", answer{}},
		{modprobe + "gm_param -v 'who=a b'", answer{param + "who=\"a b\"\n", "", 0}},
		{modprobe + "-a -n gm_dev nosuch -v gm_built_in", answer{"insmod " + dir + "kernel/gm/gm_dev.ko.gz \n",
			"modprobe: WARNING: Module nosuch not found in directory " + strings.TrimSuffix(dir, "/") + "\n", 1}},
		{modprobe + "nosuch x=1", answer{"", "modprobe: FATAL: Module nosuch not found in directory " + strings.TrimSuffix(dir, "/") + "\n", 1}},
		{modprobe + "-q nosuch", answer{"", "", 1}},
		{modprobe + "[", answer{"", "modprobe: FATAL: Module [ not found in directory " + strings.TrimSuffix(dir, "/") + "\n", 1}},
		{"modprobe -S 6.9 -d " + dir + "x y", answer{"", "modprobe: FATAL: Module y not found in directory " + dir + "x/lib/modules/6.9\n", 1}},
		{"modprobe -S 6.9 -d etc y", answer{"", "modprobe: FATAL: Module y not found in directory " + w.dir + "/etc/lib/modules/6.9\n", 1}},
		{modprobe + "-w x -r y", answer{"", "modprobe: ERROR: unexpected wait value 'x'.\n", 1}},
	})
	if got, want := w.kernel.Modules(), []string{"gm_base", "gm_mid", "gm_top", "gm_param"}; !slices.Equal(got, want) {
		t.Errorf("in the kernel are %v, want %v", got, want)
	}
	if got, want := w.kernel.Params("gm_param"), `who="a b"`; got != want {
		t.Errorf("parameters %q, want %q", got, want)
	}
}

func TestModprobeResolves(t *testing.T) {
	w, modprobe, dir := goldenWorld(t)
	runCases(t, w, []toolCase{
		{modprobe + "-R gm-mid nosuch", answer{"gm_mid\n", "", 0}},
		{modprobe + "-R fs-extgolden", answer{"ext_golden\n", "", 0}},
		{modprobe + "-Ra nosuch gm_mid", answer{"gm_mid\n",
			"modprobe: WARNING: Module nosuch not found in directory " + strings.TrimSuffix(dir, "/") + "\n", 1}},
	})
}

// TestModprobeFails: a module fails that another one needs. The message names
// the requested one, as kmod's does.
func TestModprobeFails(t *testing.T) {
	for _, test := range []struct {
		errno syscall.Errno
		want  string
	}{
		{syscall.ENOENT, "Unknown symbol in module, or unknown parameter (see dmesg)"},
		{syscall.ENODEV, "No such device"},
		{syscall.ENOEXEC, "Exec format error"},
		{syscall.EINVAL, "Invalid argument"},
	} {
		w, modprobe, dir := goldenWorld(t)
		w.kernel.Fail("gm_mid", test.errno)
		message := "modprobe: ERROR: could not insert 'gm_top': " + test.want + "\n"
		w.run(splitQuoted(modprobe+"-v gm_top")...).check(t, answer{
			"insmod " + dir + "updates/gm_base.ko \ninsmod " + dir + "kernel/gm/gm_mid.ko.xz \n", message, 1})
		w.run(splitQuoted(modprobe+"-q gm_top")...).check(t, answer{"", "", 1})
		w.run(splitQuoted(modprobe+"-a gm_top gm_param")...).check(t, answer{"", message, 1})
		if got := w.kernel.Modules(); !slices.Contains(got, "gm_param") {
			t.Errorf("in the kernel are only %v", got)
		}
	}
}

// TestModprobeExists: another process was faster.
func TestModprobeExists(t *testing.T) {
	w, modprobe, _ := goldenWorld(t)
	w.wrap = func(k *kmodtest.Kernel) live.Kernel { return rivalKernel{k} }
	w.run(splitQuoted(modprobe+"gm_param")...).check(t, answer{})
	w.kernel = kmodtest.New(modtest.GoldenRelease)
	w.run(splitQuoted(modprobe+"--first-time gm_param")...).check(t, answer{"",
		"modprobe: ERROR: could not insert 'gm_param': Module already in kernel\n", 1})
}

func TestModprobeOptionsVariable(t *testing.T) {
	w, modprobe, dir := goldenWorld(t)
	w.env = map[string]string{"MODPROBE_OPTIONS": `-v  "-n"`}
	w.run(splitQuoted(modprobe+"gm_param")...).check(t, answer{"insmod " + dir + "kernel/gm/gm_param.ko.xz \n", "", 0})
	w.env["MODPROBE_OPTIONS"] = "--foo"
	w.run(splitQuoted(modprobe+"gm_param")...).check(t, answer{"", "modprobe: unrecognized option '--foo'\n", 1})
}
