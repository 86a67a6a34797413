package depmod_test

import (
	"testing"

	"github.com/gokmod/gokmod/depmod"
)

// TestWalkWrite: what another process makes while it writes index files is not
// looked at, since it may vanish meanwhile.
func TestWalkWrite(t *testing.T) {
	files := needTree("a:")
	files[moduleDir+"/.modules-0123456789abcdef/new/b.ko"] = text("no module")
	index, err := scanFS(t, files, depmod.Config{})
	if err != nil {
		t.Fatal(err)
	}
	if len(index.Report.Unreadable) > 0 {
		t.Errorf("unreadable are %v", index.Report.Unreadable)
	}
}
