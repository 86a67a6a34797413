package main

import (
	"bytes"
	"io"
	"io/fs"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/depmod"
	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/modinfo"
)

// varVersionsFS is a file system whose modules have the other form of
// __versions.
type varVersionsFS struct{ fs.FS }

func (f varVersionsFS) Open(name string) (fs.File, error) {
	file, err := f.FS.Open(name)
	if err != nil || !strings.HasSuffix(name, ".ko") {
		return file, err
	}
	data, err := io.ReadAll(file)
	if err == nil {
		data, err = modtest.WithVarVersions(data) // of the same size
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	return varVersionsFile{file, bytes.NewReader(data)}, nil
}

type varVersionsFile struct {
	fs.File
	data *bytes.Reader
}

func (f varVersionsFile) Read(b []byte) (int, error) { return f.data.Read(b) }

// TestReferenceVersions: real modules give the same in the form of Ubuntu's 6.8
// as in their own.
func TestReferenceVersions(t *testing.T) {
	if testing.Short() {
		t.Skip("whole kernels are not read in short mode")
	}
	for _, tree := range kernelTrees(t) {
		if strings.HasSuffix(tree.modules(t)[0], ".ko") {
			t.Run(tree.release, func(t *testing.T) {
				sameIndexes(t, &tree)
				sameVersions(t, &tree)
			})
		}
	}
}

// sameIndexes compares the indexes and the reports of -E.
func sameIndexes(t *testing.T, tree *kernelTree) {
	t.Helper()
	var reports []depmod.Report
	var files [][]depmod.File
	for _, fsys := range []fs.FS{os.DirFS(tree.root), varVersionsFS{os.DirFS(tree.root)}} {
		// A kernel whose only version is one that no module was built for.
		kernel, err := depmod.ReadSymvers(strings.NewReader("0x00000001\tmodule_layout\tvmlinux\tEXPORT_SYMBOL\t\n"), 0)
		if err != nil {
			t.Fatal(err)
		}
		index, err := depmod.Scan(t.Context(),
			&depmod.Config{FS: fsys, Release: tree.release, Kernel: kernel, NoConfig: true})
		if err != nil {
			t.Fatal(err)
		}
		made, err := index.Files()
		if err != nil {
			t.Fatal(err)
		}
		reports, files = append(reports, index.Report), append(files, made)
	}
	r := &reports[1]
	mismatched := len(r.Mismatched) + r.Unlisted.Mismatched
	if mismatched < len(tree.modules(t)) || len(r.Unresolved) == 0 || len(r.Unreadable)+len(r.BadVersions) > 0 {
		t.Errorf("%d mismatched, %d unresolved, %d unreadable, %v",
			mismatched, len(r.Unresolved), len(r.Unreadable), r.BadVersions)
	}
	if !reflect.DeepEqual(reports[0], reports[1]) || !reflect.DeepEqual(files[0], files[1]) {
		t.Error("the indexes or reports differ")
	}
}

// sameVersions compares the needs of single modules.
func sameVersions(t *testing.T, tree *kernelTree) {
	t.Helper()
	for _, name := range tree.modules(t) {
		own := readFile(t, name)
		other, err := modtest.WithVarVersions(own)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		want, got := neededOf(t, own), neededOf(t, other)
		if len(want) == 0 || bytes.Equal(own, other) || !reflect.DeepEqual(got, want) {
			t.Fatalf("%s needs %v, want %v", name, got, want)
		}
	}
}

func neededOf(t *testing.T, image []byte) []modinfo.Needed {
	t.Helper()
	f, err := modinfo.NewFile(bytes.NewReader(image), int64(len(image)), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	needed, err := f.Needed()
	if err != nil {
		t.Fatal(err)
	}
	return needed
}
