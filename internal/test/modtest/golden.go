package modtest

import (
	"embed"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// GoldenRelease is the kernel release of the golden tree.
const GoldenRelease = "6.1.0-56-amd64"

//go:embed all:golden
var golden embed.FS

// Golden returns the files of the directory golden; its README.md describes
// them.
func Golden() fs.FS {
	sub, err := fs.Sub(golden, "golden")
	if err != nil {
		panic(err) // the directory is embedded in the program
	}
	return sub
}

// GoldenRoot writes the golden tree to a temporary directory, with the index
// files of the reference tools beside the modules, and returns it: a root with
// lib/modules/6.1.0-56-amd64 and etc/modprobe.d.
func GoldenRoot(t TB) string {
	t.Helper()
	root := t.TempDir()
	tree, err := fs.Sub(Golden(), "tree")
	if err == nil {
		err = os.CopyFS(root, tree)
	}
	if err != nil {
		t.Fatal(err)
	}
	expected, err := fs.ReadDir(Golden(), "expected")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range expected {
		if !strings.HasPrefix(e.Name(), "modules.") {
			continue
		}
		data, err := fs.ReadFile(Golden(), "expected/"+e.Name())
		if err == nil {
			err = os.WriteFile(filepath.Join(root, "lib/modules", GoldenRelease, e.Name()), data, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// GoldenModule returns a module file of the golden tree, given its path below
// the module directory, such as "kernel/gm/gm_top.ko".
func GoldenModule(t TB, path string) []byte {
	t.Helper()
	data, err := fs.ReadFile(Golden(), "tree/lib/modules/"+GoldenRelease+"/"+path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
