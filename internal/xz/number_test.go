package xz

import "testing"

func TestNumber(t *testing.T) {
	for _, tt := range []struct {
		in string
		v  int64
		n  int
	}{
		{"\x00", 0, 1},
		{"\x7F", 127, 1},
		{"\x80\x01", 128, 2},
		{"\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7F", maxNumber, 9},
		{"\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01", 0, -1},
		{"\x80\x00", 0, -1},
		{"\x80", 0, 0},
		{"", 0, 0},
	} {
		if v, n := number([]byte(tt.in)); n != tt.n || n > 0 && v != tt.v {
			t.Errorf("number(%q) = %d, %d, want %d, %d", tt.in, v, n, tt.v, tt.n)
		}
	}
}
