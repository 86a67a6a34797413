package modtest

// TB is what the functions here need of a testing.TB. Naming it keeps package
// testing, with its flags, out of programs that build modules.
type TB interface {
	Helper()
	TempDir() string
	Fatal(args ...any)
}
