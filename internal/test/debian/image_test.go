package debian

import (
	"os"
	"path/filepath"
	"testing"
)

func TestImageSize(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "x"), make([]byte, 1<<20), 0o644); err != nil {
		t.Fatal(err)
	}
	if got, err := imageSize(dir); got != 3<<19+256<<20 || err != nil {
		t.Errorf("got %d, %v", got, err)
	}
	if _, err := imageSize(filepath.Join(dir, "y")); err == nil {
		t.Error("what is not there has a size")
	}
}
