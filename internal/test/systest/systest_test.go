package systest

import "testing"

func TestUnavailable(t *testing.T) {
	t.Setenv("GOKMOD_REQUIRE_SYSTEST", "")
	var inner *testing.T
	t.Run("inner", func(t *testing.T) {
		inner = t
		unavailable(t, "a reason")
		t.Error("the test went on")
	})
	if !inner.Skipped() || inner.Failed() {
		t.Error("the test was not skipped")
	}
}
