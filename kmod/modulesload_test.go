package kmod_test

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/kmodtest"
)

// listTree has modules and lists of some.
func listTree() *kmodtest.Tree {
	return &kmodtest.Tree{
		Modules: []kmodtest.Module{
			{Name: "bus"},
			{Name: "nic", Depends: []string{"bus"}, Aliases: []string{"net-card"}},
			{Name: "other", Aliases: []string{"net-*"}},
			{Name: "unwanted", Aliases: []string{"net-card"}},
			{Name: "broken"},
			{Name: "serial", Builtin: true},
		},
		Modprobe: "blacklist unwanted\nalias off gone\n",
	}
}

// listed makes a Loader for a tree with more files, and its kernel.
func listed(t *testing.T, cfg *kmod.Config, files map[string]string) (*kmod.Loader, *kmodtest.Kernel) {
	t.Helper()
	tree := listTree()
	all, err := tree.FS()
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		all[name] = &fstest.MapFile{Data: []byte(text)}
	}
	cfg.FS = all
	if cfg.Release == "" {
		cfg.Release = "6.1.0-test"
	}
	db, err := kmod.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	kernel := tree.Kernel()
	return kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: kernel, Parallel: 1}), kernel
}

// texts shows warnings in the order of their texts.
func texts(warnings []kmod.Warning) string {
	var lines []string
	for _, w := range warnings {
		lines = append(lines, w.String()+"\n")
	}
	slices.Sort(lines)
	return strings.Join(lines, "")
}

// TestLoadListed: what is listed is loaded with what it needs; unknown names are warnings,
// and what is blacklisted stays out.
func TestLoadListed(t *testing.T) {
	loader, kernel := listed(t, &kmod.Config{}, map[string]string{
		"etc/modules-load.d/b.conf": "# cards\nnet-card\nnosuch\nunwanted\nserial\nnosuch]\n",
		"run/modules-load.d/a.conf": "no-such-either\noff\nforeign\n",
		"proc/cmdline":              "quiet modules_load=other,at-boot\n",
	})
	elsewhere := openTree(t, &kmodtest.Tree{Modules: []kmodtest.Module{{Name: "foreign"}}})
	_, err := kmod.NewLoader(elsewhere, &kmod.LoaderConfig{Kernel: kernel}).Load(t.Context(), "foreign")
	if err != nil {
		t.Fatal(err)
	}
	result, warnings, err := loader.LoadListed(t.Context(), nil)
	if err != nil {
		t.Error(err)
	}
	if got, want := kernel.Modules(), []string{"foreign", "other", "bus", "nic"}; !slices.Equal(got, want) {
		t.Errorf("loaded are %q, want %q", got, want)
	}
	if got, want := texts(warnings), "etc/modules-load.d/b.conf line 3: there is no module nosuch\n"+
		"etc/modules-load.d/b.conf line 6: ignoring the bad module name 'nosuch]'\n"+
		"proc/cmdline: there is no module at_boot\n"+
		"run/modules-load.d/a.conf line 1: there is no module no_such_either\n"+
		"run/modules-load.d/a.conf line 2: there is no module off\n"; got != want {
		t.Errorf("the warnings are\n%swant\n%s", got, want)
	}
	for i := range result.Steps {
		s := &result.Steps[i]
		why := s.Step.Reasons[0]
		if why.Kind == kmod.ReasonRequested && why.Origin == nil {
			t.Errorf("%s: the reason is %+v", s.Step.Module.Name, why)
		}
		wantOrigin := kmod.Origin{File: "etc/modules-load.d/b.conf", Line: 2}
		if s.Step.Module.Name == "nic" && (*why.Origin != wantOrigin || why.Of != "net_card") {
			t.Errorf("nic: the reason is %+v", why)
		}
		if s.Step.Module.Name == "unwanted" &&
			(s.Outcome != kmod.OutcomeSkipped || !errors.Is(s.Err, kmod.ErrBlacklisted)) {
			t.Errorf("unwanted: %v, %v", s.Outcome, s.Err)
		}
	}
	again, _, err := loader.LoadListed(t.Context(), &kmod.LoadOptions{Plan: kmod.PlanOptions{KeepBlacklisted: true}})
	if err != nil || !slices.Contains(kernel.Modules(), "unwanted") || len(again.Inserted()) != 1 {
		t.Errorf("blacklisted ones: %v, %v", kernel.Modules(), err)
	}
}

