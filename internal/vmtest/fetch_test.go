package vmtest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// fakeApt stands in for the host's tools and serves one kernel.
type fakeApt struct {
	release   string
	offline   bool // apt-get fails
	unknown   bool // apt-cache fails
	broken    bool // the package holds no image
	split     bool // the modules are in a second package, below usr/lib
	downloads atomic.Int32
}

func (a *fakeApt) run(_ context.Context, dir, tool string, args ...string) ([]byte, error) {
	switch tool {
	case "apt-cache":
		if a.unknown {
			return nil, errors.New("apt-cache is absent")
		}
		if a.split && args[1] == "linux-image-"+a.release {
			return []byte("image\n  Depends: linux-modules-" + a.release + "\n"), nil
		}
		return []byte("meta\n  Depends: linux-image-" + a.release + "\n"), nil
	case "apt-get":
		if a.offline {
			return nil, errors.New("no network")
		}
		a.downloads.Add(1)
		var errs []error
		for _, pkg := range args[len(downloadArgs):] {
			errs = append(errs, os.WriteFile(filepath.Join(dir, pkg+".deb"), nil, 0o644))
		}
		return nil, errors.Join(errs...)
	case "dpkg-deb":
		if strings.HasPrefix(filepath.Base(args[1]), "linux-modules-") {
			return nil, os.MkdirAll(filepath.Join(args[2], "usr/lib/modules", a.release), 0o755)
		}
		if a.broken {
			return nil, os.MkdirAll(args[2], 0o755)
		}
		if headers := "linux-headers-" + a.release; filepath.Base(args[1]) == headers+".deb" {
			dir := filepath.Join(args[2], "usr/src", headers)
			return nil, errors.Join(os.MkdirAll(dir, 0o755), os.WriteFile(filepath.Join(dir, "Module.symvers"), []byte("list"), 0o644))
		}
		boot := filepath.Join(args[2], "boot")
		if err := os.MkdirAll(boot, 0o755); err != nil {
			return nil, err
		}
		return nil, os.WriteFile(filepath.Join(boot, "vmlinuz-"+a.release), nil, 0o644)
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

// needLocks skips where kernels cannot be fetched.
func needLocks(t *testing.T) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("kernels are fetched on Linux only")
	}
}

func TestFetchOnce(t *testing.T) {
	needLocks(t)
	apt := &fakeApt{release: "6.1.7-amd64"}
	f := &fetcher{dir: filepath.Join(t.TempDir(), "cache"), run: apt.run}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			k, err := f.fetch(t.Context(), Linux61)
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
		t.Errorf("temporary folders are left: %q, %v", left, err)
	}
}

func TestFetchSplitKernel(t *testing.T) {
	needLocks(t)
	apt := &fakeApt{release: "6.8.0-90-generic", split: true}
	f := &fetcher{dir: t.TempDir(), run: apt.run}
	k, err := f.fetch(t.Context(), "linux-image-generic")
	if err != nil {
		t.Fatal(err)
	}
	if link, err := os.Readlink(filepath.Join(k.Dir, "lib")); link != "usr/lib" {
		t.Errorf("lib leads to %q, %v", link, err)
	}
}

func TestFetchReplacesHalfKernel(t *testing.T) {
	needLocks(t)
	apt := &fakeApt{release: "6.1.7-amd64"}
	f := &fetcher{dir: t.TempDir(), run: apt.run}
	writeTree(t, filepath.Join(f.dir, apt.release, "boot", "vmlinuz-"+apt.release), "half")
	if _, err := f.fetch(t.Context(), Linux61); err != nil {
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
		{"current is cached", &fakeApt{release: "6.1.5-amd64", offline: true}, Linux61, "6.1.5-amd64", ""},
		{"no network", &fakeApt{release: "6.1.7-amd64", offline: true}, Linux61, "6.1.6-amd64", ""},
		{"no apt", &fakeApt{unknown: true}, Linux61, "6.1.6-amd64", ""},
		{"broken package", &fakeApt{release: "6.1.7-amd64", broken: true}, Linux61, "6.1.6-amd64", ""},
		{"series not cached", &fakeApt{release: "6.12.1-amd64", offline: true}, Linux612, "", "no network"},
		{"unknown package", &fakeApt{unknown: true}, "linux-image-other", "", "apt-cache is absent"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := &fetcher{dir: t.TempDir(), run: test.apt.run}
			for _, release := range []string{"6.1.5-amd64", "6.1.6-amd64"} {
				fakeKernel(t, filepath.Join(f.dir, release), release)
			}
			k, err := f.fetch(t.Context(), test.pkg)
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

func TestLockFileObeysContext(t *testing.T) {
	needLocks(t)
	name := filepath.Join(t.TempDir(), "lock")
	unlock, err := lockFile(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := lockFile(ctx, name); !errors.Is(err, context.Canceled) {
		t.Errorf("a held lock gives %v", err)
	}
	unlock()
	again, err := lockFile(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	again()
}

func TestHostToolFailureShowsOutput(t *testing.T) {
	var seen strings.Builder
	h := &hostTools{progress: &seen}
	if _, err := lookTool("sh"); err != nil {
		t.Skip("needs sh")
	}
	_, err := h.run(t.Context(), t.TempDir(), "sh", "-c", "echo some; echo reason >&2; exit 3")
	if err == nil || !strings.Contains(err.Error(), "exit status 3") || !strings.Contains(err.Error(), "reason") {
		t.Errorf("error %v does not say why", err)
	}
	if !strings.Contains(seen.String(), "some\n") {
		t.Errorf("progress %q", seen.String())
	}
	if _, err := h.run(t.Context(), "", "no-such-tool-here"); err == nil {
		t.Error("an absent tool runs")
	}
}
