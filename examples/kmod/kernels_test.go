package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/test/kernels"
	"github.com/gokmod/gokmod/kmod/kmodtest/vm"
	"github.com/gokmod/gokmod/modinfo"
)

// realTrees are the kernels for testing verify and check.
func realTrees(t *testing.T) []kernelTree {
	t.Helper()
	if testing.Short() {
		t.Skip("whole kernels are not read in short mode")
	}
	return append(kernelTrees(t), suiteTrees(t, kernels.LinuxARM, kernels.LinuxS390X)...)
}

// TestVerifyKernels: the certificates in the image of a kernel are those with
// which its modules are signed.
func TestVerifyKernels(t *testing.T) {
	for _, tree := range realTrees(t) {
		t.Run(tree.release, func(t *testing.T) {
			image, err := tree.image()
			if err != nil {
				tree.lacks(t, err)
			}
			count := len(tree.modules(t))
			newWorld().run("kmod", "verify", "--kernel", image, tree.dir()).
				check(t, answer{stdout: fmt.Sprintf("%d of %d modules verified\n", count, count)})
		})
	}
}

// TestCheckKernels: each module of a kernel would load on it, according to the
// list of its exports. That list says nothing about signatures.
func TestCheckKernels(t *testing.T) {
	for _, tree := range realTrees(t) {
		t.Run(tree.release, func(t *testing.T) {
			symvers, err := tree.symvers(t)
			if err != nil {
				tree.lacks(t, err)
			}
			modules := tree.modules(t)
			want := fmt.Sprintf("%d modules: %d would load\n", len(modules), len(modules))
			if areSigned(t, modules) {
				want += fmt.Sprintf("not checked: the signature of %d modules; "+
					"that takes the signer's certificate\n", len(modules))
			}
			newWorld().run("kmod", "check", "--symvers", symvers, "-r", tree.release, "-d", tree.root, tree.dir()).
				check(t, answer{stdout: want})
		})
	}
}

// TestCheckKernelImages: and so does the image of the kernel, which has the vermagic too.
func TestCheckKernelImages(t *testing.T) {
	for _, tree := range realTrees(t) {
		t.Run(tree.release, func(t *testing.T) {
			image, err := tree.image()
			if err != nil {
				tree.lacks(t, err)
			}
			modules := tree.modules(t)
			want := fmt.Sprintf("%d modules: %d would load\n", len(modules), len(modules))
			got := newWorld().run("kmod", "check", "--kernel", image, "-d", tree.root, tree.dir())
			if got.status != success || !strings.HasPrefix(got.stdout, want) || got.stderr != "" ||
				strings.Contains(got.stdout, "symbols") {
				t.Errorf("%+v", got)
			}
		})
	}
}

// TestExportsKernels: the image of a kernel and its modules make the Module.symvers of its
// build. Packages may lack modules that the build had.
func TestExportsKernels(t *testing.T) {
	for _, tree := range realTrees(t) {
		t.Run(tree.release, func(t *testing.T) {
			image, err := tree.image()
			if err != nil {
				tree.lacks(t, err)
			}
			name, err := tree.symvers(t)
			if err != nil {
				tree.lacks(t, err)
			}
			symvers := readText(t, name)
			for args, want := range map[string]string{"": ofKernel(symvers), tree.dir(): symvers} {
				argv := []string{"kmod", "exports", "--symvers", image}
				if args != "" {
					argv = append(argv, "--modules", args)
				}
				got := newWorld().run(argv...)
				if missing, more := differentLines(want, got.stdout); got.status != success || got.stderr != "" ||
					len(more) > 0 || len(missing) > 0 && (tree.kernel != nil || args == "") {
					t.Errorf("%q: %d lines are missing, %d too many, such as %q, %q, %s", args, len(missing), len(more),
						missing[:min(3, len(missing))], more[:min(3, len(more))], got.stderr)
				}
			}
		})
	}
}

// ofKernel are the lines of a Module.symvers that are about the kernel itself.
func ofKernel(symvers string) string {
	var kept strings.Builder
	for line := range strings.Lines(symvers) {
		if strings.Contains(line, "\tvmlinux\t") {
			kept.WriteString(line)
		}
	}
	return kept.String()
}

// differentLines are the lines that only one of two texts has, in any order.
func differentLines(a, b string) (onlyA, onlyB []string) {
	count := map[string]int{}
	for line := range strings.Lines(a) {
		count[line]++
	}
	for line := range strings.Lines(b) {
		count[line]--
	}
	for line, n := range count {
		switch {
		case n > 0:
			onlyA = append(onlyA, line)
		case n < 0:
			onlyB = append(onlyB, line)
		}
	}
	return onlyA, onlyB
}

// areSigned reports whether the modules of a kernel are signed: all or none are.
func areSigned(t *testing.T, modules []string) bool {
	t.Helper()
	info, err := modinfo.ReadFile(modules[0])
	if err != nil {
		t.Fatal(err)
	}
	return info.Signature != nil
}

// image returns the kernel image for the modules.
func (k *kernelTree) image() (string, error) {
	if k.kernel != nil {
		return k.kernel.Packed, nil
	}
	return firstFile(k.origin, "boot/vmlinuz-"+k.release, "lib/modules/"+k.release+"/vmlinuz",
		"usr/lib/modules/"+k.release+"/vmlinuz")
}

// symvers returns the list of exports of the kernel and its modules.
func (k *kernelTree) symvers(t *testing.T) (string, error) {
	t.Helper()
	if k.kernel != nil {
		return vm.Symvers(t, k.kernel), nil
	}
	return firstFile(k.origin, "usr/src/*"+k.release+"*/Module.symvers", "lib/modules/"+k.release+"/build/Module.symvers",
		"usr/lib/modules/"+k.release+"/build/Module.symvers")
}

// lacks skips a tree of another distribution that has only modules.
func (k *kernelTree) lacks(t *testing.T, err error) {
	t.Helper()
	if k.kernel != nil {
		t.Fatal(err)
	}
	t.Skip(err)
}

// firstFile returns the first file below a directory that matches one of the
// patterns.
func firstFile(dir string, patterns ...string) (string, error) {
	for _, pattern := range patterns {
		found, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			return "", err
		}
		if len(found) > 0 {
			return found[0], nil
		}
	}
	return "", fmt.Errorf("%s has none of %q: %w", dir, patterns, os.ErrNotExist)
}
