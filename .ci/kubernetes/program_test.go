package kubernetes

import (
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// containerfile makes the image.
const containerfile = "../../examples/ondemand/kubernetes/Containerfile"

// buildCommand matches the command in the Containerfile that builds the program: its
// variables and arguments, and the file.
var buildCommand = regexp.MustCompile(
	`(?m)^RUN (CGO_ENABLED=0) GOOS=\$TARGETOS GOARCH=\$TARGETARCH (go build .*) -o (\S+) (\S+)$`)

// built is the program, built as for the image, in a directory that TestMain removes.
var built = sync.OnceValues(func() (string, error) {
	text, err := os.ReadFile(containerfile)
	if err != nil {
		return "", err
	}
	program := filepath.Join(buildDir, "ondemand")
	command := buildCommand.FindStringSubmatch(string(text))
	args := append(strings.Fields(command[2])[1:], "-o", program, command[4])
	cmd := exec.Command("go", args...)
	cmd.Dir = "../.."
	cmd.Env = append(os.Environ(), command[1])
	cmd.Stderr = os.Stderr
	return program, cmd.Run()
})

var buildDir string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		panic(err)
	}
	buildDir = dir
	status := m.Run()
	os.RemoveAll(dir)
	os.Exit(status)
}

func build(t *testing.T) string {
	t.Helper()
	program, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return program
}

// TestImage: the image has the program alone, which needs nothing else.
func TestImage(t *testing.T) {
	text, err := os.ReadFile(containerfile)
	if err != nil {
		t.Fatal(err)
	}
	_, image, found := strings.Cut(string(text), "\nFROM scratch\n")
	file := buildCommand.FindStringSubmatch(string(text))[3]
	if want := "COPY --from=build " + file + " " + file + "\nENTRYPOINT [\"" + file + "\"]\n"; !found || image != want {
		t.Errorf("the image has\n%swant\n%s", image, want)
	}
	_, m := readManifest(t)
	if m.container().Command != nil {
		t.Errorf("the manifest has a command, %v", m.container().Command)
	}
	program, err := elf.Open(build(t))
	if err != nil {
		t.Fatal(err)
	}
	defer program.Close()
	for _, segment := range program.Progs {
		if segment.Type == elf.PT_INTERP {
			t.Error("the program is not static")
		}
	}
}

// hostRoot makes a root with an empty module directory of this machine's kernel.
func hostRoot(t *testing.T) string {
	t.Helper()
	release, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		t.Skip(err) // the program runs on Linux only
	}
	root := t.TempDir()
	dir := filepath.Join(root, "lib/modules", strings.TrimSpace(string(release)))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, index := range []string{"dep", "alias", "symbols", "softdep", "builtin"} {
		if err := os.WriteFile(filepath.Join(dir, "modules."+index), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// runOnce has the program serve this machine's devices without loading anything, with a
// policy. It returns what the program said.
func runOnce(t *testing.T, policy string, args ...string) (string, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "policy")
	if err := os.WriteFile(file, []byte(policy), 0o644); err != nil {
		t.Fatal(err)
	}
	args = append(args, "-root="+hostRoot(t), "-config="+file, "-n", "-once")
	said, err := exec.Command(build(t), args...).CombinedOutput()
	return string(said), err
}

// TestPolicy: the program takes the policy, and would not take it with a mistake.
func TestPolicy(t *testing.T) {
	_, m := readManifest(t)
	policy := m.policy.Data[filepath.Base(m.arg("config"))]
	if said, err := runOnce(t, policy); err != nil {
		t.Errorf("%v\n%s", err, said)
	}
	said, err := runOnce(t, policy+"deny everything\n")
	if err == nil || !strings.Contains(said, "deny everything") {
		t.Errorf("a mistake: %v\n%s", err, said)
	}
}
