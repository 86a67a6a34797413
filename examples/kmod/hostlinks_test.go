package main

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/test/kmodref"
	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/kmod/kmodtest"
)

// farms are the layouts of links with the usual module directory.
func farms(t *testing.T) map[string]modtest.Farm {
	t.Helper()
	all := modtest.Farms(t)
	for name, farm := range all {
		if usual := "lib/modules/" + modtest.Release; farm.ModuleDir != usual {
			if err := os.Symlink(farm.Host+"/lib", farm.Root+"/lib"); err != nil {
				t.Fatal(err)
			}
			farm.ModuleDir = usual
			all[name] = farm
		}
	}
	return all
}

// TestHostLinks: the tools follow links out of a root given as an option.
func TestHostLinks(t *testing.T) {
	for name, farm := range farms(t) {
		t.Run(name, func(t *testing.T) {
			dir := farm.Root + "/" + farm.ModuleDir + "/"
			symvers := filepath.Join(t.TempDir(), "Module.symvers")
			if err := os.WriteFile(symvers, nil, 0o644); err != nil {
				t.Fatal(err)
			}
			w := newWorld()
			w.kernel = kmodtest.New(modtest.Release)
			runCases(t, w, []toolCase{
				{"depmod -b " + farm.Root + " -ae -E " + symvers + " " + modtest.Release, answer{}},
				{"depmod -A -b " + farm.Root + "/ " + modtest.Release, answer{}},
				{"modinfo -b " + farm.Root + " -k " + modtest.Release + " -n cdrom", answer{dir + farm.Cdrom + "\n", "", 0}},
				{"modprobe -n -v -d " + farm.Root + " -S " + modtest.Release + " vendor",
					answer{"insmod " + dir + farm.Cdrom + " \ninsmod " + dir + "vendor.ko \n", "", 0}},
				{"modprobe -d " + farm.Root + " -S " + modtest.Release + " vendor", answer{}},
			})
			if got := w.kernel.Modules(); !slices.Equal(got, []string{"cdrom", "vendor"}) {
				t.Errorf("in the kernel are %v", got)
			}
			json := newWorld().run("depmod", "-n", "--json", "-b", farm.Root, modtest.Release)
			if got := strings.Contains(json.stdout, `"host_files":[{"path":"`+farm.Cdrom+`","target":"`); got == farm.Inside {
				t.Errorf("the JSON is %s", json.stdout)
			}
			if names, err := filepath.Glob(farm.Host + "/lib/modules/*/modules.*"); len(names) > 0 {
				t.Errorf("outside there is %v, %v", names, err)
			}
		})
	}
}

// TestHostLinksReference compares the indexes of farms with those of kmod's depmod.
// That takes links for the machine's own, so it only finds those that lead out.
func TestHostLinksReference(t *testing.T) {
	tool := kmodref.Tool(t, "depmod")
	for name, farm := range farms(t) {
		if farm.Inside || name == "host itself" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			got, want, out := depmodDuel(t, tool, farm.Root, modtest.Release)
			got.check(t, want)
			if got.status != 0 {
				t.Errorf("status %d", got.status)
			}
			sameFiles(t, out, filepath.Join(farm.Root, farm.ModuleDir))
			modprobe := []string{"-n", "-v", "-d", farm.Root, "-S", modtest.Release, "-C", "/dev/null", "vendor"}
			want = askReference(t, kmodref.Tool(t, "modprobe"), modprobe...)
			newWorld().run(append([]string{"modprobe"}, modprobe...)...).check(t, want)
		})
	}
}

