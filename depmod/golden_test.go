package depmod_test

import (
	"context"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/depmod"
	"github.com/gokmod/gokmod/internal/test/modtest"
)

func sortedLines(text string) string {
	return strings.Join(slices.Sorted(strings.Lines(text)), "")
}

// TestGolden compares all files with those that kmod wrote for the same tree.
func TestGolden(t *testing.T) {
	index, err := depmod.Scan(context.Background(), &depmod.Config{Root: modtest.GoldenRoot(t), Release: modtest.GoldenRelease})
	if err != nil {
		t.Fatal(err)
	}
	files, err := index.Files()
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != 11 {
		t.Errorf("%d files", len(files))
	}
	for _, f := range files {
		want, err := fs.ReadFile(modtest.Golden(), "expected/"+f.Name)
		if err != nil {
			t.Fatal(err)
		}
		got := string(f.Data)
		if f.Name == "modules.symbols" { // its order in kmod is accidental
			got, want = sortedLines(got), []byte(sortedLines(string(want)))
		}
		if got != string(want) {
			t.Errorf("%s is\n%q\nwant\n%q", f.Name, got, want)
		}
	}
	for _, e := range index.Report.Unreadable {
		t.Error(e.Error())
	}
}
