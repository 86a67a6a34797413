package main

import (
	"slices"
	"testing"
)

func TestRmmod(t *testing.T) {
	w, _, _ := goldenWorld(t, "gm_top", "gm_dev", "gm_param", "gm-dash-name")
	w.kernel.Hold("gm_dev", 1)
	runCases(t, w, []toolCase{
		{"rmmod", answer{"", "rmmod: ERROR: missing module name.\n", 1}},
		{"rmmod nosuch", answer{"", "rmmod: ERROR: Module nosuch is not currently loaded\n", 1}},
		{"rmmod gm_built_in", answer{"", "rmmod: ERROR: Module gm_built_in is builtin.\n", 1}},
		{"rmmod gm_mid", answer{"", "rmmod: ERROR: Module gm_mid is in use by: gm_top\n", 1}},
		{"rmmod gm_dev nosuch gm_param", answer{"", "rmmod: ERROR: Module gm_dev is in use\n" +
			"rmmod: ERROR: Module nosuch is not currently loaded\n", 1}},
		{"rmmod -f gm_dev", answer{"", "rmmod: ERROR: could not remove module gm_dev: Resource temporarily unavailable\n", 1}},
		{"rmmod -f nosuch", answer{"", "rmmod: ERROR: could not remove module nosuch: No such file or directory\n", 1}},
		{"rmmod -v x/gm-dash-name.ko.xz", answer{}},
		{"rmmod gm_top gm-mid", answer{}},
	})
	if got, want := w.kernel.Modules(), []string{"gm_base", "gm_dev"}; !slices.Equal(got, want) {
		t.Errorf("in the kernel are %v, want %v", got, want)
	}
	w.kernel.NoCapability = true
	w.run("rmmod", "gm_base").check(t, answer{"", "rmmod: ERROR: could not remove module gm_base: Operation not permitted\n", 1})
}
