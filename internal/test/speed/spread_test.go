package main

import "testing"

func TestSpread(t *testing.T) {
	for _, test := range []struct {
		values []float64
		want   string
	}{
		{[]float64{0.5}, "0.50"},
		{[]float64{0.501, 0.5, 0.502}, "0.50"},
		{[]float64{4, 1, 3, 2, 5}, "3.00 (2.00–4.00)"},
		{[]float64{0.02, 0.03}, "0.025 (0.022–0.028)"},
	} {
		if got := spread(test.values); got != test.want {
			t.Errorf("%v: %s, want %s", test.values, got, test.want)
		}
	}
}

func TestFormat(t *testing.T) {
	for _, test := range []struct {
		unit  unit
		value float64
		want  string
	}{
		{seconds, 12.34, "12.3 s"}, {seconds, 0.1867, "187 ms"}, {seconds, 58.24e-6, "58.2 µs"},
		{seconds, 2.5e-7, "250 ns"}, {seconds, 0, "0.00 ns"}, {octets, 5.6e6, "5.60 MB"}, {octets, 900, "900 B"},
	} {
		if got := test.unit.format(test.value); got != test.want {
			t.Errorf("%v: %s, want %s", test.value, got, test.want)
		}
	}
}

func TestThousands(t *testing.T) {
	for n, want := range map[int]string{7: "7", 2000: "2,000", 128000: "128,000", 1234567: "1,234,567"} {
		if got := thousands(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}
