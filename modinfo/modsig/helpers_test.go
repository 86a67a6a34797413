package modsig_test

import (
	"bytes"
	"compress/gzip"
	"runtime"
	"testing"
)

func compress(t testing.TB, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write(data)
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// allocated is how many bytes f allocates; others that do so at the same time are
// left out of the count as far as that can be done.
func allocated(f func()) int {
	var before, after runtime.MemStats
	least := 1 << 62
	for range 3 {
		runtime.ReadMemStats(&before)
		f()
		runtime.ReadMemStats(&after)
		least = min(least, int(after.TotalAlloc-before.TotalAlloc))
	}
	return least
}
