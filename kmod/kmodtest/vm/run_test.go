package vm

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gokmod/gokmod/internal/test/kernels"
)

// guestConfig is the configuration that this package's guest tests expect.
func guestConfig(t *testing.T, k *Kernel, args ...string) *Config {
	t.Helper()
	driver, err := filepath.Glob(filepath.Join(k.ModuleDir(), "kernel/drivers/net/dummy.ko*"))
	if err != nil || len(driver) != 1 {
		t.Fatalf("the files of module dummy are %q, error %v", driver, err)
	}
	return &Config{
		Args:    args,
		Env:     []string{"WANT_RELEASE=" + k.Release},
		Modules: []string{"nf_nat"},
		Cmdline: []string{"vm.probe=1"},
		Files: []File{
			{Guest: "/data/deep/hello.txt", Data: []byte("hello\n")},
			{Guest: "/bin/sh", Host: "/bin/sh"},
			{Guest: "/driver.ko", Host: driver[0]},
		},
	}
}

func TestVM(t *testing.T) {
	for _, k := range Kernels(t, kernels.OldToNew()...) {
		t.Run(k.Release, func(t *testing.T) {
			t.Parallel()
			cfg := guestConfig(t, k, "-guestskip")
			cfg.AllowSkip = []string{"TestGuestSkip"}
			RunGuestTests(t, k, cfg)
		})
	}
}

func TestRunWithEndedContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if res, err := Run(ctx, &Kernel{}, nil); err == nil || res != nil {
		t.Errorf("result %v, error %v", res, err)
	}
}

// anyKernel returns a kernel for the tests that work with any.
func anyKernel(t *testing.T) *Kernel {
	t.Helper()
	all := Kernels(t, kernels.Usual()...)
	return all[len(all)-1]
}

func TestRunFailingTest(t *testing.T) {
	t.Parallel()
	k := anyKernel(t)
	res, err := Run(t.Context(), k, guestConfig(t, k, "-test.run=^TestGuestFail$", "-test.v", "-guestfail"))
	if err != nil {
		t.Fatal(err)
	}
	if res.ExitCode != 1 || !bytes.Contains(res.Output, []byte("--- FAIL: TestGuestFail")) {
		t.Errorf("exit status %d, output:\n%s", res.ExitCode, res.Output)
	}
	if !bytes.Contains(res.Log, []byte("Linux version "+k.Release)) {
		t.Errorf("kernel log does not name the kernel:\n%s", tail(res.Log, logTail))
	}
}

func TestRunHangingTest(t *testing.T) {
	t.Parallel()
	k := anyKernel(t)
	res, err := Run(t.Context(), k, guestConfig(t, k, "-test.run=^TestGuestHang$", "-test.timeout=1s", "-guesthang"))
	if err != nil {
		t.Fatal(err)
	}
	if res.ExitCode != 2 || !bytes.Contains(res.Output, []byte("panic: test timed out")) {
		t.Errorf("exit status %d, output:\n%s", res.ExitCode, res.Output)
	}
}

func TestRunWithoutResult(t *testing.T) {
	tests := []struct {
		name    string
		cfg     Config
		want    error
		wantMsg string
		wantLog bool
	}{
		{
			name:    "process 1 hangs",
			cfg:     Config{Cmdline: []string{"--", "hang"}, Timeout: 40 * time.Second}, // enough to show that it began
			want:    context.DeadlineExceeded,
			wantMsg: "the guest was killed after 40",
			wantLog: true,
		},
		{
			name:    "process 1 ends",
			cfg:     Config{Cmdline: []string{"--", "die"}},
			want:    ErrPanic,
			wantMsg: "Attempted to kill init! exitcode=0x00000300",
			wantLog: true,
		},
		{
			name:    "program does not start",
			cfg:     Config{Env: []string{"A=\x00"}},
			want:    ErrNoResult,
			wantMsg: "start the program",
			wantLog: true,
		},
		{
			name:    "machine does not start",
			cfg:     Config{QEMUArgs: []string{"-device", "no-such-device"}},
			want:    ErrNoResult,
			wantMsg: "no-such-device",
		},
	}
	k := anyKernel(t)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			res, err := Run(t.Context(), k, &test.cfg)
			if !errors.Is(err, test.want) || res != nil {
				t.Fatalf("result %v, error %v, want %v", res, err, test.want)
			}
			if !strings.Contains(err.Error(), test.wantMsg) {
				t.Errorf("error does not show %q: %v", test.wantMsg, err)
			}
			var lost *GuestError
			if !errors.As(err, &lost) || lost.Release != k.Release {
				t.Fatalf("error %T does not name the kernel", err)
			}
			if bytes.Contains(lost.Log, []byte("Linux version")) != test.wantLog {
				t.Errorf("kernel log is there: %t, want %t", !test.wantLog, test.wantLog)
			}
		})
	}
}

// TestKernelAt boots a kernel by its path, packed and unpacked.
func TestKernelAt(t *testing.T) {
	t.Parallel()
	fetched := anyKernel(t)
	for _, image := range []string{fetched.Packed, fetched.Image} {
		k, err := KernelAt(image, fetched.ModuleDir())
		if err != nil {
			t.Fatal(err)
		}
		if k.Release != fetched.Release || k.ModuleDir() != fetched.ModuleDir() {
			t.Fatalf("%s is %s with modules in %s", image, k.Release, k.ModuleDir())
		}
		RunGuestTests(t, k, guestConfig(t, k, "-test.run=^TestGuest(Release|ModuleTree)$"))
	}
	bare, err := KernelAt(fetched.Packed, "")
	if err != nil || bare.Release != fetched.Release || bare.ModuleDir() != "" {
		t.Fatalf("%+v, %v", bare, err)
	}
	_, err = Run(t.Context(), bare, &Config{Modules: []string{"dummy"}})
	if err == nil || !strings.Contains(err.Error(), "no module directory to take dummy from") {
		t.Errorf("error %v", err)
	}
}
