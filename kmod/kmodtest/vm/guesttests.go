package vm

import (
	"errors"
	"path"
	"runtime"
	"slices"
	"testing"
	"time"
)

// defaultTests selects the guest tests of a package.
const defaultTests = "^TestGuest"

// RunGuestTests boots a kernel with the running test binary and runs the
// package's guest tests in it, those named TestGuest… unless cfg.Args has a
// -test.run of its own. Each of them becomes a sub-test of t with its output,
// and fails if it failed in the guest, did not finish, or skipped without being
// in cfg.AllowSkip. RunGuestTests also fails if no test ran. A failure shows
// the end of the kernel log. The package's TestMain must call [Main].
//
// For a kernel of another architecture, and unless cfg.Program is set, the package's
// tests are built for that by the go command, without cgo.
func RunGuestTests(t *testing.T, k *Kernel, cfg *Config) *Result {
	t.Helper()
	c := testConfig(t, cfg)
	if c.Program == "" && k.Arch != runtime.GOARCH {
		var err error
		if c.Program, err = buildTests(t, k.Arch); err != nil {
			t.Fatal(err)
		}
	}
	res, err := Run(t.Context(), k, &c)
	var lost *GuestError
	switch {
	case err == nil:
		reportTests(t, res.Output, res.ExitCode, c.AllowSkip)
		t.Logf("kernel %s ran for %v", k.Release, res.Duration.Round(time.Millisecond))
	case errors.As(err, &lost):
		reportTests(t, lost.Output, 0, c.AllowSkip)
		t.Error(err)
	default:
		t.Fatal(err)
	}
	if res != nil && t.Failed() {
		t.Logf("end of the kernel log of %s:\n%s", k.Release, tail(res.Log, logTail))
	}
	return res
}

// endMargin is the time kept free before the deadline of the host's tests.
const endMargin = 10 * time.Second

// testConfig completes a configuration with the flags of a test binary. The
// guest's own limit is below the host's, so that a test that hangs ends with
// its stacks rather than with the machine.
func testConfig(t *testing.T, cfg *Config) Config {
	c := cfg.withDefaults()
	if end, ok := t.Deadline(); ok {
		c.Timeout = max(min(c.Timeout, time.Until(end)-endMargin), time.Second)
	}
	c.Args = append([]string{
		"-test.run=" + defaultTests,
		"-test.v=test2json",
		"-test.paniconexit0",
		"-test.timeout=" + (c.Timeout * 3 / 4).String(),
	}, c.Args...)
	return c
}

// reportTests turns a guest's test output into sub-tests of t.
func reportTests(t *testing.T, output []byte, exit int, allowSkip []string) {
	t.Helper()
	tests, rest := parseTests(output)
	for _, g := range tests {
		reportTest(t, g, allowSkip)
	}
	switch {
	case len(tests) == 0:
		t.Errorf("no test ran in the guest, exit status %d, output:\n%s", exit, rest)
	case exit != 0:
		t.Errorf("the guest's tests ended with exit status %d, other output:\n%s", exit, rest)
	}
}

func reportTest(t *testing.T, g *guestTest, allowSkip []string) {
	t.Helper()
	t.Run(path.Base(g.name), func(t *testing.T) {
		t.Output().Write(g.output.Bytes())
		for _, sub := range g.subs {
			reportTest(t, sub, allowSkip)
		}
		if g.ran {
			reportStatus(t, g, allowSkip)
		}
	})
}

func reportStatus(t *testing.T, g *guestTest, allowSkip []string) {
	t.Helper()
	switch g.status {
	case "PASS":
		t.Logf("passed in the guest after %s", g.elapsed)
	case "SKIP":
		if !slices.Contains(allowSkip, g.name) {
			t.Fatal("skipped in the guest, and AllowSkip does not name it")
		}
		t.Skip("skipped in the guest")
	case "FAIL":
		t.Errorf("failed in the guest after %s", g.elapsed)
	default:
		t.Error("did not finish in the guest")
	}
}
