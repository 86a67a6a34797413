package main

import (
	"slices"
	"syscall"
	"testing"

	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/kmod/kmodtest"
	"github.com/gokmod/gokmod/kmod/live"
)

func TestInsmod(t *testing.T) {
	w, _, _ := goldenWorld(t)
	dir := "lib/modules/" + modtest.GoldenRelease + "/"
	runCases(t, w, []toolCase{
		{"insmod", answer{"", "insmod: ERROR: missing filename.\n", 1}},
		{"insmod -", answer{"", "insmod: ERROR: this tool does not support loading from stdin!\n", 1}},
		{"insmod nosuch.ko", answer{"", "insmod: ERROR: could not load module nosuch.ko: No such file or directory\n", 1}},
		{"insmod lib", answer{"", "insmod: ERROR: could not insert module lib: Is a directory\n", 1}},
		{"/sbin/insmod -Z", answer{"", "/sbin/insmod: invalid option -- 'Z'\n", 1}},
		{"insmod " + dir + "updates/gm_base.ko", answer{}},
		{"insmod " + dir + "updates/gm_base.ko a", answer{"", "insmod: ERROR: could not insert module " + dir + "updates/gm_base.ko: File exists\n", 1}},
		{"insmod " + dir + "kernel/gm/gm_param.ko.xz count=3 who='a b'", answer{}},
		{"insmod " + dir + "kernel/gm/gm_mid.ko.xz -- -f 'a=\"b c\"' 'd e' 'f=\"g h' i==j", answer{}},
		{"insmod etc/modprobe.d/10-base.conf", answer{"", "insmod: ERROR: could not insert module etc/modprobe.d/10-base.conf: Invalid module format\n", 1}},
	})
	if got, want := w.kernel.Modules(), []string{"gm_base", "gm_param", "gm_mid"}; !slices.Equal(got, want) {
		t.Errorf("in the kernel are %v, want %v", got, want)
	}
	if got, want := w.kernel.Params("gm_param"), `count=3 who="a b"`; got != want {
		t.Errorf("parameters %q, want %q", got, want)
	}
	if got, want := w.kernel.Params("gm_mid"), `-f a="b c" d e f="g h i==j`; got != want {
		t.Errorf("parameters %q, want %q", got, want)
	}
}

func TestInsmodReasons(t *testing.T) {
	for _, test := range []struct {
		errno syscall.Errno
		want  string
	}{
		{syscall.ENOEXEC, "Invalid module format"},
		{syscall.ENOENT, "Unknown symbol in module"},
		{syscall.ESRCH, "Module has wrong symbol version"},
		{syscall.EINVAL, "Invalid parameters"},
		{syscall.ENODEV, "No such device"},
		{syscall.EPERM, "Operation not permitted"},
		{syscall.ENOMEM, "Cannot allocate memory"},
	} {
		w, _, dir := goldenWorld(t)
		w.kernel.Fail("gm_base", test.errno)
		path := dir + "updates/gm_base.ko"
		w.run("insmod", path).check(t, answer{"", "insmod: ERROR: could not insert module " + path + ": " + test.want + "\n", 1})
	}
}

func TestForce(t *testing.T) {
	for _, test := range []struct {
		option string
		want   live.InsertFlags
	}{
		{"-v", 0},
		{"-f", live.ForceInsert},
		{"--force", live.ForceInsert},
		{"--force-m", live.IgnoreModversions},
		{"--force-vermagic", live.IgnoreVermagic},
		{"--force-vermagic --force-modversion", live.ForceInsert},
	} {
		t.Run(test.option, func(t *testing.T) {
			w, modprobe, dir := goldenWorld(t)
			options := splitQuoted(test.option)
			w.run(append([]string{"insmod", dir + "updates/gm_base.ko"}, options...)...).check(t, answer{})
			argv := append(splitQuoted(modprobe), append(options, "gm_mid")...)
			if got := w.run(argv...); got.status != success || got.stderr != "" {
				t.Errorf("modprobe: %+v", got)
			}
			calls := w.kernel.Calls()
			if len(calls) == 0 || live.InsertFlags(calls[0].Flags) != test.want {
				t.Errorf("the calls were %v, want flags %d", calls, test.want)
			}
			if !slices.ContainsFunc(calls, func(c kmodtest.Call) bool { return c.Module == "gm_mid" && c.Err == nil }) {
				t.Errorf("gm_mid was not inserted: %v", calls)
			}
		})
	}
}
