package debian

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// fakeArchive answers for apt: each package has the same version.
type fakeArchive struct {
	version string
	gone    bool // it cannot be reached
}

func (f *fakeArchive) run(_ context.Context, _, tool string, args ...string) ([]byte, error) {
	switch last := args[len(args)-1]; {
	case f.gone:
		return nil, errors.New("could not resolve the archive's name")
	case slices.Contains(args, "indextargets"):
		return []byte("Debian|Debian|http://archive.example/\n"), nil
	case last == "update":
		return nil, nil
	case tool == "apt-cache" && slices.Contains(args, "depends"):
		return []byte(last + "\n  Depends: linux-image-6.1.0-1-amd64\n"), nil
	case tool == "apt-cache" && slices.Contains(args, "show"):
		return []byte("Version: " + f.version + "\n"), nil
	}
	return nil, errors.New("unexpected call of " + tool)
}

// lab has a maker whose bases hold one file.
type lab struct {
	*baseMaker
	archive *fakeArchive
	made    int
	fails   error
}

func newLab(t *testing.T) *lab {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("bases are made on Linux only")
	}
	l := &lab{archive: &fakeArchive{version: "1"}}
	l.baseMaker = newBaseMaker(t.TempDir(), "x", l.archive.run)
	l.fill = func(_ context.Context, tmp, kernel string) error {
		l.made++
		if kernel != "linux-image-6.1.0-1-amd64" {
			t.Errorf("the kernel is %s", kernel)
		}
		root := &Root{filepath.Join(tmp, "root")}
		return errors.Join(root.Write("/version", l.archive.version, 0o644), l.fails)
	}
	return l
}

// want prepares a base and checks which it is, how many were made, and that there is no
// other.
func (l *lab) want(t *testing.T, version string, made int) {
	t.Helper()
	b, err := l.prepare(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(b.dir, "version"))
	if err != nil || string(got) != version || l.made != made {
		t.Errorf("version %s, %v, after %d were made; want %s after %d", got, err, l.made, version, made)
	}
	if all, _ := filepath.Glob(filepath.Join(l.dir, basePrefix+"*")); len(all) != 1 {
		t.Errorf("there are %q", all)
	}
}

// update makes the archive's lists old, so that they are fetched again.
func (l *lab) update(t *testing.T) {
	t.Helper()
	makeOld(t, filepath.Join(l.dir, "apt", "updated"))
}

func makeOld(t *testing.T, name string) {
	t.Helper()
	old := time.Now().Add(-baseAge)
	if err := os.Chtimes(name, old, old); err != nil {
		t.Fatal(err)
	}
}

func TestBaseIsKept(t *testing.T) {
	l := newLab(t)
	l.want(t, "1", 1)
	l.want(t, "1", 1)
	l.update(t)
	l.want(t, "1", 1)
}

func TestBaseIsReplaced(t *testing.T) {
	l := newLab(t)
	l.want(t, "1", 1)
	l.archive.version = "2"
	l.update(t)
	l.want(t, "2", 2)
	makeOld(t, l.cached().dir)
	l.want(t, "2", 3)
}

// TestBaseWithoutArchive: the old base is good enough, even if a new one cannot be made.
func TestBaseWithoutArchive(t *testing.T) {
	l := newLab(t)
	l.archive.gone = true
	if _, err := l.prepare(t.Context()); err == nil || !strings.Contains(err.Error(), "could not resolve") {
		t.Errorf("without anything: %v", err)
	}
	l.archive.gone = false
	l.want(t, "1", 1)
	l.archive.gone = true
	l.update(t)
	l.want(t, "1", 1)
	l.archive.gone, l.archive.version, l.fails = false, "2", errors.New("no space")
	l.want(t, "1", 3) // it is tried twice, with older lists and with new ones
}

// TestBaseUnfinished: what a killed test left is not taken for a base, and removed.
func TestBaseUnfinished(t *testing.T) {
	l := newLab(t)
	if err := os.MkdirAll(filepath.Join(l.dir, tmpPrefix+"1", "root"), 0o755); err != nil {
		t.Fatal(err)
	}
	if b := l.cached(); b != nil {
		t.Errorf("%s is taken for a base", b.dir)
	}
	l.want(t, "1", 1)
}

func TestSuiteOf(t *testing.T) {
	for text, want := range map[string]string{
		"ID=debian\nVERSION_CODENAME=bookworm\n":     "bookworm",
		"VERSION_CODENAME=\"trixie\"\nID=\"debian\"": "trixie",
		"ID=ubuntu\nVERSION_CODENAME=noble\n":        "",
		"ID=debian\n":                                "",
		"":                                           "",
	} {
		if got, err := suiteOf(text); got != want || (err == nil) != (want != "") {
			t.Errorf("%q is %q, %v", text, got, err)
		}
	}
}
