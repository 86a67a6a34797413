package main

import (
	"bytes"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/test/debian"
)

// debianAllowances are the differences between the systems that have nothing to do with
// the tools. The tools themselves make none.
var debianAllowances = []debian.Allowance{
	{Section: "units", Lines: regexp.MustCompile(`^systemd-fsckd\.(service|socket) `),
		Reason: "the service ends when nothing has used it for half a minute"},
	{Section: "nodes", Lines: regexp.MustCompile(`^/dev/(console|ttyS?\d+) `),
		Reason: "a login prompt takes its terminal at its own time"},
	{Section: "messages", Lines: regexp.MustCompile(`^kernel: (tsc|clocksource|hrtimer|hpet: Lost|APIC calibration|Unstable clock|` +
		`TSC (found|synchronization)|mtrr|perf: interrupt took|sched: RT throttling|workqueue: .* hogged)\b`),
		Reason: "the clocks of a guest that is emulated on a busy machine"},
}

// compareInstalled compares what the kernel package's scripts have made in both roots.
func compareInstalled(t *testing.T, ours, theirs *debianRoot) {
	release := ours.system.Kernel.Release
	modules := "/usr/lib/modules/" + release
	sameFiles(t, ours.Path(modules), theirs.Path(modules))
	_, err := os.Stat(theirs.Path(modules + "/modules.weakdep"))
	if err == nil { // a kmod of these days
		sameBytes(t, ours.Path(modules), theirs.Path(modules))
	}
	ourFiles, theirFiles := ours.initrdFiles(t), theirs.initrdFiles(t)
	allowed := laterSoftdeps(t, ours, ourFiles)
	if err != nil {
		allowed = append(allowed, debian.Allowance{Section: "initrd", Lines: regexp.MustCompile(`/modules\.weakdep$`),
			Reason: "kmod before version 33 makes no such index"})
	}
	if all := debian.CompareFiles("initrd", ourFiles, theirFiles, allowed); len(all) > 0 {
		t.Errorf("differences:\n%s", debian.Describe(all))
	}
}

// checkCalls checks that our program ran wherever one of kmod's is called: for static
// nodes, for units and the kernel's helper, and for indexes; and that the initial RAM
// disk has it too.
func (r *debianRoot) checkCalls(t *testing.T) {
	called := map[string]int{}
	for name, count := range r.report.Calls() {
		called[path.Base(name)] += count
		program, err := r.Run(t.Context(), "readlink", "-f", name)
		if got := strings.TrimSpace(string(program)); err != nil || got != "/usr/bin/kmod" {
			t.Errorf("%s is %s, %v", name, got, err)
		}
	}
	t.Logf("calls: %v", called)
	for _, name := range []string{"kmod", "modprobe", "depmod"} {
		if called[name] == 0 {
			t.Errorf("%s was not called", name)
		}
	}
	initrd, err := r.InitrdFile(t.Context(), "usr/bin/kmod")
	if err != nil {
		t.Fatal(err)
	}
	for _, program := range [][]byte{initrd, readFile(t, r.Path("/usr/bin/kmod"))} {
		if !bytes.Equal(program, readFile(t, r.lab.program)) {
			t.Error("the system does not have our program")
		}
	}
}

// checkService checks what our daemon did as a service, with no more privileges than its
// unit leaves it.
func checkService(t *testing.T, said []string) {
	t.Helper()
	want := []string{"loaded", "active", "reloaded", "ActiveState=inactive", "NRestarts=0", "Result=success"}
	got := slices.Clone(said)
	if len(got) == len(want) {
		slices.Sort(got[3:]) // the order of the properties is systemd's
	}
	if !slices.Equal(got, want) {
		t.Errorf("the service:\n%s", strings.Join(said, "\n"))
	}
}

func (r *debianRoot) initrdFiles(t *testing.T) []string {
	t.Helper()
	files, err := r.InitrdFiles(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// laterSoftdeps allows an initial RAM disk to have the modules that a module in it names
// in its second softdep line, or in later ones: kmod reads the first alone.
func laterSoftdeps(t *testing.T, r *debianRoot, files []string) []debian.Allowance {
	t.Helper()
	release := r.system.Kernel.Release
	lines := map[string]int{}
	var names []string
	for line := range strings.Lines(string(readFile(t, r.Path("/usr/lib/modules/"+release+"/modules.softdep")))) {
		f := strings.Fields(line)
		if len(f) < 3 || f[0] != "softdep" || !hasModule(files, f[1]) {
			continue
		}
		if lines[f[1]]++; lines[f[1]] > 1 {
			names = append(names, slices.DeleteFunc(f[2:], func(word string) bool { return strings.HasSuffix(word, ":") })...)
		}
	}
	if len(names) == 0 {
		return nil
	}
	planned := newWorld().run(append([]string{"modprobe", "-d", r.Dir, "-S", release, "-q", "-a", "--show-depends"}, names...)...)
	var allowed []debian.Allowance
	for line := range strings.Lines(planned.stdout) {
		if _, file, ok := strings.Cut(strings.TrimSpace(line), release+"/"); ok {
			allowed = append(allowed, debian.Allowance{Section: "initrd",
				Lines: regexp.MustCompile("^usr/lib/modules/" + regexp.QuoteMeta(release+"/"+file) + "$"), Reason: "a later soft dependency"})
		}
	}
	return allowed
}

// hasModule reports whether one of the files is that of a module.
func hasModule(files []string, name string) bool {
	return slices.ContainsFunc(files, func(file string) bool {
		stem, _, ok := strings.Cut(path.Base(filepath.ToSlash(file)), ".ko")
		return ok && strings.ReplaceAll(stem, "-", "_") == name
	})
}
