package main

import (
	"slices"
	"syscall"
	"testing"
	"time"
)

func TestModprobeRemoves(t *testing.T) {
	w, modprobe, _ := goldenWorld(t, "gm_top", "gm_dev")
	w.kernel.Hold("gm_dev", 1)
	runCases(t, w, []toolCase{
		{modprobe + "-r nosuch gm_top", answer{"", "modprobe: FATAL: Module nosuch not found.\n", 1}},
		{modprobe + "-r -q nosuch", answer{"", "", 1}},
		{modprobe + "-r gm_built_in", answer{"", "modprobe: FATAL: Module gm_built_in is builtin.\n", 1}},
		{modprobe + "-r gm_mid gm_top", answer{"", "modprobe: FATAL: Module gm_mid is in use.\n", 1}},
		{modprobe + "-r gm_param", answer{}},
		{modprobe + "-r --first-time gm_param gm_top", answer{"", "modprobe: FATAL: Module gm_param is not in kernel.\n", 1}},
		{modprobe + "-r -n -v gm_top", answer{"rmmod gm_top\n", "", 0}},
		{modprobe + "-r -n gm_dev", answer{"", "modprobe: FATAL: Module gm_dev is in use.\n", 1}},
		{modprobe + "-r -a -v nosuch gm_dev gm_top", answer{"rmmod gm_top\nrmmod gm_mid\nrmmod gm_base\n",
			"modprobe: WARNING: Module nosuch not found.\nmodprobe: WARNING: Module gm_dev is in use.\n", 1}},
	})
	if got, want := w.kernel.Modules(), []string{"gm_dev"}; !slices.Equal(got, want) {
		t.Errorf("in the kernel are %v, want %v", got, want)
	}
}

func TestModprobeRemovesHolders(t *testing.T) {
	w, modprobe, _ := goldenWorld(t, "gm_top", "gm_dash_name")
	w.run(splitQuoted(modprobe+"-r --remove-h -v gm_base")...).check(t, answer{
		"rmmod gm_top\nrmmod gm_mid\nrmmod gm_dash_name\nrmmod gm_base\n", "", 0})
	if got := w.kernel.Modules(); len(got) != 0 {
		t.Errorf("in the kernel are still %v", got)
	}
}

func TestModprobeIsRefused(t *testing.T) {
	w, modprobe, _ := goldenWorld(t, "gm_param")
	w.kernel.NoCapability = true
	w.run(splitQuoted(modprobe+"-r -v gm_param")...).check(t, answer{"rmmod gm_param\n",
		"modprobe: ERROR: could not remove 'gm_param': Operation not permitted\n", 1})
}

func TestModprobeWaits(t *testing.T) {
	w, modprobe, _ := goldenWorld(t, "gm_param")
	w.kernel.Hold("gm_param", 1)
	w.run(splitQuoted(modprobe+"-r -w 20 gm_param")...).check(t, answer{"",
		"modprobe: ERROR: could not remove 'gm_param': Resource temporarily unavailable\n", 1})
	ms := time.Millisecond
	if want := []time.Duration{ms, 2 * ms, 4 * ms, 8 * ms, 5 * ms}; !slices.Equal(w.slept, want) {
		t.Errorf("slept %v, want %v", w.slept, want)
	}
	w.wake = func() { w.kernel.Hold("gm_param", -1) }
	w.run(splitQuoted(modprobe+"-r -v -w 20 gm_param")...).check(t, answer{"rmmod gm_param\n", "", 0})
}

func TestDryKernel(t *testing.T) {
	w, _, dir := goldenWorld(t, "gm_param")
	before := len(w.kernel.Calls())
	k := dryKernel{w.kernel}
	if err := k.DeleteModule("gm_param", 0); err != nil {
		t.Error(err)
	}
	if err := k.DeleteModule("nosuch", 0); err != syscall.ENOENT {
		t.Errorf("got %v", err)
	}
	if err := k.InitModule([]byte(dir), ""); err != nil {
		t.Error(err)
	}
	if err := k.FinitModule(nil, "", 0); err != nil {
		t.Error(err)
	}
	if len(w.kernel.Calls()) != before {
		t.Errorf("it called the kernel: %v", w.kernel.Calls()[before:])
	}
}
