package main

import (
	"strings"
	"testing"
)

// TestModprobePaths: an argument that is a path means that file.
func TestModprobePaths(t *testing.T) {
	w, modprobe, dir := goldenWorld(t)
	w.dir = strings.TrimSuffix(dir, "/")
	base, mid := "insmod "+dir+"updates/gm_base.ko \n", dir+"kernel/gm/gm_mid.ko.xz"
	unknown := " not found in directory " + w.dir + "\n"
	runCases(t, w, []toolCase{
		{modprobe + "-n -v " + mid, answer{base + "insmod " + mid + " \n", "", 0}},
		{modprobe + "-D " + mid + " a=1", answer{base + "insmod " + mid + " a=1\n", "", 0}},
		{modprobe + "-n -v ./kernel/gm/gm_mid.ko.xz", answer{base + "insmod " + dir + "./kernel/gm/gm_mid.ko.xz \n", "", 0}},
		{modprobe + "-n -v kernel/gm/gm_mid.ko.xz", answer{"", "modprobe: FATAL: Module kernel/gm/gm_mid.ko.xz" + unknown, 1}},
		{modprobe + "-n -v ./kernel",
			answer{"", "modprobe: FATAL: Failed to get module from path ./kernel: Is a directory\n", 1}},
		{modprobe + "./nosuch.ko",
			answer{"", "modprobe: FATAL: Failed to get module from path ./nosuch.ko: No such file or directory\n", 1}},
		{modprobe + "-D --json ./nosuch.ko",
			answer{"", "modprobe: FATAL: Failed to get module from path ./nosuch.ko: No such file or directory\n", 1}},
		{modprobe + "-D /dev/null",
			answer{"", "modprobe: FATAL: Failed to get module from path /dev/null: not a regular file\n", 1}},
		{modprobe + "-R " + mid, answer{"gm_mid\n", "", 0}},
		{modprobe + "-v " + mid, answer{base + "insmod " + mid + " \n", "", 0}},
		{modprobe + "--first-time " + mid, answer{"", "modprobe: ERROR: could not insert 'gm_mid': Module already in kernel\n", 1}},
		{modprobe + "-a ./kernel/gm/gm_dev.ko.gz ./nosuch.ko",
			answer{"", "modprobe: WARNING: Failed to get module from path ./nosuch.ko: No such file or directory\n", 1}},
		{modprobe + "-r ./nosuch.ko", answer{"", "modprobe: FATAL: Module ./nosuch.ko not found.\n", 1}},
		{modprobe + "-r -v " + mid, answer{"rmmod gm_mid\nrmmod gm_base\n", "", 0}},
	})
}

// TestModprobeLiveUnknown: a module that is in the kernel needs no file.
func TestModprobeLiveUnknown(t *testing.T) {
	w, _, dir := goldenWorld(t, "gm_top")
	modprobe := "modprobe -S 6.9 -d " + dir + "x "
	runCases(t, w, []toolCase{
		{modprobe + "gm-top", answer{}},
		{modprobe + "--first-time gm-top", answer{"", "modprobe: ERROR: could not insert 'gm_top': Module already in kernel\n", 1}},
		{modprobe + "-a gm_top gm_mid nosuch", answer{"", "modprobe: WARNING: Module nosuch not found in directory " + dir + "x/lib/modules/6.9\n", 1}},
		{modprobe + "-r -v gm-top", answer{"rmmod gm_top\nrmmod gm_mid\nrmmod gm_base\n", "", 0}},
	})
}
