package vm

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/gokmod/gokmod/internal/test/debs"
	"github.com/gokmod/gokmod/internal/test/kernels"
)

// fakeApt stands in for the host's tools and serves one kernel.
type fakeApt struct {
	release   string
	offline   bool // apt-get fails
	unserved  bool // the archive has no such suite
	unknown   bool // apt-cache fails
	broken    bool // the package holds no image
	split     bool // image and modules are in packages of their own, below usr/lib
	downloads atomic.Int32
	updates   atomic.Int32
}

func (a *fakeApt) run(_ context.Context, dir, tool string, args ...string) ([]byte, error) {
	for len(args) > 1 && args[0] == "-o" {
		args = args[2:]
	}
	switch tool {
	case "apt-cache":
		return a.cache(args[1])
	case "apt-get":
		return a.get(dir, args)
	case "dpkg-deb":
		return nil, a.unpack(filepath.Base(args[1]), args[2])
	case "depmod":
		modules := filepath.Join(args[1], "lib/modules", args[2])
		if _, err := os.Stat(modules); a.split && err != nil {
			return nil, err
		}
		if err := os.MkdirAll(modules, 0o755); err != nil {
			return nil, err
		}
		return nil, os.WriteFile(filepath.Join(modules, depFile), nil, 0o644)
	}
	return nil, errors.New("unexpected tool " + tool)
}

// cache answers apt-cache depends PKG.
func (a *fakeApt) cache(pkg string) ([]byte, error) {
	if a.unknown {
		return nil, errors.New("apt-cache is absent")
	}
	if a.split && pkg == "linux-image-"+a.release {
		return []byte("image\n  Depends: linux-binary-" + a.release + "\n  Depends: linux-modules-" + a.release + "\n"), nil
	}
	return []byte("meta\n  Depends: linux-image-" + a.release + "\n"), nil
}

// get answers apt-get.
func (a *fakeApt) get(dir string, args []string) ([]byte, error) {
	if args[0] == "indextargets" {
		return []byte("Debian|Debian|http://archive.example/debian/\n"), nil
	}
	if a.offline {
		return nil, errors.New("no network")
	}
	if args[len(args)-1] == "update" {
		a.updates.Add(1)
		if a.unserved {
			return nil, errors.New("  404  Not Found\nE: The repository 'x Release' does not have a Release file.")
		}
		return nil, nil
	}
	a.downloads.Add(1)
	var errs []error
	for _, pkg := range args[2:] { // after -q download
		errs = append(errs, os.WriteFile(filepath.Join(dir, pkg+".deb"), nil, 0o644))
	}
	return nil, errors.Join(errs...)
}

// unpack makes the content of a package.
func (a *fakeApt) unpack(deb, root string) error {
	write := func(name, text string) error {
		name = filepath.Join(root, name)
		return errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, []byte(text), 0o644))
	}
	switch {
	case strings.HasPrefix(deb, "linux-modules-"):
		return os.MkdirAll(filepath.Join(root, "usr/lib/modules", a.release), 0o755)
	case a.broken, a.split && strings.HasPrefix(deb, "linux-image-"):
		return os.MkdirAll(root, 0o755)
	case strings.HasPrefix(deb, "linux-headers-"):
		return write("usr/src/linux-headers-"+a.release+"/Module.symvers", "list")
	case a.split:
		return write("usr/lib/modules/"+a.release+"/vmlinuz", "")
	}
	return write("boot/vmlinuz-"+a.release, "")
}

// needLocks skips the test on systems where kernels cannot be fetched.
func needLocks(t *testing.T) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("kernels are fetched on Linux only")
	}
}

func TestFetchOnce(t *testing.T) {
	needLocks(t)
	apt := &fakeApt{release: "6.1.7-amd64"}
	f := fetcherIn(filepath.Join(t.TempDir(), "cache"), kernels.Linux61, apt.run)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			k, err := f.fetch(t.Context())
			if err != nil || k.Release != apt.release {
				t.Errorf("kernel %v, error %v", k, err)
			}
		})
	}
	wg.Wait()
	if n := apt.downloads.Load(); n != 1 {
		t.Errorf("%d downloads, want 1", n)
	}
	left, err := filepath.Glob(filepath.Join(f.dir, "*.tmp-*"))
	if err != nil || len(left) != 0 {
		t.Errorf("temporary directories are left: %q, %v", left, err)
	}
}

func TestFetchSplitKernel(t *testing.T) {
	needLocks(t)
	apt := &fakeApt{release: "6.8.0-90-generic", split: true}
	f := fetcherIn(t.TempDir(), "linux-image-generic", apt.run)
	k, err := f.fetch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if link, err := os.Readlink(filepath.Join(k.Dir, "lib")); link != "usr/lib" {
		t.Errorf("lib leads to %q, %v", link, err)
	}
	if want := filepath.Join(k.ModuleDir(), "vmlinuz"); k.Packed != want || k.Image != want {
		t.Errorf("the image is %s", k.Packed)
	}
}

