package vm

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

// guestConfig is the configuration that this package's guest tests expect.
func guestConfig(k *Kernel, args ...string) *Config {
	return &Config{
		Args:    args,
		Env:     []string{"WANT_RELEASE=" + k.Release},
		Modules: []string{"nf_nat"},
		Cmdline: []string{"vm.probe=1"},
		Files: []File{
			{Guest: "/data/deep/hello.txt", Data: []byte("hello\n")},
			{Guest: "/bin/sh", Host: "/bin/sh"},
		},
	}
}

func TestVM(t *testing.T) {
	for _, k := range Kernels(t, OldToNew()...) {
		t.Run(k.Release, func(t *testing.T) {
			t.Parallel()
			cfg := guestConfig(k, "-guestskip")
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
	kernels := Kernels(t)
	return kernels[len(kernels)-1]
}

func TestRunFailingTest(t *testing.T) {
	t.Parallel()
	k := anyKernel(t)
	res, err := Run(t.Context(), k, guestConfig(k, "-test.run=^TestGuestFail$", "-test.v", "-guestfail"))
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
	res, err := Run(t.Context(), k, guestConfig(k, "-test.run=^TestGuestHang$", "-test.timeout=1s", "-guesthang"))
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
			cfg:     Config{Cmdline: []string{"--", "hang"}, Timeout: 15 * time.Second},
			want:    context.DeadlineExceeded,
			wantMsg: "the guest was killed after 15",
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