// TestDepmodOutside: if the root's module directory is outside, its indexes must not
// be replaced; they can be printed, and written elsewhere.
func TestDepmodOutside(t *testing.T) {
	root, host := t.TempDir(), depmodTree(t)
	if err := os.Symlink(host+"/lib", root+"/lib"); err != nil {
		t.Skip("no symbolic links: ", err)
	}
	dir := root + "/lib/modules/" + modtest.Release
	const found = "depmod: WARNING: Unmatched bracket in [\n"
	const noNumbers = "depmod: ERROR: Module 'u' has devname (u) but lacks major and minor information. Ignoring.\n"
	failed := "depmod: FATAL: could not write the indexes: write the index files into " + dir +
		": it lies outside the root\n"
	out := t.TempDir()
	runCases(t, newWorld(), []toolCase{
		{"depmod -b " + root + " " + modtest.Release, answer{"", found + failed, 1}},
		{"depmod -A -b " + root + " " + modtest.Release, answer{"", found + failed, 1}},
		{"depmod -b " + root + " " + modtest.Release + " " + host + "/lib/modules/" + modtest.Release + "/kernel/p.ko",
			answer{"", failed, 1}},
		{"depmod -b " + host + " -o " + root + " " + modtest.Release, answer{"", found + failed, 1}},
		{"depmod -b " + root + " -o " + out + " " + modtest.Release, answer{"", found + noNumbers, 0}},
		{"depmod -A -b " + root + " -o " + out + " " + modtest.Release, answer{}},
	})
	if got := newWorld().run("depmod", "-n", "-b", root, modtest.Release); got.status != 0 ||
		!strings.HasPrefix(got.stdout, "kernel/p.ko:\n") {
		t.Errorf("printing gives %+v", got)
	}
	if names, err := filepath.Glob(host + "/lib/modules/*/modules.dep*"); len(names) > 0 {
		t.Errorf("outside there is %v, %v", names, err)
	}
}

// TestDepmodFilesLinked: named files are indexed in the root's own module
// directory, where the machine would follow a link to another one.
func TestDepmodFilesLinked(t *testing.T) {
	root, host := depmodTree(t), depmodTree(t)
	if err := os.Rename(root+"/lib", root+"/real"); err != nil {
		t.Fatal(err)
	}
	// The same path leads to the host's tree, and below the root to its own.
	inside := filepath.Join(root, host)
	if err := os.MkdirAll(inside, 0o755); err != nil {
		t.Fatal(err)
	}
	for text, name := range map[string]string{host + "/lib": root + "/lib", "/real": inside + "/lib"} {
		if err := os.Symlink(text, name); err != nil {
			t.Skip("no symbolic links: ", err)
		}
	}
	file := root + "/lib/modules/" + modtest.Release + "/kernel/p.ko"
	newWorld().run("depmod", "-b", root, modtest.Release, file).check(t, answer{})
	if dep := string(readFile(t, root+"/real/modules/"+modtest.Release+"/modules.dep")); dep != "kernel/p.ko:\n" {
		t.Errorf("modules.dep is %q", dep)
	}
	if names, err := filepath.Glob(host + "/lib/modules/*/modules.dep*"); len(names) > 0 {
		t.Errorf("outside there is %v, %v", names, err)
	}
}

// TestSymversOf: the link "build" of a root leads below it, or out of it.
func TestSymversOf(t *testing.T) {
	root, host := depmodTree(t), t.TempDir()
	for _, name := range []string{root + "/usr/src/headers/Module.symvers", host + "/Module.symvers"} {
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, nil, 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	c := &command{}
	build := root + "/lib/modules/" + modtest.Release + "/build"
	for target, want := range map[string]string{
		"/usr/src/headers": root + "/usr/src/headers/Module.symvers", host: host + "/Module.symvers", "/nowhere": "",
	} {
		os.Remove(build)
		if err := os.Symlink(target, build); err != nil {
			t.Skip("no symbolic links: ", err)
		}
		for _, base := range []string{root, root + "/"} {
			db, err := c.openDB(base, modtest.Release, configPlaces{})
			if err != nil {
				t.Fatal(err)
			}
			if got := c.symversOf(base, db); filepath.Clean(got) != filepath.Clean(want) {
				t.Errorf("%s: %q, want %q", target, got, want)
			}
			db.Close()
		}
	}
}
