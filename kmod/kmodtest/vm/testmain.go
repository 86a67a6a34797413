package vm

import "testing"

// Main is the TestMain of a package with guest tests. In a guest it does what
// [Start] does; elsewhere it runs the tests and exits.
func Main(m *testing.M) {
	Start(m.Run)
}

// RequireGuest skips a test that only makes sense in a guest. Name such tests
// TestGuest… so that [RunGuestTests] runs them there.
func RequireGuest(tb testing.TB) {
	tb.Helper()
	if !InGuest() {
		tb.Skip("runs only in a virtual machine of kmod/kmodtest/vm")
	}
}
