package main

import (
	"strings"
	"testing"
)

func TestCells(t *testing.T) {
	time := quantity{name: "time", unit: seconds, ours: []float64{1, 2, 3}, note: "3 calls",
		peers: []series{{"kmod 30", []float64{2, 4, 6}}, {"kmod 34.2", []float64{1, 4, 12}}}}
	memory := quantity{name: "memory", unit: octets, ours: []float64{3e6},
		peers: []series{{"kmod 30", []float64{2e6}}, {"kmod 34.2", []float64{3e6}}}}
	serial := quantity{name: "serial", unit: seconds, ours: []float64{4}, peers: time.peers[:1]}
	for _, test := range []struct {
		m    measurement
		want string
	}{
		{measurement{"a", []quantity{time, memory}, false},
			"| a: time, memory | 2.00 s (3 calls), 3.00 MB | kmod 30: 4.00 s, 2.00 MB; kmod 34.2: 4.00 s, 3.00 MB" +
				" | 0.50, 1.50; 0.50 (0.38–0.75), 1.00 |\n"},
		{measurement{"b", []quantity{time, serial}, true},
			"| b: time, serial | 2.00 s (3 calls), 4.00 s | kmod 30: 4.00 s; kmod 34.2: 4.00 s" +
				" | 0.50, 2.00; 0.50 (0.38–0.75) |\n"},
		{measurement{"c", []quantity{{unit: octets, ours: []float64{5e3}}}, false}, "| c | 5.00 KB |  |  |\n"},
	} {
		if got := tableLine(test.m.cells()...); got != test.want {
			t.Errorf("got\n%swant\n%s", got, test.want)
		}
	}
}

func TestWrap(t *testing.T) {
	word := strings.Repeat("é", 39)
	if got, want := wrap(strings.Repeat(word+" ", 4)), word+" "+word+" "+word+"\n"+word+"\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