func TestFetchReplacesHalfKernel(t *testing.T) {
	needLocks(t)
	apt := &fakeApt{release: "6.1.7-amd64"}
	f := fetcherIn(t.TempDir(), kernels.Linux61, apt.run)
	writeTree(t, filepath.Join(f.dir, apt.release, "boot", "vmlinuz-"+apt.release), "half")
	if _, err := f.fetch(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestFetchFromCache(t *testing.T) {
	needLocks(t)
	tests := []struct {
		name string
		apt  *fakeApt
		pkg  string
		want string // release, or empty with wantErr
		err  string
	}{
		{"current is cached", &fakeApt{release: "6.1.5-amd64", offline: true}, kernels.Linux61, "6.1.5-amd64", ""},
		{"no network", &fakeApt{release: "6.1.7-amd64", offline: true}, kernels.Linux61, "6.1.6-amd64", ""},
		{"no apt", &fakeApt{unknown: true}, kernels.Linux61, "6.1.6-amd64", ""},
		{"broken package", &fakeApt{release: "6.1.7-amd64", broken: true}, kernels.Linux61, "6.1.6-amd64", ""},
		{"series not cached", &fakeApt{release: "6.12.1-amd64", offline: true}, kernels.Linux612, "", "no network"},
		{"unknown package", &fakeApt{unknown: true}, "linux-image-other", "", "apt-cache is absent"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := fetcherIn(t.TempDir(), test.pkg, test.apt.run)
			for _, release := range []string{"6.1.5-amd64", "6.1.6-amd64"} {
				fakeKernel(t, filepath.Join(f.dir, release), release)
			}
			k, err := f.fetch(t.Context())
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Errorf("error %v, want %q", err, test.err)
				}
				return
			}
			if err != nil || k.Release != test.want {
				t.Errorf("kernel %+v, error %v, want %s", k, err, test.want)
			}
		})
	}
}

// TestFetchFromSuite: the lists are fetched once a day, replaced kernels are
// removed, and the cached one is used if there is no other.
func TestFetchFromSuite(t *testing.T) {
	needLocks(t)
	apt := &fakeApt{release: "7.2.13+deb14-amd64", split: true}
	f := fetcherIn(t.TempDir(), kernels.Newest, apt.run)
	fetch := func(want string) {
		t.Helper()
		k, err := f.fetch(t.Context())
		if err != nil || k.Release != want {
			t.Fatalf("kernel %+v, error %v, want %s", k, err, want)
		}
	}
	fetch("7.2.13+deb14-amd64")
	fetch("7.2.13+deb14-amd64")
	if _, err := f.symvers(t.Context(), apt.release); err != nil {
		t.Fatal(err)
	}
	if n := apt.updates.Load(); n != 1 {
		t.Errorf("the lists were fetched %d times", n)
	}
	apt.release = "7.3.1+deb14-amd64"
	if err := os.RemoveAll(filepath.Join(f.dir, "apt")); err != nil { // as if a day had passed
		t.Fatal(err)
	}
	fetch("7.3.1+deb14-amd64")
	left, err := filepath.Glob(filepath.Join(f.dir, "7.2*"))
	if err != nil || len(left) != 1 || filepath.Ext(left[0]) != ".lock" {
		t.Errorf("the earlier kernel left %q, %v", left, err)
	}
	apt.release, apt.offline = "7.4.0+deb14-amd64", true
	if err := os.RemoveAll(filepath.Join(f.dir, "apt")); err != nil {
		t.Fatal(err)
	}
	fetch("7.3.1+deb14-amd64")
}

// TestFetchPrunesSeries: only kernels of the same series are replaced.
func TestFetchPrunesSeries(t *testing.T) {
	needLocks(t)
	apt := &fakeApt{release: "6.1.7-amd64"}
	f := fetcherIn(t.TempDir(), kernels.Linux61, apt.run)
	for _, release := range []string{"6.1.6-amd64", "6.1.8-amd64", "6.12.1-amd64", "5.10.1-amd64"} {
		fakeKernel(t, filepath.Join(f.dir, release), release)
	}
	if _, err := f.fetch(t.Context()); err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, k := range cached(f.dir) {
		left = append(left, k.Release)
	}
	if want := []string{"6.12.1-amd64", "6.1.8-amd64", "6.1.7-amd64", "5.10.1-amd64"}; !slices.Equal(left, want) {
		t.Errorf("the cache holds %q, want %q", left, want)
	}
}

func TestFetchFromSuiteThatIsGone(t *testing.T) {
	needLocks(t)
	apt := &fakeApt{release: "5.10.0-32-amd64", unserved: true}
	f := fetcherIn(t.TempDir(), kernels.Linux510, apt.run)
	if _, err := f.fetch(t.Context()); !errors.Is(err, debs.ErrNotServed) || !strings.Contains(err.Error(), "bullseye") {
		t.Errorf("error %v", err)
	}
	if n := apt.updates.Load(); n != 1 {
		t.Errorf("the archive was asked %d times", n)
	}
	fakeKernel(t, filepath.Join(f.dir, apt.release), apt.release)
	var said strings.Builder
	f.progress = &said
	if k, err := f.fetch(t.Context()); err != nil || k.Release != apt.release {
		t.Errorf("with a kernel in the cache: %v, %v", k, err)
	}
	if !strings.Contains(said.String(), debs.ErrNotServed.Error()+" bullseye") {
		t.Errorf("it says %q", said.String())
	}
}
