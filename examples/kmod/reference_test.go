package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/test/debs"
	"github.com/gokmod/gokmod/internal/test/kernels"
	"github.com/gokmod/gokmod/internal/test/kmodref"
	"github.com/gokmod/gokmod/kmod/kmodtest/vm"
)

// kernelTree is an unpacked kernel package of a distribution, with indexes.
type kernelTree struct {
	root, release string

	kernel *vm.Kernel // nil if it is not one of Debian's
	origin string     // root that root was made of, if kernel is nil
}

func (k *kernelTree) dir() string { return filepath.Join(k.root, "lib/modules", k.release) }

// kernelTrees returns the kernels of this machine's Debian suite, Debian's
// oldest and newest ones, and one for 64-bit ARM; with GOKMOD_KERNEL_TREE, also
// those of any distribution. In a short test, which fetches nothing, they are
// those in the user's cache.
func kernelTrees(t testing.TB) []kernelTree {
	t.Helper()
	trees := slices.Concat(machineTrees(t), ownTrees(t))
	if !testing.Short() {
		trees = append(trees, suiteTrees(t, kernels.Linux510, kernels.Newest, kernels.LinuxARM64)...)
	}
	return trees
}

// machineTrees returns the kernels of the machine's own suite in the user's
// cache.
func machineTrees(t testing.TB) []kernelTree {
	t.Helper()
	var trees []kernelTree
	for _, k := range vm.Cached() {
		trees = append(trees, treeOf(k))
	}
	if len(trees) == 0 {
		kmodref.Absent(t, "there are no unpacked kernels in the user's cache")
	}
	return trees
}

// suiteTrees returns the kernels of packages. Those that the archive no longer
// serves are left out, and so are those that cannot be fetched and are not
// required.
func suiteTrees(t testing.TB, pkgs ...string) []kernelTree {
	t.Helper()
	var trees []kernelTree
	for _, pkg := range pkgs {
		k, err := vm.Lookup(pkg)
		switch {
		case err == nil:
			trees = append(trees, treeOf(k))
		case errors.Is(err, debs.ErrNotServed), !kmodref.Required():
			t.Logf("going on without a kernel: %v", err)
		default:
			t.Fatal(err)
		}
	}
	return trees
}

func treeOf(k *vm.Kernel) kernelTree {
	return kernelTree{root: k.Dir, release: k.Release, kernel: k}
}

// lines reads the non-empty lines of a file in the module directory.
func (k *kernelTree) lines(t testing.TB, name string) []string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(k.dir(), name))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Fields(string(data))
}

// modules lists the module files. In a short test it is a sample.
func (k *kernelTree) modules(t testing.TB) []string {
	t.Helper()
	var files []string
	data, err := os.ReadFile(filepath.Join(k.dir(), "modules.dep"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		path, _, ok := strings.Cut(line, ":")
		if ok {
			files = append(files, filepath.Join(k.dir(), path))
		}
	}
	return sample(files)
}

// sampleStep is the number of elements for each one in a sample.
const sampleStep = 50

// sample takes some of the elements if the test is short.
func sample(all []string) []string {
	if !testing.Short() {
		return all
	}
	return everyNth(all)
}

func everyNth(all []string) []string {
	var some []string
	for i := 0; i < len(all); i += sampleStep {
		some = append(some, all[i])
	}
	return some
}

// askReference runs the reference's tool.
func askReference(t testing.TB, tool string, args ...string) answer {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := exec.Command(tool, args...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.Env = []string{"LC_ALL=C"}
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return answer{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}
