package main

import (
	"slices"
	"testing"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/kmodtest"
)

// discWorld has the module drive, which needs disc, whose file is
// disc-current.ko, for the release of this machine's kernel.
func discWorld(t *testing.T) (w *world, modprobe, dir string) {
	t.Helper()
	release, err := kmod.RunningRelease()
	if err != nil {
		t.Fatal(err)
	}
	tree := &kmodtest.Tree{Release: release, Modules: []kmodtest.Module{
		{Name: "disc", Path: "updates/disc-current.ko", Aliases: []string{"bus:disc*"}},
		{Name: "drive", Depends: []string{"disc"}},
	}}
	w = newWorld()
	w.dir = t.TempDir()
	if err := tree.Write(w.dir); err != nil {
		t.Fatal(err)
	}
	w.kernel = tree.Kernel()
	return w, "modprobe -d " + w.dir + " ", w.dir + "/lib/modules/" + release + "/"
}

// TestOwnName: a module whose name differs from its file's counts as loaded,
// can be used and is removed again.
func TestOwnName(t *testing.T) {
	w, modprobe, dir := discWorld(t)
	insmod := "insmod " + dir + "updates/disc-current.ko \n"
	there := answer{"", "modprobe: ERROR: could not insert 'disc_current': Module already in kernel\n", 1}
	absent := answer{"", "modprobe: FATAL: Module disc_current is not in kernel.\n", 1}
	drive := "insmod " + dir + "kernel/drive.ko \n"
	runCases(t, w, []toolCase{
		{modprobe + "-r --first-time disc-current", absent},
		{modprobe + "-n -v disc-current", answer{insmod, "", 0}},
		{modprobe + "-v --first-time disc-current", answer{insmod, "", 0}},
		{modprobe + "disc-current", answer{}},
		{modprobe + "-a disc-current bus:disc1", answer{}},
		{modprobe + "-v bus:disc1", answer{}},
		{modprobe + "-n -v disc-current", answer{}},
		{modprobe + "--first-time disc-current", there},
		{modprobe + "--first-time -n disc-current", there},
		{modprobe + "disc", answer{}},
		{modprobe + "-n -v drive", answer{drive, "", 0}},
		{modprobe + "-D drive", answer{insmod + drive, "", 0}},
		{modprobe + "-v drive", answer{drive, "", 0}},
		{modprobe + "-r disc-current", answer{"", "modprobe: FATAL: Module disc is in use.\n", 1}},
		{modprobe + "-r -n -v drive", answer{"rmmod drive\n", "", 0}},
		{modprobe + "-r -v drive", answer{"rmmod drive\nrmmod disc\n", "", 0}},
		{modprobe + "disc-current", answer{}},
		{modprobe + "-r -v disc-current", answer{"rmmod disc\n", "", 0}},
		{modprobe + "disc-current", answer{}},
		{"insmod " + dir + "updates/disc-current.ko", answer{"",
			"insmod: ERROR: could not insert module " + dir + "updates/disc-current.ko: File exists\n", 1}},
		{"rmmod " + dir + "updates/disc-current.ko", answer{}},
		{"rmmod " + dir + "updates/disc-current.ko", answer{"",
			"rmmod: ERROR: Module disc_current is not currently loaded\n", 1}},
	})
	if got := w.kernel.Modules(); len(got) != 0 {
		t.Errorf("in the kernel are still %v", got)
	}
}

// TestRmmodOwnName: the machine's indexes say which file a module comes from.
func TestRmmodOwnName(t *testing.T) {
	w, modprobe, _ := discWorld(t)
	w.root = w.dir
	runCases(t, w, []toolCase{
		{modprobe + "drive", answer{}},
		{"rmmod disc-current", answer{"", "rmmod: ERROR: Module disc is in use by: drive\n", 1}},
		{"rmmod drive disc-current", answer{}},
		{"rmmod disc-current", answer{"", "rmmod: ERROR: Module disc_current is not currently loaded\n", 1}},
	})
	if got := w.kernel.Modules(); !slices.Equal(got, nil) {
		t.Errorf("in the kernel are still %v", got)
	}
}
