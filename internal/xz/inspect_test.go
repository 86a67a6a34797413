package xz

import (
	"errors"
	"reflect"
	"testing"
)

func TestInspect(t *testing.T) {
	lzma2 := Filter{ID: FilterLZMA2, DictSize: 1 << 20}
	for _, tt := range []struct {
		name string
		src  []byte
		want Info
	}{
		{"plain", file(CheckCRC32, header(0, 0x21, 1, 16)...),
			Info{CheckCRC32, 1 << 20, []Filter{lzma2}}},
		{"x86", file(CheckNone, header(1, 0x04, 0, 0x21, 1, 16)...),
			Info{CheckNone, 1 << 20, []Filter{{ID: FilterX86}, lzma2}}},
		{"x86 elsewhere", file(CheckNone, header(1, 0x04, 4, 0, 16, 0, 0, 0x21, 1, 16)...),
			Info{CheckNone, 1 << 20, []Filter{{ID: FilterX86, StartOffset: 0x1000}, lzma2}}},
		{"unknown check, and delta", file(2, header(1, 0x03, 1, 7, 0x21, 1, 16)...),
			Info{2, 1 << 20, []Filter{{ID: FilterDelta, Distance: 8}, lzma2}}},
		{"four filters", file(CheckCRC32, header(3, 0x0B, 4, 2, 0, 0, 0, 0x7E, 1, 9, 0x06, 0, 0x21, 1, 16)...),
			Info{CheckCRC32, 1 << 20, []Filter{{ID: FilterRISCV, StartOffset: 2}, {ID: 0x7E}, {ID: FilterIA64}, lzma2}}},
		{"largest dictionary", file(CheckCRC64, header(0, 0x21, 1, 40)...),
			Info{CheckCRC64, 1<<32 - 1, []Filter{{ID: FilterLZMA2, DictSize: 1<<32 - 1}}}},
		{"no blocks", file(CheckSHA256, 0),
			Info{Check: CheckSHA256}},
	} {
		got, err := Inspect(tt.src)
		if err != nil || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: %+v, %v, want %+v", tt.name, got, err, tt.want)
		}
	}
	cut := file(CheckCRC32, header(0, 0x21, 1, 16)...)
	if _, err := Inspect(cut[:len(cut)-1]); !errors.Is(err, ErrCorrupt) {
		t.Errorf("cut block header: error %v", err)
	}
}

func TestDictSize(t *testing.T) {
	for bits, want := range map[byte]uint32{0: 4 << 10, 1: 6 << 10, 16: 1 << 20, 17: 3 << 19, 39: 3 << 30, 40: 1<<32 - 1} {
		if got := dictSize(bits); got != want {
			t.Errorf("dictSize(%d) = %d, want %d", bits, got, want)
		}
	}
}
