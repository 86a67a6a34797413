package rules

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// exampleInternals are the internal packages that the programs import, each with the
// reason. The programs show what can be done with the public packages.
var exampleInternals = map[string]map[string]string{
	"examples/ondemand":   nil,
	"examples/initramfs":  nil,
	"examples/kmod/stack": nil,
	"examples/hello": {
		"kmod/kmodtest/vm": "the virtual machine",
	},
	"examples/kmod": {
		"internal/decompress": "which error number kmod gives for a damaged module depends on how that is packed",
		"internal/openfile":   "errors of the machine are told from those of a file, and pipes are read within bounds",
		"internal/plain":      "messages quote names as the library's errors do",
		"internal/terminal":   "what strangers wrote into modules is shown on terminals, a progress bar among it",
		"internal/tree":       "options name files below a root with links to the host, which kmod's tools follow",
	},
}

// mostInternals is how many internal packages a program may import.
const mostInternals = 5

// TestExampleInternals: programs import the internal packages that are listed for them,
// and no others.
func TestExampleInternals(t *testing.T) {
	unused := map[string]bool{}
	for dir, internals := range exampleInternals {
		if len(internals) > mostInternals {
			t.Errorf("%s may import %d internal packages", dir, len(internals))
		}
		for name := range internals {
			unused[dir+" "+name] = true
		}
	}
	for _, f := range goFiles(t) {
		if f.top() != "examples" || f.isTest() {
			continue
		}
		internals, known := exampleInternals[f.dir()]
		if !known {
			t.Errorf("%s is in none of the programs", f.name)
		}
		for _, imported := range f.imports {
			name := strings.TrimPrefix(imported, module)
			delete(unused, f.dir()+" "+name)
			if within([]string{"internal"}, name) && internals[name] == "" {
				t.Errorf("%s imports %s", f.name, imported)
			}
		}
	}
	for use := range unused {
		t.Errorf("%s: it does not import it", use)
	}
}

// copyable are the programs whose directories can be copied.
var copyable = []string{"examples/ondemand", "examples/initramfs"}

// TestCopied: the directory of a program builds in another module.
func TestCopied(t *testing.T) {
	if testing.Short() {
		t.Skip("it links two programs")
	}
	for _, program := range copyable {
		t.Run(filepath.Base(program), func(t *testing.T) {
			dir := t.TempDir()
			for _, f := range goFiles(t) {
				if f.dir() == program && !f.isTest() {
					copyFile(t, f.name, filepath.Join(dir, filepath.Base(f.name)))
				}
			}
			copyFile(t, "go.sum", filepath.Join(dir, "go.sum"))
			writeModule(t, dir)
			cmd := exec.Command("go", "build", "-mod=mod", "-o", os.DevNull, ".")
			cmd.Dir = dir
			cmd.Env = append(os.Environ(), "GOPROXY=off", "GOWORK=off", "GOFLAGS=")
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// writeModule writes the go.mod of a module that uses this one, with this one's
// dependencies in the same versions.
func writeModule(t *testing.T, dir string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	here, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	name := strings.TrimSuffix(module, "/")
	lines := slices.DeleteFunc(strings.Split(string(text), "\n"), func(line string) bool {
		return strings.HasPrefix(line, "tool ")
	})
	lines = append(lines, "require "+name+" v0.0.0", "replace "+name+" => "+strconv.Quote(here), "")
	changed := strings.Replace(strings.Join(lines, "\n"), "module "+name, "module example.org/copy", 1)
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte(changed), 0o644); err != nil {
		t.Fatal(err)
	}
}

func copyFile(t *testing.T, name, to string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, name))
	if err == nil {
		err = os.WriteFile(to, text, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestCopies: files of the same name in several programs that can be copied, or are
// about to be, are the same, since they cannot share a package.
func TestCopies(t *testing.T) {
	for name, dirs := range map[string][]string{
		"output.go": {"examples/ondemand", "examples/initramfs", "examples/hello"},
	} {
		var first []byte
		for _, dir := range dirs {
			text, err := os.ReadFile(filepath.Join(root, dir, name))
			if err != nil {
				t.Error(err)
			} else if first == nil {
				first = text
			} else if !bytes.Equal(text, first) {
				t.Errorf("%s differs between %s and %s", name, dirs[0], dir)
			}
		}
	}
}
