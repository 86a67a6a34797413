package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/gokmod/gokmod/internal/kmodref"
)

// foreign are kernels of Debian for other machines.
var foreign = []struct{ arch, pkg, what string }{
	{"armhf", "linux-image-armmp", "32 bits"},
	{"s390x", "linux-image-s390x", "big-endian"},
}

// TestDepmodReferenceForeign compares the indexes of kernels for other machines
// with those of kmod's depmod. They are fetched with apt into the user's cache
// on the first run, without a change to the machine's own lists of packages.
func TestDepmodReferenceForeign(t *testing.T) {
	if testing.Short() {
		t.Skip("whole kernels are not read in short mode")
	}
	kmodref.Tool(t, "depmod")
	for _, f := range foreign {
		t.Run(f.arch, func(t *testing.T) {
			tree, err := foreignKernel(f.arch, f.pkg)
			if err != nil {
				kmodref.Absent(t, fmt.Sprintf("there is no kernel with %s: %v", f.what, err))
			}
			compareKernel(t, tree)
		})
	}
}

// foreignKernel returns an unpacked kernel that kmod's depmod has indexed.
func foreignKernel(arch, pkg string) (kernelTree, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return kernelTree{}, err
	}
	dir := filepath.Join(cache, "gokmod/foreign", arch)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return kernelTree{}, err
	}
	if tree, ok := foreignCached(dir); ok {
		return tree, nil
	}
	work, err := os.MkdirTemp(dir, ".tmp-")
	if err != nil {
		return kernelTree{}, err
	}
	defer os.RemoveAll(work)
	a := &foreignApt{work: work, arch: arch}
	if err := a.fetch(pkg); err != nil {
		return kernelTree{}, err
	}
	err = os.Rename(filepath.Join(work, "root"), filepath.Join(dir, a.release))
	if tree, ok := foreignCached(dir); ok { // another run may have been faster
		return tree, nil
	}
	return kernelTree{}, errors.Join(errors.New("the package holds no modules"), err)
}

func foreignCached(dir string) (kernelTree, bool) {
	deps, _ := filepath.Glob(filepath.Join(dir, "*/lib/modules/*/modules.dep.bin"))
	if len(deps) == 0 {
		return kernelTree{}, false
	}
	modules := filepath.Dir(deps[len(deps)-1])
	return kernelTree{filepath.Join(modules, "../../.."), filepath.Base(modules)}, true
}

// foreignApt calls apt for another machine, with lists in a folder of its own.
type foreignApt struct {
	work, arch, release string
}

var dependsOnImage = regexp.MustCompile(`Depends: linux-image-(\S+)`)

func (a *foreignApt) fetch(pkg string) error {
	for _, dir := range []string{"lists/partial", "cache/archives/partial", "root"} {
		if err := os.MkdirAll(filepath.Join(a.work, dir), 0o755); err != nil {
			return err
		}
	}
	if err := os.WriteFile(filepath.Join(a.work, "status"), nil, 0o644); err != nil {
		return err
	}
	_, updateErr := a.run("apt-get", "-q", "update") // some lists may be enough
	listing, err := a.run("apt-cache", "depends", pkg)
	found := dependsOnImage.FindSubmatch(listing)
	if err != nil || found == nil {
		return errors.Join(fmt.Errorf("apt knows no package %s for %s", pkg, a.arch), err, updateErr)
	}
	a.release = string(found[1])
	if _, err := a.run("apt-get", "-q", "download", "linux-image-"+a.release); err != nil {
		return err
	}
	root := filepath.Join(a.work, "root")
	debs, _ := filepath.Glob(filepath.Join(a.work, "*.deb"))
	for _, deb := range debs {
		if _, err := a.run("dpkg-deb", "-x", deb, root); err != nil {
			return err
		}
	}
	_, err = a.run("/usr/sbin/depmod", "-b", root, a.release)
	return err
}

func (a *foreignApt) run(tool string, args ...string) ([]byte, error) {
	if tool == "apt-get" || tool == "apt-cache" {
		for _, option := range []string{"APT::Architecture=" + a.arch, "APT::Architectures=" + a.arch, "APT::Sandbox::User=root",
			"Dir::State=" + a.work, "Dir::State::lists=" + a.work + "/lists", "Dir::State::status=" + a.work + "/status", "Dir::Cache=" + a.work + "/cache"} {
			args = append([]string{"-o", option}, args...)
		}
	}
	var out, errs bytes.Buffer
	cmd := exec.Command(tool, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = a.work, &out, &errs
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%s: %w: %s", tool, err, bytes.TrimSpace(errs.Bytes()))
	}
	return out.Bytes(), nil
}
