package main

import (
	"slices"
	"testing"

	"github.com/gokmod/gokmod/kmod/kmodtest"
	"github.com/gokmod/gokmod/kmod/live"
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

// TestModprobeRemovesDiamond: everything that was only there for a module's sake
// goes with it, however the dependencies meet. Modules with other users stay, with
// everything that they need. kmod looks at each dependency once and leaves those
// that it meets before their last user is gone, such as grace, netfs and sunrpc
// after nfsd and nfs.
func TestModprobeRemovesDiamond(t *testing.T) {
	tree := &kmodtest.Tree{Modules: []kmodtest.Module{
		{Name: "sunrpc"}, {Name: "grace"}, {Name: "netfs"}, {Name: "fscache", Depends: []string{"netfs"}},
		{Name: "lockd", Depends: []string{"sunrpc", "grace"}},
		{Name: "nfs", Depends: []string{"fscache", "netfs", "lockd", "sunrpc"}},
		{Name: "acl", Depends: []string{"sunrpc"}},
		{Name: "nfsd", Depends: []string{"grace", "acl", "lockd", "sunrpc"}},
		{Name: "gss", Depends: []string{"sunrpc"}},
	}}
	root := t.TempDir()
	if err := tree.Write(root); err != nil {
		t.Fatal(err)
	}
	w := newWorld()
	w.kernel = tree.Kernel()
	modprobe := "modprobe -S 6.1.0-test -d " + root + " "
	runCases(t, w, []toolCase{
		{modprobe + "-a nfs nfsd gss", answer{}},
		{modprobe + "-rv nfs", answer{"rmmod nfs\nrmmod fscache\nrmmod netfs\n", "", 0}},
		{modprobe + "-rv nfsd", answer{"rmmod nfsd\nrmmod lockd\nrmmod acl\nrmmod grace\n", "", 0}},
		{modprobe + "-rv gss", answer{"rmmod gss\nrmmod sunrpc\n", "", 0}},
		{modprobe + "-a nfs nfsd gss", answer{}},
		{modprobe + "-r nfs nfsd gss", answer{}},
	})
	if left := w.kernel.Modules(); len(left) != 0 {
		t.Errorf("in the kernel are still %v", left)
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

// busyKernel is a kernel in which a module stays in use for some tries to
// remove it.
type busyKernel struct {
	*kmodtest.Kernel
	tries int
}

func (k *busyKernel) DeleteModule(name string, flags live.RemoveFlags) error {
	if k.tries--; k.tries == 0 {
		k.Hold(name, -1)
	}
	return k.Kernel.DeleteModule(name, flags)
}

func TestModprobeWaits(t *testing.T) {
	w, modprobe, _ := goldenWorld(t, "gm_param")
	w.kernel.Hold("gm_param", 1)
	w.wrap = func(k *kmodtest.Kernel) live.Kernel { return &busyKernel{k, 1000} }
	w.run(splitQuoted(modprobe+"-r -w 5 gm_param")...).check(t, answer{"",
		"modprobe: ERROR: could not remove 'gm_param': Resource temporarily unavailable\n", 1})
	w.wrap = func(k *kmodtest.Kernel) live.Kernel { return &busyKernel{k, 4} }
	w.run(splitQuoted(modprobe+"-r -v -w 0x100000000000000000 gm_param")...).check(t, answer{"rmmod gm_param\n", "", 0})
}
