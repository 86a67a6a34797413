package depmod_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/depmod"
	"github.com/gokmod/gokmod/internal/test/modtest"
)

// TestSharedNames: compiler leftovers, such as 250,000 symbols ".L0" in drivers
// for RISC-V, keep no module out. Names of exports are kept, and a few bytes of
// file must not turn into much memory.
func TestSharedNames(t *testing.T) {
	for _, test := range []struct {
		name, label string
		want        string // part of the message, "" for none
	}{
		{"labels", ".L" + strings.Repeat("x", 200), ""},
		{"exports", "__crc_" + strings.Repeat("x", 200), "overlap beyond reason"},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := modtest.Named("m", []string{"fine"}, nil)
			m.Labels = slices.Repeat([]string{test.label}, 1000)
			files := needTree("m:", "u: fine")
			files[moduleDir+"/kernel/m.ko"].Data = m.Build()
			index, err := scanFS(t, files, depmod.Config{})
			if err != nil {
				t.Fatal(err)
			}
			bad := index.Report.Unreadable
			if test.want == "" && len(bad) > 0 || test.want != "" && (len(bad) != 1 || !strings.Contains(bad[0].Err.Error(), test.want)) {
				t.Errorf("unreadable are %v", bad)
			}
		})
	}
}
