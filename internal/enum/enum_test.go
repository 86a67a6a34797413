package enum

import "testing"

type color uint8

var colors = []string{"red", "green"}

func TestEnum(t *testing.T) {
	for k, want := range map[color]string{0: "red", 1: "green", 2: "color 2", 255: "color 255"} {
		if got := Name(k, colors, "color"); got != want {
			t.Errorf("%d is %q, want %q", uint8(k), got, want)
		}
	}
	for text, want := range map[string]color{"red": 0, "green": 1, "color 2": 7, "": 7} {
		k := color(7)
		if err := Parse(&k, colors, []byte(text), "color"); k != want || (err == nil) != (want < 2) {
			t.Errorf("%q is %d, %v", text, k, err)
		}
	}
}
