package main

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// TestStart: before main, nothing is made by this module's packages, in whatever tool they
// are: no maps, and no texts that are put together. The runtime says what each package has
// allocated, in the order in which it initialized them: the stack grows before the first
// that needs it.
func TestStart(t *testing.T) {
	cmd := exec.Command(build(t), "-V")
	cmd.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	var trace strings.Builder
	cmd.Stderr = &trace
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	grown := strings.Index(trace.String(), "kmod/stack @")
	if need := strings.Index(trace.String(), "internal/godebug @"); grown < 0 || grown > need {
		t.Errorf("the stack does not grow first:\n%s", &trace)
	}
	ours, line := 0, regexp.MustCompile(`^init (\S+) @.* (\d+) bytes, (\d+) allocs$`)
	for text := range strings.Lines(trace.String()) {
		found := line.FindStringSubmatch(strings.TrimSpace(text))
		if found == nil || found[1] != "main" && !strings.HasPrefix(found[1], "github.com/gokmod/") {
			continue
		}
		if ours++; found[3] != "0" {
			t.Errorf("package %s allocates %s bytes in %s pieces", found[1], found[2], found[3])
		}
	}
	if ours < 3 {
		t.Errorf("the runtime says nothing of %d packages:\n%s", ours, &trace)
	}
}
