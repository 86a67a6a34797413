package modconf

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

// TestRoundTrip writes and reads random configurations, and writes them again
// the same.
func TestRoundTrip(t *testing.T) {
	g := newGenerator(3)
	for range rounds(2000) {
		src := Sources{Files: []File{{"a", g.text()}, {"b", strings.ReplaceAll(g.text(), "\n", "\r\n")}}, Cmdline: g.cmdline()}
		c := Read(src)
		written := text(t, c)
		again := Read(Sources{Files: []File{{"f", written}}})
		if !reflect.DeepEqual(withoutOrigins(again), withoutOrigins(c)) || len(again.Warnings) > 0 || text(t, again) != written {
			t.Fatalf("of %q\nis written %q\nbut read back %q, %v", src, written, text(t, again), again.Warnings)
		}
	}
}

// TestWriteError: WriteTo stops at the first error and counts the bytes
// written.
func TestWriteError(t *testing.T) {
	c := Read(Sources{Files: []File{{"f", strings.Repeat("blacklist a\n", 10000)}}})
	for _, room := range []int{0, 1, 5000, 119999} {
		if n, err := c.WriteTo(&fullDisk{room}); n != int64(room) || err != errFull {
			t.Errorf("with room for %d: %d, %v", room, n, err)
		}
	}
}

var errFull = errors.New("no space left")

type fullDisk struct{ room int }

func (d *fullDisk) Write(p []byte) (int, error) {
	n := min(len(p), d.room)
	d.room -= n
	if n < len(p) {
		return n, errFull
	}
	return n, nil
}
