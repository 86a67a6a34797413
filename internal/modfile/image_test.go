package modfile

import (
	"testing"

	"github.com/gokmod/gokmod/internal/test/modtest"
)

// TestPool: images reuse the memory of earlier ones, unless they are large.
func TestPool(t *testing.T) {
	f := NewBytes(packed, 0)
	read := func() {
		image, err := f.Image()
		if err != nil {
			t.Fatal(err)
		}
		image.Release()
	}
	least := uint64(len(content))
	for range 10 { // a pool may lose its contents
		least = min(least, modtest.Allocated(read))
	}
	if least > uint64(len(content)/2) {
		t.Errorf("%d bytes are allocated for each image", least)
	}
}

// TestRelease: memory that is not from the pool is not given to others, nor is
// memory released twice.
func TestRelease(t *testing.T) {
	image := Image{Bytes: content}
	image.Release()
	image.Release()
	large, err := NewBytes(make([]byte, maxPooled+1), 0).Image()
	if err != nil {
		t.Fatal(err)
	}
	large.Release()
	for range 10 {
		if mem := pool.Get().(*[]byte); cap(*mem) > maxPooled || len(*mem) > 0 && &(*mem)[0] == &content[0] {
			t.Fatalf("the pool has memory of %d bytes", cap(*mem))
		}
	}
}
