package main

import (
	"slices"
	"strings"
	"syscall"
	"testing"
)

// TestTogether: what modprobe --all says does not depend on whether modules are
// loaded one after the other, as with -v, or side by side.
func TestTogether(t *testing.T) {
	for _, args := range []string{
		"gm_top gm_param", "nosuch gm_mid gm_top [ gm_dash_name", "gm_dev gm_soft gm_built_in", "gm_mid gm_mid", "gm_top gm_param gm_base",
		"--first-time gm_param gm_param", "-b gm_dev gm_param", "-q gm_mid nosuch", "gm_base", "gm_dash_alias net-pf-44",
	} {
		var all [2]answer
		var modules [2][]string
		for i, flag := range []string{"-a ", "-a -v "} {
			w, modprobe, dir := goldenWorld(t, "gm_dash_name")
			w.kernel.Fail("gm_mid", syscall.ENODEV)
			w.kernel.Fail("gm_param", syscall.EINVAL)
			all[i] = w.run(splitQuoted(modprobe + flag + args)...)
			all[i].stdout = ""
			all[i].stderr = strings.ReplaceAll(all[i].stderr, dir, "")
			all[i].stderr = strings.ReplaceAll(all[i].stderr, strings.TrimSuffix(dir, "/"), "")
			modules[i] = slices.Sorted(slices.Values(w.kernel.Modules()))
		}
		if all[0] != all[1] || !slices.Equal(modules[0], modules[1]) {
			t.Errorf("%s: side by side\n%+v %v\none by one\n%+v %v", args, all[0], modules[0], all[1], modules[1])
		}
	}
}
