package modtest

// TB is the part of testing.TB used here. An interface of its own keeps package
// testing, with its flags, out of programs that build modules.
type TB interface {
	Helper()
	TempDir() string
	Fatal(args ...any)
}