// TestLoadListedFailure: a module that fails does not keep the others out, and its error
// is the only one.
func TestLoadListedFailure(t *testing.T) {
	loader, kernel := listed(t, &kmod.Config{Cmdline: "modules_load=broken,nosuch,nic"}, nil)
	kernel.Fail("broken", syscall.ENODEV)
	result, warnings, err := loader.LoadListed(t.Context(), nil)
	if !errors.Is(err, syscall.ENODEV) || errors.Is(err, kmod.ErrNotFound) || result == nil || len(warnings) != 1 {
		t.Errorf("%v, %v", err, warnings)
	}
	if got := kernel.Modules(); !slices.Equal(got, []string{"bus", "nic"}) {
		t.Errorf("loaded are %q", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	loader, kernel = listed(t, &kmod.Config{Cmdline: "modules_load=nosuch,nic"}, nil)
	if _, _, err = loader.LoadListed(ctx, nil); !errors.Is(err, context.Canceled) || len(kernel.Modules()) > 0 {
		t.Errorf("after the context: %v, %v", err, kernel.Modules())
	}
	loader.DB().Close()
	if _, _, err := loader.LoadListed(t.Context(), nil); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("of a closed DB: %v", err)
	}
	if _, _, err := kmod.NewLoader(nil, nil).LoadListed(t.Context(), nil); err == nil {
		t.Error("no error without a DB")
	}
}

// TestLoadListedNothing: where nothing is listed, nothing is missing.
func TestLoadListedNothing(t *testing.T) {
	loader, _ := listed(t, &kmod.Config{Release: "6.2"}, nil)
	result, warnings, err := loader.LoadListed(t.Context(), nil)
	if err != nil || len(result.Steps) != 0 || warnings != nil {
		t.Errorf("%+v, %v, %v", result, warnings, err)
	}
	loader, _ = listed(t, &kmod.Config{Release: "6.2"}, map[string]string{"etc/modules-load.d/a.conf": "nic\nb c\n"})
	result, warnings, err = loader.LoadListed(t.Context(), nil)
	if result != nil || !errors.Is(err, kmod.ErrNoModuleDir) || len(warnings) != 1 {
		t.Errorf("without modules: %+v, %v, %v", result, warnings, err)
	}
}

// TestReadModulesLoad: which of the configuration counts.
func TestReadModulesLoad(t *testing.T) {
	files := fstest.MapFS{
		"etc/modules-load.d/a.conf": {Data: []byte("in-file\ntwo words\n")},
		"etc/modprobe.d/a.conf":     {Data: []byte("alias a b\n")},
		"proc/cmdline":              {Data: []byte("modules_load=in-proc rd.modules_load=early\n")},
	}
	initrd := maps.Clone(files)
	initrd["etc/initrd-release"] = &fstest.MapFile{}
	const proc, file = "in_proc proc/cmdline", "in_file etc/modules-load.d/a.conf line 1"
	for what, test := range map[string]struct {
		cfg  kmod.Config
		want string
	}{
		"all":          {kmod.Config{FS: files}, proc + ", " + file},
		"an initramfs": {kmod.Config{FS: files, Initramfs: true}, proc + ", early proc/cmdline, " + file},
		"initrd":       {kmod.Config{FS: initrd}, proc + ", early proc/cmdline, " + file},
		"a line":       {kmod.Config{FS: files, Cmdline: "modules_load=given"}, "given the kernel command line, " + file},
		"files only":   {kmod.Config{FS: files, NoCmdline: true}, file},
		"nothing":      {kmod.Config{FS: files, NoConfig: true}, ""},
		"other places": {kmod.Config{FS: files, ConfigDirs: []string{"/dev/null"}}, proc + ", " + file},
	} {
		lines, warnings, err := kmod.ReadModulesLoad(&test.cfg)
		var got []string
		for _, line := range lines {
			got = append(got, line.Module+" "+line.Origin.String())
			if line.Text != line.Module {
				t.Errorf("%s: %+v", what, line)
			}
		}
		if err != nil || strings.Join(got, ", ") != test.want ||
			strings.Contains(test.want, file) != (len(warnings) == 1) {
			t.Errorf("%s: %q, %v, %v", what, got, warnings, err)
		}
	}
}

// TestReadModulesLoadBelowRoot: no link leads out of the root.
func TestReadModulesLoadBelowRoot(t *testing.T) {
	root, outside := t.TempDir(), t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	secret := filepath.Join(outside, "secret.conf")
	write(secret, "secret\n")
	write(filepath.Join(root, "opt/inside.conf"), "inside\n")
	write(filepath.Join(root, "etc/modules-load.d/z.conf"), "z\n")
	for name, to := range map[string]string{
		"a.conf": secret, "b.conf": "../../../../../../../.." + secret, "c.conf": "/opt/inside.conf"} {
		if err := os.Symlink(to, filepath.Join(root, "etc/modules-load.d", name)); err != nil {
			t.Skip("no symbolic links: ", err)
		}
	}
	for _, test := range []struct {
		cfg      kmod.Config
		want     string
		warnings int
	}{
		{kmod.Config{Root: root}, "inside z", 2},
		{kmod.Config{Root: outside, ConfigRoot: root}, "inside z", 2},
		{kmod.Config{Root: root, HostLinks: true}, "secret inside z", 0},
	} {
		lines, warnings, err := kmod.ReadModulesLoad(&test.cfg)
		var got []string
		for _, line := range lines {
			got = append(got, line.Module)
			if !strings.HasPrefix(line.File, root+"/") {
				t.Errorf("the origin is %v", line.Origin)
			}
		}
		if err != nil || strings.Join(got, " ") != test.want || len(warnings) != test.warnings {
			t.Errorf("%+v: %q, %v, %v", test.cfg, got, warnings, err)
		}
	}
	for _, cfg := range []kmod.Config{{Root: filepath.Join(root, "none")}, {Root: root, ConfigRoot: filepath.Join(root, "none")}} {
		if _, _, err := kmod.ReadModulesLoad(&cfg); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%+v: %v", cfg, err)
		}
	}
}

