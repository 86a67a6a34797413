//go:build libkmod && cgo

package kmod_test

import (
	"testing"
	"time"

	"github.com/gokmod/gokmod/internal/test/libkmodbench"
)

// The rivals are timed in the same loop as the code of this package, so that other
// load on the machine affects both.

func init() {
	rivalLookup = func(b *testing.B, dir, name string) (lookup func(n int) time.Duration) {
		db := libkmodbench.Open(dir)
		if db == nil {
			b.Fatal("libkmod cannot open ", dir)
		}
		b.Cleanup(db.Close)
		return func(n int) time.Duration {
			start := time.Now()
			if db.Lookup(name, n) < n {
				b.Fatal("libkmod does not find ", name)
			}
			return time.Since(start)
		}
	}
	rivalCold = func(b *testing.B, dir, name string) time.Duration {
		start := time.Now()
		if libkmodbench.Cold(dir, name) < 2 {
			b.Fatal("libkmod does not find ", name)
		}
		return time.Since(start)
	}
}
