package moddir

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/internal/sys"
	"github.com/gokmod/gokmod/internal/tree"
)

func TestPlace(t *testing.T) {
	files := tree.New(fstest.MapFS{
		"lib/modules/only/x": {}, "usr/lib/modules/merged/x": {}, "lib/modules/both/x": {},
		"usr/lib/modules/both/x": {},
		"lib/modules/file":       {}, "usr/lib/modules/file/x": {}, "usr/lib/modules/usrfile": {},
	})
	for _, test := range []struct {
		release, moduleDir string
		wantRelease, want  string
		err                error
	}{
		{"only", "", "only", "lib/modules/only", nil},
		{"merged", "", "merged", "usr/lib/modules/merged", nil},
		{"both", "", "both", "lib/modules/both", nil},
		{"file", "", "file", "usr/lib/modules/file", nil},
		{"usrfile", "", "usrfile", "lib/modules/usrfile", nil},
		{"none", "", "none", "lib/modules/none", nil},
		{"..x", "", "..x", "lib/modules/..x", nil},
		{"", "opt/6.1", "6.1", "opt/6.1", nil},
		{"", "/opt/./6.1/", "6.1", "opt/6.1", nil},
		{"5.10", "/opt/6.1", "5.10", "opt/6.1", nil},
		{"", "../6.1", "", "", tree.ErrOutside},
		{"", "/a/../..", "", "", tree.ErrOutside},
		{"", ".", "", "", tree.ErrOutside},
		{"", "/", "", "", tree.ErrOutside},
		{".", "", "", "", ErrRelease},
		{"..", "", "", "", ErrRelease},
		{"../6.1", "", "", "", ErrRelease},
		{"6.1/", "", "", "", ErrRelease},
		{"6.1\x00", "", "", "", ErrRelease},
		{"..", "opt/6.1", "..", "opt/6.1", ErrRelease},
		{"a/b", "opt/6.1", "a/b", "opt/6.1", ErrRelease},
	} {
		release, dir, err := Place(files, test.release, test.moduleDir)
		if release != test.wantRelease || dir != test.want || !errors.Is(err, test.err) ||
			(err == nil) != (test.err == nil) {
			t.Errorf("%q and %q: %q, %q, %v", test.release, test.moduleDir, release, dir, err)
		}
		if errors.Is(err, tree.ErrOutside) && !strings.Contains(err.Error(), "module directory "+test.moduleDir+":") ||
			errors.Is(err, ErrRelease) && !strings.Contains(err.Error(), "modules of \"") {
			t.Errorf("%q and %q: the error is %v", test.release, test.moduleDir, err)
		}
	}
	running, runningErr := sys.Release()
	release, dir, err := Place(files, "", "")
	if runningErr == nil && (err != nil || release != running || dir != "lib/modules/"+running) ||
		runningErr != nil && err == nil {
		t.Errorf("the running kernel's: %q, %q, %v", release, dir, err)
	}
}