// failing has a directory that the disk cannot read.
type failing struct{ fstest.MapFS }

func (f failing) Open(name string) (fs.File, error) {
	if name == "run/modules-load.d" {
		return nil, &fs.PathError{Op: "open", Path: name, Err: syscall.EIO}
	}
	return f.MapFS.Open(name)
}

// TestListedUnreadable: when the disk fails, what can be read is not all there is.
func TestListedUnreadable(t *testing.T) {
	tree := listTree()
	files, err := tree.FS()
	if err != nil {
		t.Fatal(err)
	}
	files["etc/modules-load.d/a.conf"] = &fstest.MapFile{Data: []byte("nic\n")}
	files["run/modules-load.d/b.conf"] = &fstest.MapFile{Data: []byte("other\n")}
	cfg := &kmod.Config{FS: failing{files}, Release: "6.1.0-test"}
	lines, warnings, err := kmod.ReadModulesLoad(cfg)
	if len(lines) != 1 || len(warnings) != 1 || !errors.Is(err, syscall.EIO) ||
		!strings.Contains(err.Error(), "run/modules-load.d") {
		t.Errorf("%v, %v, %v", lines, warnings, err)
	}
	db, err := kmod.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	kernel := tree.Kernel()
	_, _, err = kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: kernel}).LoadListed(t.Context(), nil)
	if !errors.Is(err, syscall.EIO) || len(kernel.Modules()) > 0 {
		t.Errorf("%v, %v", err, kernel.Modules())
	}
}
