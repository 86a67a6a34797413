package systest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestProgramRuns(t *testing.T) {
	dir := t.TempDir()
	command := Command{
		Path:  "/bin/sh",
		Args:  []string{"-c", `cat; pwd; echo "$VARIABLE" >&2; exit 3`},
		Env:   []string{"VARIABLE=value", "PATH=/bin:/usr/bin"},
		Dir:   dir,
		Stdin: strings.NewReader("input\n"),
	}
	stdout, stderr, exit := Run(t, command, nil)
	if want := "input\n" + dir + "\n"; string(stdout) != want || string(stderr) != "value\n" || exit != 3 {
		t.Errorf("stdout %q, stderr %q, exit %d", stdout, stderr, exit)
	}
}

func TestProgramMissing(t *testing.T) {
	_, stderr, exit := Run(t, Command{Path: "/nonexistent"}, nil)
	if exit != 127 || !strings.Contains(string(stderr), "/nonexistent cannot be started") {
		t.Errorf("exit %d, stderr %q", exit, stderr)
	}
}

func TestProgramKilled(t *testing.T) {
	_, _, exit := Run(t, Command{Path: "/bin/sh", Args: []string{"-c", "kill -9 $$"}}, nil)
	if exit != -1 {
		t.Errorf("exit %d, want -1", exit)
	}
}

// TestRelease runs a program that does not use this package.
func TestRelease(t *testing.T) {
	uname, err := exec.LookPath("uname")
	if err != nil {
		t.Skipf("a program that the test runs is not installed: %v", err)
	}
	const fake = "1.2.3-fake"
	stdout, _, exit := Run(t, Command{Path: uname, Args: []string{"-rs"}, Release: fake}, nil)
	if string(stdout) != "Linux "+fake+"\n" || exit != 0 {
		t.Errorf("with a release: stdout %q, exit %d", stdout, exit)
	}
	want, err := exec.Command(uname, "-a").Output()
	if err != nil {
		t.Fatal(err)
	}
	stdout, _, exit = Run(t, Command{Path: uname, Args: []string{"-a"}}, nil)
	if string(stdout) != string(want) || exit != 0 {
		t.Errorf("without: stdout %q, exit %d, want %q", stdout, exit, want)
	}
}

// TestGrandchildren checks that the filter is inherited.
func TestGrandchildren(t *testing.T) {
	uname, err := exec.LookPath("uname")
	if err != nil {
		t.Skipf("a program that the test runs is not installed: %v", err)
	}
	command := Command{Path: "/bin/sh", Args: []string{"-c", "for i in 1 2 3; do (" + uname + " -r); done"}, Release: "9.9"}
	if stdout, _, _ := Run(t, command, nil); string(stdout) != "9.9\n9.9\n9.9\n" {
		t.Errorf("stdout %q", stdout)
	}
}

// TestHandlerEndsTest checks that a handler may end the test.
func TestHandlerEndsTest(t *testing.T) {
	calls := 0
	t.Run("inner", func(t *testing.T) {
		Run(t, callerCommand("delete_module"), func(*Call) syscall.Errno {
			calls++
			t.SkipNow()
			return 0
		})
		t.Error("Run returned")
	})
	if calls > 1 {
		t.Errorf("%d calls", calls)
	}
}

// TestChroot runs this very binary in a directory with nothing else.
func TestChroot(t *testing.T) {
	root := t.TempDir()
	if err := os.Mkdir(filepath.Join(root, "sub"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "sub", "dummy.ko"), []byte("module"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"", "/sub"} {
		command := callerCommand("where")
		command.Chroot, command.Dir, command.Release = root, dir, "5.6.7"
		var files []string
		stdout, stderr, exit := Run(t, command, func(c *Call) syscall.Errno {
			files = append(files, c.File)
			return 0
		})
		if exit == launchFailed {
			t.Skipf("the test binary is not linked statically: %s", stderr)
		}
		if dir == "" {
			dir = "/"
		}
		if want := fmt.Sprintf("%s 5.6.7 errno 0\n", dir); string(stdout) != want || exit != 0 {
			t.Errorf("stdout %q, stderr %q, exit %d, want %q", stdout, stderr, exit, want)
		}
		if want := filepath.Join(root, "sub", "dummy.ko"); len(files) != 1 || files[0] != want {
			t.Errorf("files %q, want %q", files, want)
		}
	}
}

func TestSelf(t *testing.T) {
	command := Self("TestX", "A=1")
	if command.Args[0] != "-test.run=^TestX$" || command.Env[len(command.Env)-1] != "A=1" {
		t.Errorf("Self = %q", command)
	}
	stdout, stderr, exit := Run(t, command, nil)
	if exit != 0 || !strings.Contains(string(stderr), "no tests to run") {
		t.Errorf("stdout %q, stderr %q, exit %d", stdout, stderr, exit)
	}
}
