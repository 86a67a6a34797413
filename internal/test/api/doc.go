// Package api has no code, only the tests that preserve what users see: the
// exported API, which testdata/api.txt lists, and the Go code in README.md and in
// the documentation of packages, which must compile.
package api
