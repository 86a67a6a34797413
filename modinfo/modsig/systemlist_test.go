package modsig

import (
	"bytes"
	"encoding/binary"
	"slices"
	"testing"
)

// TestListBegin: numbers tell where the last certificates of a run begin, counted from
// their end or from the numbers.
func TestListBegin(t *testing.T) {
	run := certificateRun{from: 100, to: 160, ends: []int{120, 130, 160}}
	const none = -1
	for _, test := range []struct {
		at     int
		length uint64
		want   int
	}{
		{160, 60, 100}, {160, 40, 120}, {160, 30, 130}, {160, 0, none}, {160, 61, none}, {160, 50, none}, {160, 1, none},
		{160, 1<<64 - 1, none}, {160, 1 << 63, none}, {160, 29, none}, {160, 31, none},
		{168, 60, 100}, {168, 68, 100}, {168, 48, 120}, {168, 38, 130}, {168, 8, none}, {168, 69, none}, {168, 9, none},
		{415, 315, 100}, {416, 316, none}, {416, 60, 100}, {415, 295, 120}, {417, 317, none}, {415, 255, none},
	} {
		from, ok := run.begin(test.at, test.length)
		if ok != (test.want != none) || ok && from != test.want || !ok && from != 0 {
			t.Errorf("%d bytes, told at %d: they begin at %d, %v, want %d", test.length, test.at, from, ok, test.want)
		}
	}
	for _, test := range []struct {
		length, first uint64
		want          int
	}{
		{60, 20, 100}, {60, 30, 100}, {60, 60, 100}, {60, 61, none}, {60, 0, none}, {60, 10, none}, {60, 1 << 63, none},
		{40, 10, 120}, {40, 40, 120}, {40, 20, none}, {40, 41, none}, {30, 30, 130}, {0, 0, none}, {50, 10, none},
	} {
		from, ok := run.list(160, test.length, test.first)
		if ok != (test.want != none) || ok && from != test.want {
			t.Errorf("%d bytes, the first %d: they begin at %d, %v, want %d", test.length, test.first, from, ok, test.want)
		}
	}
}

// TestListNumbers: the numbers are read at their place, in either size and order, up to
// the end of the image.
func TestListNumbers(t *testing.T) {
	run := certificateRun{from: 100, to: 160, ends: []int{120, 130, 160}}
	put := func(image []byte, at, size int, order binary.ByteOrder, n int) {
		if size == 4 {
			order.PutUint32(image[at:], uint32(n))
		} else {
			order.PutUint64(image[at:], uint64(n))
		}
	}
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		for _, size := range []int{4, 8} {
			for _, distance := range []int{size, 8, 256} {
				const at = 168
				end := at + distance + size
				image := bytes.Repeat([]byte{0xee}, end+10)
				put(image, at, size, order, 60)
				put(image, at+distance, size, order, 20)
				for cut, want := range map[int]bool{end + 10: true, end: true, end - 1: false} {
					run.image = image[:cut]
					if from, ok := run.pair(at, size, order); ok != want || ok && from != 100 {
						t.Errorf("%d bytes, %v, %d apart, in %d bytes: %d, %v", size, order, distance, cut, from, ok)
					}
				}
				run.image = image
				if _, ok := run.pair(at+1, size, order); ok {
					t.Errorf("%d bytes, %v, %d apart: found at the wrong place", size, order, distance)
				}
				for cut, want := range map[int]bool{end: true, at + size: true, at + size - 1: false, at: false} {
					run.image = image[:cut]
					if from, ok := run.single(at, size, order); ok != want || ok && from != 100 {
						t.Errorf("one number of %d bytes, %v, in %d bytes: %d, %v", size, order, cut, from, ok)
					}
				}
			}
		}
	}
}

// TestListPlaces: numbers are aligned to 8 or 256 bytes, and may follow room for one
// more certificate.
func TestListPlaces(t *testing.T) {
	const size = 3 << 20
	for _, test := range []struct {
		to, first int // first is where something stands behind the certificates, 0 for nothing
		want      []int
	}{
		{161, 0, []int{168, 256}}, {160, 0, []int{160, 256}}, {256, 0, []int{256, 256}}, {257, 0, []int{264, 512}},
		{161, 1003, []int{168, 256, 1000, 1000, 1008, 1024}},
		{161, 1004, []int{168, 256, 1000, 1004, 1008, 1024}},
		{161, 1008, []int{168, 256, 1008, 1008, 1016, 1024}},
		{161, 1020, []int{168, 256, 1016, 1020, 1024, 1024}},
		{161, 1021, []int{168, 256, 1016, 1020, 1024, 1024}},
		{161, 1024, []int{168, 256, 1024, 1024, 1032, 1280}},
		{160, 160, []int{160, 256, 160, 160, 168, 256}},
		{160, 159 + maxReserved, []int{160, 256, (159 + maxReserved) &^ 7, 156 + maxReserved, 160 + maxReserved,
			256 + maxReserved}},
		{160, 160 + maxReserved, []int{160, 256}},
		{size, 0, []int{size, size}},
	} {
		image := make([]byte, size)
		if test.first > 0 {
			image[test.first] = 1
		}
		if got := (certificateRun{image: image, to: test.to}).places(); !slices.Equal(got, test.want) {
			t.Errorf("behind %d, something at %d: %v, want %v", test.to, test.first, got, test.want)
		}
	}
}
