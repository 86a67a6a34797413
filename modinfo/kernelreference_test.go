package modinfo_test

import (
	"bytes"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/elfmod"
	"github.com/gokmod/gokmod/internal/modname"
	"github.com/gokmod/gokmod/internal/test/debs"
	"github.com/gokmod/gokmod/internal/test/kernels"
	"github.com/gokmod/gokmod/internal/test/kmodref"
	"github.com/gokmod/gokmod/kmod/kmodtest/vm"
	"github.com/gokmod/gokmod/modinfo"
)

// TestKernelReference: what the images of Debian's kernels say equals what their builds
// and their modules say: all exports the lines of vmlinux in Module.symvers, the release
// the package's, the vermagic that of a module. The build id is none of a program in it.
func TestKernelReference(t *testing.T) {
	if testing.Short() {
		t.Skip("it fetches kernels")
	}
	for _, pkg := range slices.Concat(kernels.OldToNew(), kernels.Machines(), kernels.Others()) {
		t.Run(pkg, func(t *testing.T) {
			known, err := vm.Lookup(pkg)
			switch {
			case errors.Is(err, debs.ErrNotServed):
				t.Skip(err)
			case err != nil:
				kmodref.Absent(t, err.Error())
			}
			for _, image := range slices.Compact([]string{known.Packed, known.Image}) {
				k, err := modinfo.OpenKernel(image, nil)
				if err != nil {
					t.Fatal(err)
				}
				defer k.Close()
				compareExports(t, k, vm.Symvers(t, known))
				compareFacts(t, k, known)
			}
		})
	}
}

// compareExports compares exports with the lines of vmlinux in a Module.symvers, which
// are VERSION NAME FILE WAY [NAMESPACE]. All versions are 0 where modules need none.
func compareExports(t *testing.T, k *modinfo.Kernel, symvers string) {
	text, err := os.ReadFile(symvers)
	if err != nil {
		t.Fatal(err)
	}
	lines := map[string]modinfo.Export{}
	for line := range strings.Lines(string(text)) {
		words := append(strings.Split(strings.TrimSuffix(line, "\n"), "\t"), "")
		crc, err := strconv.ParseUint(words[0], 0, 32)
		if err != nil {
			t.Fatal(err)
		}
		if words[2] == "vmlinux" {
			lines[words[1]] = modinfo.Export{Name: words[1], CRC: uint32(crc), HasCRC: k.Modversions(),
				GPLOnly: words[3] == "EXPORT_SYMBOL_GPL", Namespace: words[4]}
		}
	}
	n := len(lines)
	got, err := exportsOf(k)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range got {
		if lines[e.Name] != e {
			t.Errorf("got %+v, Module.symvers has %+v", e, lines[e.Name])
		}
		delete(lines, e.Name)
	}
	if len(lines) > 0 || n < 1000 || len(got) != n {
		t.Errorf("%d symbols of %d are missing: %v", len(lines), n, slices.Sorted(maps.Keys(lines)))
	}
	t.Logf("%s: %d exports", k.Path(), n)
}

// compareFacts compares what a kernel says of itself with its package.
func compareFacts(t *testing.T, k *modinfo.Kernel, known *vm.Kernel) {
	if k.Release() != known.Release {
		t.Errorf("release %q, want %q", k.Release(), known.Release)
	}
	if got, want := k.Vermagic(), vermagicBelow(t, known.ModuleDir()); got != want {
		t.Errorf("vermagic %q, that of a module is %q", got, want)
	}
	if k.Modversions() != strings.Contains(k.Vermagic(), " modversions") {
		t.Errorf("versions: %v", k.Modversions())
	}
	if k.Machine() == 0 || len(k.BuildID()) != 20 {
		t.Errorf("machine %v, build id %x", k.Machine(), k.BuildID())
	}
	n := 0
	for _, contents := range k.Segments() {
		for at := range contents {
			if bytes.HasPrefix(contents[at:], []byte("\x7fELF")) {
				n++
				if slices.ContainsFunc(buildIDs(contents[at:]), func(id []byte) bool { return bytes.Equal(id, k.BuildID()) }) {
					t.Errorf("the build id %x is that of a program in it", k.BuildID())
				}
			}
		}
	}
	t.Logf("%d programs in it", n)
}

// vermagicBelow returns the vermagic of the first module of a directory.
func vermagicBelow(t *testing.T, dir string) string {
	found := ""
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !modname.IsModuleFile(path) {
			return err
		}
		info, err := modinfo.ReadFile(path)
		if err == nil {
			found, err = strings.TrimSpace(info.Vermagic()), fs.SkipAll
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// buildIDs are the build ids of a program.
func buildIDs(program []byte) [][]byte {
	elf, err := elfmod.NewLinkedBytes(program)
	if err != nil {
		return nil
	}
	var ids [][]byte
	for i := range elf.Sections {
		if strings.HasPrefix(elf.Sections[i].Name, ".note") {
			if data, err := elf.Data(&elf.Sections[i]); err == nil {
				ids = append(ids, elfmod.NoteBuildID(elf.Order, data))
			}
		}
	}
	return ids
}
