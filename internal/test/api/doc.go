// Package api holds no code, only the tests that keep what users see: the exported
// API, which testdata/api.txt lists, and the Go code in README.md and in the
// documentation of packages, which compiles.
package api
