//go:build !linux || !amd64

package systest

import "testing"

func run(tb testing.TB, _ Command, _ Handler) (stdout, stderr []byte, exit int) {
	tb.Helper()
	unavailable(tb, "only linux/amd64 is supported")
	return nil, nil, -1
}
