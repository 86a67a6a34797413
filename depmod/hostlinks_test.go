package depmod_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/depmod"
	"github.com/gokmod/gokmod/internal/test/modtest"
)

// TestHostLinks scans and writes trees that consist of links.
func TestHostLinks(t *testing.T) {
	for name, farm := range modtest.Farms(t) {
		t.Run(name, func(t *testing.T) {
			before := listing(t, farm.Host)
			cfg := &depmod.Config{Root: farm.Root, ModuleDir: farm.ModuleDir, HostLinks: true, Strict: true}
			index, err := depmod.Scan(context.Background(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			checkHostFiles(t, index, farm)
			if err := index.Write(nil); err != nil {
				t.Fatal(err)
			}
			sr := strings.Replace(farm.Cdrom, "cdrom", "sr", 1)
			if got, want := depFile(t, farm), farm.Cdrom+":\n"+sr+": "+farm.Cdrom+"\nvendor.ko: "+farm.Cdrom+"\n"; got != want {
				t.Errorf("modules.dep is\n%s\nwant\n%s", got, want)
			}
			if fresh, err := depmod.UpToDate(context.Background(), cfg); !fresh || err != nil {
				t.Errorf("up to date: %v, %v", fresh, err)
			}
			if after := listing(t, farm.Host); after != before {
				t.Errorf("outside there is\n%s\nbefore\n%s", after, before)
			}
			checkPrison(t, farm)
		})
	}
}

// checkHostFiles checks that the report lists what came from outside.
func checkHostFiles(t *testing.T, index *depmod.Index, farm modtest.Farm) {
	t.Helper()
	var want []string
	if !farm.Inside {
		want = []string{farm.Cdrom, strings.Replace(farm.Cdrom, "cdrom", "sr", 1)}
	}
	var got []string
	for _, f := range index.Report.HostFiles {
		got = append(got, f.Path)
		outside := filepath.Join(farm.Host, "lib/modules", modtest.Release, "kernel", filepath.Base(f.Path))
		target, err := os.Stat(f.Target)
		other, otherErr := os.Stat(outside)
		if err := errors.Join(err, otherErr); err != nil || !os.SameFile(target, other) {
			t.Errorf("%s came from %s, not %s: %v", f.Path, f.Target, outside, err)
		}
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("from outside came %v, want %v", got, want)
	}
}

// checkPrison checks that without HostLinks nothing outside is read.
func checkPrison(t *testing.T, farm modtest.Farm) {
	t.Helper()
	index, err := depmod.Scan(context.Background(), &depmod.Config{Root: farm.Root, ModuleDir: farm.ModuleDir})
	if err != nil {
		t.Fatal(err)
	}
	want := "vendor.ko"
	if farm.Inside {
		want = farm.Cdrom + " " + strings.Replace(farm.Cdrom, "cdrom", "sr", 1) + " vendor.ko"
	}
	if got := modulePaths(index); got != want {
		t.Errorf("without host links the modules are %s, want %s", got, want)
	}
	if len(index.Report.HostFiles) > 0 || farm.Inside != (len(index.Report.Unreadable) == 0) {
		t.Errorf("without host links the report has %+v", index.Report)
	}
}

// depFile returns the modules.dep of a farm, wherever its links lead.
func depFile(t *testing.T, farm modtest.Farm) string {
	t.Helper()
	dir, err := os.OpenRoot(farm.Root)
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	for _, place := range []string{farm.ModuleDir, "usr/" + farm.ModuleDir, "store/v"} {
		if data, err := dir.ReadFile(place + "/modules.dep"); err == nil {
			return string(data)
		}
	}
	t.Fatal("there is no modules.dep")
	return ""
}

// listing lists a directory tree with sizes and times.
func listing(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err == nil {
			b.WriteString(name + " " + info.Mode().String() + " " + info.ModTime().String() + "\n")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestHostDirs: the module directory itself, an external one, named files, and
// files of the kernel's build may be outside.
func TestHostDirs(t *testing.T) {
	host := modtest.Write(t, needTree("a:"))
	root := t.TempDir()
	link := func(text, name string) {
		t.Helper()
		name = filepath.Join(root, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.Symlink(text, name)); err != nil {
			t.Fatal(err)
		}
	}
	link(host+"/lib", "lib")
	link(host+"/lib/modules", "opt/extra")
	link(host+"/"+moduleDir+"/modules.order", "own/"+modtest.Release+"/modules.order")
	for _, test := range []struct {
		cfg  depmod.Config
		want string
	}{
		{depmod.Config{Release: modtest.Release}, "modules.order kernel/a.ko modules.builtin modules.builtin.modinfo"},
		{depmod.Config{ModuleDir: "own/" + modtest.Release,
			ConfigFiles: []depmod.ConfigFile{{Name: "a", Text: "external * /opt/extra/" + modtest.Release + "\n"}}},
			"modules.order /opt/extra/" + modtest.Release + "/kernel/a.ko"},
		{depmod.Config{ModuleDir: "own/" + modtest.Release,
			Files: []string{"/lib/modules/" + modtest.Release + "/kernel/a.ko"}},
			"modules.order /" + moduleDir + "/kernel/a.ko"},
	} {
		test.cfg.Root, test.cfg.HostLinks = root, true
		index, err := depmod.Scan(context.Background(), &test.cfg)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range index.Report.HostFiles {
			got = append(got, f.Path)
			if !strings.HasPrefix(f.Target, host+"/"+moduleDir+"/") {
				t.Errorf("%s came from %s", f.Path, f.Target)
			}
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("from outside came %v, want %s", got, test.want)
		}
	}
}
