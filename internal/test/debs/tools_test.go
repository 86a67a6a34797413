package debs

import (
	"strings"
	"testing"
)

func TestHostToolFailureShowsOutput(t *testing.T) {
	var seen strings.Builder
	run := HostTools(&seen)
	if _, err := LookTool("sh"); err != nil {
		t.Skip("needs sh")
	}
	_, err := run(t.Context(), t.TempDir(), "sh", "-c", "echo some; echo reason >&2; exit 3")
	if err == nil || !strings.Contains(err.Error(), "exit status 3") || !strings.Contains(err.Error(), "reason") {
		t.Errorf("error %v does not say why", err)
	}
	if !strings.Contains(seen.String(), "some\n") {
		t.Errorf("progress %q", seen.String())
	}
	if _, err := run(t.Context(), "", "no-such-tool-here"); err == nil {
		t.Error("a missing tool runs")
	}
}
