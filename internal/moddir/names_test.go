package moddir

import (
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/test/modtest"
)

// TestNames: they are those that a kernel's build and depmod made.
func TestNames(t *testing.T) {
	entries, err := fs.ReadDir(modtest.Golden(), "expected")
	if err != nil {
		t.Fatal(err)
	}
	var made []string
	for _, e := range entries {
		if IsOurs(e.Name()) {
			made = append(made, e.Name())
		}
	}
	for _, name := range Indexes() {
		if name != Weakdep && !slices.Contains(made, name) { // older than the golden files' depmod
			t.Errorf("depmod made no %s: it made %v", name, made)
		}
	}
	names := append(Indexes(), BuildFiles()...)
	for _, name := range made {
		if !slices.Contains(names, name) {
			t.Errorf("%s is not known", name)
		}
	}
	for _, name := range names {
		if !IsOurs(name) || strings.Contains(name, "/") {
			t.Errorf("%s is not a name", name)
		}
	}
	if IsOurs("modules") || IsOurs("kernel") {
		t.Error("the modules themselves count")
	}
}
