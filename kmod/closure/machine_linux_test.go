package closure_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/kmod/closure"
	"github.com/gokmod/gokmod/kmod/live"
)

// TestMachineDirs: /proc and /sys of a machine that are mounted elsewhere, with links.
func TestMachineDirs(t *testing.T) {
	m := newMachine("dm_mod dm_crypt aes_ni crc_fast", mapper+"CRYPT-LUKS2-0123-root")
	host := &live.Host{ProcDir: filepath.Join(t.TempDir(), "proc"), SysDir: filepath.Join(t.TempDir(), "sys")}
	if err := errors.Join(os.CopyFS(host.ProcDir, m.proc), os.CopyFS(host.SysDir, m.sys)); err != nil {
		t.Fatal(err)
	}
	var want string
	for _, machine := range []*closure.Machine{{Kernel: m}, {Kernel: host}} {
		c, err := closure.Collect(t.Context(), dbtest.Tree(t, machineTree(), "", nil), &closure.Options{Machine: machine})
		if err != nil {
			t.Fatal(err)
		}
		if want == "" {
			want = because(c)
		} else if got := because(c); got != want || c.Module("ahci") == nil || c.Module("dm_crypt") == nil {
			t.Errorf("got\n%s, want\n%s", got, want)
		}
		if len(c.Warnings) > 0 {
			t.Errorf("warnings: %v", c.Warnings)
		}
	}
}
