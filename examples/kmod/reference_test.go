package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/kmodref"
)

// kernelTree is an unpacked kernel package of a distribution, with indexes.
type kernelTree struct{ root, release string }

func (k *kernelTree) dir() string { return filepath.Join(k.root, "lib/modules", k.release) }

// kernelTrees finds the kernels that are unpacked in the user's cache.
func kernelTrees(t testing.TB) []kernelTree {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		kmodref.Absent(t, "there is no folder for kernels to compare with: "+err.Error())
	}
	deps, err := filepath.Glob(filepath.Join(cache, "gokmod/*/lib/modules/*/modules.dep.bin"))
	if err != nil {
		t.Fatal(err)
	}
	var trees []kernelTree
	for _, dep := range deps {
		dir := filepath.Dir(dep)
		root, release := filepath.Dir(filepath.Dir(filepath.Dir(dir))), filepath.Base(dir)
		if filepath.Base(root) == release {
			trees = append(trees, kernelTree{root, release})
		}
	}
	if len(trees) == 0 {
		kmodref.Absent(t, "there are no unpacked kernels in "+filepath.Join(cache, "gokmod"))
	}
	return trees
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

// sampleStep is how many elements there are for each one of a sample.
const sampleStep = 50

// sample takes some elements, if the test is to be short.
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
func askReference(t *testing.T, tool string, args ...string) answer {
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
