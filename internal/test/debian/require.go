package debian

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/test/debs"
	"github.com/gokmod/gokmod/kmod/kmodtest/vm"
)

// Unavailable ends a test that cannot have a system: it skips, or fails if virtual
// machines are required.
func Unavailable(t testing.TB, err error) {
	t.Helper()
	if os.Getenv("GOKMOD_REQUIRE_VM") == "1" && !errors.Is(err, debs.ErrNotServed) {
		t.Fatalf("GOKMOD_REQUIRE_VM=1 is set, but: %v", err)
	}
	t.Skip(err)
}

// Available returns the reason why this machine cannot make and boot a root, or nil.
func Available(ctx context.Context) error {
	if err := vm.Available(); err != nil {
		return err
	}
	if os.Getuid() != 0 {
		return errors.New("a root file system of Debian can be made by root only")
	}
	for _, tool := range []string{"debootstrap", "mke2fs", "apt-get", "chroot", "mount", "cp"} {
		if _, err := debs.LookTool(tool); err != nil {
			return err
		}
	}
	if err := isolated(ctx, "", "true").Run(); err != nil {
		return fmt.Errorf("namespaces cannot be made here: %w", err)
	}
	return nil
}

// HostSuite returns the suite of this machine, such as bookworm.
func HostSuite() (string, error) {
	release, err := os.ReadFile("/etc/os-release")
	if err != nil {
		return "", err
	}
	return suiteOf(string(release))
}

// suiteOf returns the suite of Debian in an os-release(5) file.
func suiteOf(release string) (string, error) {
	suite, debian := "", false
	for line := range strings.Lines(release) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		switch value = strings.Trim(value, `"'`); key {
		case "ID":
			debian = value == "debian"
		case "VERSION_CODENAME":
			suite = value
		}
	}
	if !debian || suite == "" {
		return "", fmt.Errorf("this machine does not run a release of Debian: %w", debs.ErrNotServed)
	}
	return suite, nil
}
