package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/gokmod/gokmod/internal/test/modtest"
)

// TestTogether: the messages of modprobe --all are the same whether modules are
// loaded one after the other, as with -v, or concurrently.
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

// TestTogetherFiles: files are loaded in the order in which they are named, even
// if the first one needs the second.
func TestTogetherFiles(t *testing.T) {
	w, modprobe, _ := goldenWorld(t)
	dir := t.TempDir()
	user, provider := modtest.Named("user", nil, []string{"do"}), modtest.Named("provider", []string{"do"}, nil)
	user.Modinfo = append(user.Modinfo, "depends=provider")
	w.kernel.Vermagic = ""
	for name, m := range map[string]*modtest.Module{"user": user, "provider": provider} {
		if err := os.WriteFile(filepath.Join(dir, name+".ko"), m.Build(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got := w.run(splitQuoted(modprobe + "-a " + dir + "/user.ko " + dir + "/provider.ko")...)
	got.check(t, answer{"", "modprobe: ERROR: could not insert 'user': " + unknownSymbol + "\n", failure})
	if modules := w.kernel.Modules(); !slices.Equal(modules, []string{"provider"}) {
		t.Errorf("loaded %v", modules)
	}
}
