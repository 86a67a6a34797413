// Package api holds no code, only the tests that keep what users see: the exported
// API, which testdata/api.txt lists, and the Go code of README.md, which compiles.
package api
