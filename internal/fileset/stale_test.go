package fileset

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestStaleDeep: a directory that only looks like a run's, with subdirectories
// deeper than a run makes, is not followed into its depths.
func TestStaleDeep(t *testing.T) {
	dir := t.TempDir()
	deep := filepath.Join(dir, runPrefix+strings.Repeat("0", runDigits), "a/b")
	must(t, os.MkdirAll(deep, 0o755))
	must(t, os.WriteFile(filepath.Join(deep, "file"), []byte("stays"), 0o644))
	files, after := newFiles("new ")
	must(t, replaceAt(dir, files, nil, hooks{}))
	for name, want := range after {
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != want {
			t.Errorf("%s is %q, %v", name, got, err)
		}
	}
	if _, err := os.Stat(filepath.Join(deep, "file")); err != nil {
		t.Error(err)
	}
	var failed *Error
	if err := recoverAt(dir, false, hooks{}); !errors.As(err, &failed) || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("recovering gives %v", err)
	}
}
