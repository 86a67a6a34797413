package vm

import (
	"os"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/test/kernels"
)

func TestSymvers(t *testing.T) {
	needLocks(t)
	apt := &fakeApt{release: "6.1.0-1-amd64"}
	f := fetcherIn(t.TempDir(), kernels.Linux61, apt.run)
	for range 2 {
		name, err := f.symvers(t.Context(), apt.release)
		if err != nil {
			t.Fatal(err)
		}
		if data, err := os.ReadFile(name); err != nil || string(data) != "list" {
			t.Errorf("it has %q, %v", data, err)
		}
	}
	if n := apt.downloads.Load(); n != 1 {
		t.Errorf("%d downloads", n)
	}
	if left := cached(f.dir); left != nil {
		t.Errorf("the cache seems to have kernels: %v", left)
	}
	if _, err := f.symvers(t.Context(), "../x"); err == nil {
		t.Error("a release that leads elsewhere")
	}
	apt.offline = true
	if _, err := f.symvers(t.Context(), "6.1.0-2-amd64"); err == nil || !strings.Contains(err.Error(), "no network") {
		t.Errorf("without network: %v", err)
	}
	apt.offline, apt.broken = false, true
	if _, err := f.symvers(t.Context(), "6.1.0-3-amd64"); err == nil {
		t.Error("a package without the file")
	}
	entries, err := os.ReadDir(f.dir)
	for _, e := range entries {
		if strings.Contains(e.Name(), ".tmp-") {
			t.Errorf("%s is left", e.Name())
		}
	}
	if err != nil {
		t.Error(err)
	}
}
