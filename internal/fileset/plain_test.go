//go:build linux

package fileset

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestPlainFails: if files are replaced one after the other, the error says which one
// failed and what is in place: the files before it are new, and the rest is old.
func TestPlainFails(t *testing.T) {
	for i, failing := range []string{"a", "l", "n"} {
		dir := laySmall(t)
		var steps []string
		err := replaceAt(dir, smallSet(), nil, recorded(&steps, func(step string) error {
			switch step {
			case "symlink RUN/current":
				return os.ErrPermission
			case "rename " + failing:
				return errStopped
			}
			return nil
		}))
		want := Mixed
		if i == 0 {
			want = Old
		}
		e := (*Error)(nil)
		if !errors.As(err, &e) || e.State != want || e.Name != failing || !errors.Is(err, errStopped) || e.Dir != dir {
			t.Errorf("%s fails: %v", failing, err)
		}
		text, _ := os.ReadFile(filepath.Join(dir, "a"))
		link, _ := os.Readlink(filepath.Join(dir, "l"))
		file, _ := os.ReadFile(filepath.Join(dir, "l"))
		if (string(text) == "new") != (i > 0) || (link == "") != (i > 1) || (string(file) == "file") != (i > 1) {
			t.Errorf("%s fails: a is %q, l leads to %q and reads %q", failing, text, link, file)
		}
		if last := steps[len(steps)-1]; last != "remove RUN" || strings.Contains(strings.Join(steps, " "), "rename n") != (i == 2) {
			t.Errorf("%s fails: the steps are %q", failing, steps)
		}
	}
}

// TestPlainLeft: the new files are in place, even if the rest of the run cannot be
// removed.
func TestPlainLeft(t *testing.T) {
	dir := laySmall(t)
	var steps []string
	err := replaceAt(dir, smallSet(), nil, recorded(&steps, func(step string) error {
		switch step {
		case "symlink RUN/current":
			return os.ErrPermission
		case "remove RUN":
			return errStopped
		}
		return nil
	}))
	if e := (*Error)(nil); !errors.As(err, &e) || e.State != New || e.Name != "" {
		t.Errorf("%v", err)
	}
	must(t, recoverAt(dir, false, hooks{}))
	smallReplaced(t, dir)
}
