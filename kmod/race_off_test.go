//go:build !race

package kmod_test

// raceEnabled: the tests run with the race detector.
const raceEnabled = false
