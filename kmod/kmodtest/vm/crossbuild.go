package vm

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// buildTests builds the tests of the package that is being tested for another
// architecture, and returns the path of the program. "go test" runs tests in the
// directory of their package.
func buildTests(tb testing.TB, arch string) (string, error) {
	name := filepath.Join(tb.TempDir(), "tests-"+arch)
	cmd := exec.CommandContext(tb.Context(), "go", "test", "-c", "-o", name, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+arch)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("vm: build the tests for %s: %w\n%s", arch, err, out)
	}
	return name, nil
}
