package modfile

import (
	"testing"
	"testing/synctest"

	"github.com/gokmod/gokmod/internal/test/modtest"
)

// inRoom returns a file in memory that is unpacked in a room.
func inRoom(data []byte, r *Room) *File {
	f := NewBytes(data, 0)
	f.Within(r)
	return f
}

// TestRoom: only a file that is being unpacked or has a large image keeps others out.
func TestRoom(t *testing.T) {
	large := make([]byte, maxPooled+1)
	for name, test := range map[string]struct {
		first []byte
		use   func(*File)
		waits bool
	}{
		"small":             {large[:maxPooled], func(f *File) { f.Image() }, false},
		"large":             {large, func(f *File) { f.Image() }, true},
		"large, twice":      {large, func(f *File) { f.Image(); f.Image() }, true},
		"large, then small": {large, func(f *File) { f.Image(); f.Replace(content); f.Image() }, true},
		"large, not copied": {large, func(f *File) { f.Content() }, false},
		"damaged":           {modtest.StoredXZ(content)[:100], func(f *File) { f.Image() }, false},
		"never asked":       {large, func(*File) {}, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				room := NewRoom(1)
				f := inRoom(test.first, room)
				test.use(f)
				done := false
				go func() {
					if image, err := inRoom(packed, room).Image(); err != nil || len(image.Bytes) != len(content) {
						t.Errorf("%d bytes, %v", len(image.Bytes), err)
					}
					done = true
				}()
				synctest.Wait()
				if done == test.waits {
					t.Errorf("the second file was unpacked: %v", done)
				}
				f.Close()
				synctest.Wait()
				if !done {
					t.Error("the second file was not unpacked after the first was closed")
				}
				f.Close()
				if len(room.places) != 0 {
					t.Errorf("%d places are taken", len(room.places))
				}
			})
		})
	}
}
