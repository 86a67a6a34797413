package debs

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// fakeTools answer calls of apt-get and apt-cache by their last arguments.
type fakeTools struct {
	targets, depends string
	fails            string // what apt-get update says when it fails
	updates, asked   int
	sources          string // sources.list of the last update
	options          []string
}

func (f *fakeTools) run(_ context.Context, _, tool string, args ...string) ([]byte, error) {
	last := args[len(args)-1]
	switch {
	case slices.Contains(args, "indextargets"):
		return []byte(f.targets), nil
	case last == "update":
		f.updates++
		f.options = args
		at := slices.IndexFunc(args, func(arg string) bool { return strings.HasPrefix(arg, "Dir::Etc::SourceList=") })
		_, name, _ := strings.Cut(args[at], "=")
		data, err := os.ReadFile(name)
		f.sources = string(data)
		if f.fails != "" {
			return nil, errors.New(f.fails)
		}
		return nil, err
	case tool == "apt-cache" && slices.Contains(args, "show"):
		f.asked++
		return []byte("Package: " + last + "\nVersion: 34." + strconv.Itoa(f.updates) + "\n"), nil
	case tool == "apt-cache" && slices.Contains(args, "depends"):
		return []byte(strings.ReplaceAll(f.depends, "PKG", last)), nil
	}
	return nil, errors.New("unexpected call of " + tool)
}

const debianTargets = "Debian|Debian-Security|http://archive.example/security/\n" +
	"Other|Debian|http://other.example/\nDebian|Debian|http://archive.example/debian/\n"

func TestParse(t *testing.T) {
	for name, want := range map[string]Package{
		"kmod":           {Name: "kmod"},
		"kmod:arm64/sid": {"kmod", "arm64", "sid"},
	} {
		if got := Parse(name); got != want {
			t.Errorf("%s is %+v", name, got)
		}
	}
	if got := Parse("kmod:arm64/sid").Source(); got != "sid-arm64" {
		t.Errorf("the source is %s", got)
	}
	if got := Parse("kmod").Source(); got != "" {
		t.Errorf("the machine's own source is %s", got)
	}
}

func TestUse(t *testing.T) {
	needLocks(t)
	tools, dir := &fakeTools{targets: debianTargets}, t.TempDir()
	lists := NewLists(Parse("kmod:arm64/sid"), dir, tools.run)
	calls := 0
	use := func(updates int) {
		t.Helper()
		calls = 0
		err := lists.Use(t.Context(), func() error { calls++; return nil })
		if err != nil || calls != 1 || tools.updates != updates {
			t.Fatalf("%d calls, %d updates, want %d, error %v", calls, tools.updates, updates, err)
		}
	}
	use(1)
	if !strings.HasSuffix(tools.sources, "] http://archive.example/debian/ sid main\n") {
		t.Errorf("sources.list is %q", tools.sources)
	}
	if !slices.Contains(tools.options, "APT::Architecture=arm64") {
		t.Errorf("apt-get was called with %q", tools.options)
	}
	use(1)
	old := time.Now().Add(-listAge)
	if err := os.Chtimes(filepath.Join(dir, "apt/updated"), old, old); err != nil {
		t.Fatal(err)
	}
	use(2)
}

// TestUseAgain: a function that fails with older lists is tried again with new
// ones.
func TestUseAgain(t *testing.T) {
	needLocks(t)
	failure := errors.New("no such package")
	tools, calls := &fakeTools{targets: debianTargets}, 0
	lists := NewLists(Parse("kmod:arm64/sid"), t.TempDir(), tools.run)
	fail := func() error { calls++; return failure }
	if err := lists.Use(t.Context(), fail); err != failure || calls != 2 || tools.updates != 2 {
		t.Errorf("%d calls, %d updates, error %v", calls, tools.updates, err)
	}
	own := &fakeTools{}
	calls = 0
	err := NewLists(Parse("kmod"), "", own.run).Use(t.Context(), fail)
	if err != failure || calls != 1 || own.updates != 0 {
		t.Errorf("the machine's own lists: %d calls, %d updates, error %v", calls, own.updates, err)
	}
}

func TestUseWithoutLists(t *testing.T) {
	needLocks(t)
	const gone = "Err:2 x\n  404  Not Found\nE: The repository 'x bullseye Release' "
	for _, test := range []struct {
		name, targets, said, want string
		notServed                 bool
	}{
		{"no such suite", debianTargets, gone + "does not have a Release file.", "bullseye", true},
		{"removed suite", debianTargets, gone + "no longer has a Release file.", "bullseye", true},
		{"no network", debianTargets, "E: Failed to fetch x  Could not resolve 'x'", "Could not resolve", false},
		{"no list in the suite", debianTargets, "E: Failed to fetch x/Packages.xz  404  Not Found", "404", false},
		{"refused", debianTargets, "  403  Forbidden\nE: The repository 'x' does not have a Release file.", "403", false},
		{"another distribution", "Ubuntu|Ubuntu|http://archive.example/ubuntu/\n", "", "does not use a Debian archive", true},
		{"no lists", "", "", "apt-get update", false},
	} {
		tools := &fakeTools{targets: test.targets, fails: test.said}
		err := NewLists(Parse("x:amd64/bullseye"), t.TempDir(), tools.run).Use(t.Context(), func() error { return nil })
		if err == nil || errors.Is(err, ErrNotServed) != test.notServed || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v", test.name, err)
		}
	}
}

func TestClosure(t *testing.T) {
	tools := &fakeTools{depends: "PKG\n  PreDepends: pre\n |Depends: PKG\n  Depends: libc6\n" +
		"  Depends: <virtual>\n    x\n  Recommends: y\n"}
	got, err := NewLists(Parse("kmod"), "", tools.run).Closure(t.Context(), "kmod")
	if want := []string{"kmod", "libc6"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v", got, err)
	}
}

// TestAnswersAreKept: apt-cache is asked once for each update of the lists.
func TestAnswersAreKept(t *testing.T) {
	needLocks(t)
	tools, dir := &fakeTools{targets: debianTargets}, t.TempDir()
	for range 2 {
		for range 2 {
			lists := NewLists(Parse("kmod:arm64/sid"), dir, tools.run)
			err := lists.Use(t.Context(), func() error {
				got, err := lists.Version(t.Context(), "kmod")
				if want := "34." + strconv.Itoa(tools.updates); err == nil && got != want {
					t.Errorf("version %s, want %s", got, want)
				}
				return err
			})
			if err != nil || tools.asked != tools.updates {
				t.Errorf("asked %d times with %d updates, error %v", tools.asked, tools.updates, err)
			}
		}
		if err := os.Remove(filepath.Join(dir, "apt/updated")); err != nil {
			t.Fatal(err)
		}
	}
	if tools.updates != 2 {
		t.Errorf("%d updates", tools.updates)
	}
}
