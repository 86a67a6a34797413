package fileset

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestReplace(t *testing.T) {
	for name, h := range map[string]hooks{
		"links": {}, "copies": without("link", hooks{}), "plain": without("symlink", hooks{}),
	} {
		t.Run(name, func(t *testing.T) {
			for _, flush := range []bool{false, true} {
				dir, _ := prepare(t)
				files, after := newFiles("new ")
				must(t, replaceAt(dir, files, &Options{Sync: flush}, h))
				if got := read(t, dir); !same(got, after) {
					t.Errorf("the set is %q", got)
				}
				plain(t, dir)
				info, err := os.Lstat(filepath.Join(dir, "modules.alias"))
				must(t, err)
				if info.Mode() != 0o644 {
					t.Errorf("the mode is %v", info.Mode())
				}
				if data, _ := os.ReadFile(filepath.Join(dir, "modules.order")); string(data) != "linked old" {
					t.Errorf("what a link led to was changed: %q", data)
				}
			}
		})
	}
}

func TestRefused(t *testing.T) {
	dir, before := prepare(t)
	must(t, os.Mkdir(filepath.Join(dir, "sub"), 0o755))
	for _, test := range []struct {
		name  string
		files []File
		want  string
	}{
		{"path", []File{{Name: "sub/x"}}, `"sub/x"`},
		{"empty", []File{{Name: ""}}, "invalid"},
		{"dot", []File{{Name: "."}}, "invalid"},
		{"up", []File{{Name: ".."}}, "invalid"},
		{"run", []File{{Name: ".modules-0123456789abcdef"}}, "invalid"},
		{"twice", []File{{Name: "a"}, {Name: "a"}}, "repeated"},
		{"directory", []File{{Name: "modules.dep"}, {Name: "sub"}}, `"sub"`},
	} {
		err := replaceAt(dir, test.files, nil, hooks{})
		var e *Error
		if !errors.As(err, &e) || e.State != Old || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
	if got := read(t, dir); !same(got, before) {
		t.Errorf("the set was changed: %q", got)
	}
}

// Hostile leftovers must not lead out of the directory, nor be taken for a
// run's.
func TestRecoverForeign(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	must(t, os.WriteFile(filepath.Join(outside, "file"), []byte("secret"), 0o600))
	const fake = ".modules-0123456789abcdef"
	must(t, os.Symlink(outside, filepath.Join(dir, fake)))
	must(t, os.Symlink("build/x", filepath.Join(dir, "build")))
	must(t, os.Mkdir(filepath.Join(dir, ".modules-mine"), 0o755))
	must(t, os.Symlink(".modules-aaaaaaaaaaaaaaaa/current/lost", filepath.Join(dir, "lost")))
	must(t, recoverAt(dir, false, hooks{}))
	for _, name := range []string{fake, "build", ".modules-mine"} {
		if _, err := os.Lstat(filepath.Join(dir, name)); err != nil {
			t.Errorf("%s was taken for a leftover", name)
		}
	}
	if _, err := os.Lstat(filepath.Join(dir, "lost")); err == nil {
		t.Error("a dangling link is left")
	}
	if _, err := os.Stat(filepath.Join(outside, "file")); err != nil {
		t.Error(err)
	}
}
