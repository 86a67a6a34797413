package modconf

import "testing"

func TestKernels(t *testing.T) {
	const release = "6.1.0-56-amd64"
	for expr, want := range map[Kernels]bool{
		"*": true, "6.1": true, "6x1": false, "amd64": true, "AMD64": false, "^6": true, "^1": false, "64$": true, "^6[.]1[.]0": true,
		"5|6": true, "(5|7)[.]": false, ".*": true, "": true, "()": true, "[[:digit:]]+-": true, "[[:upper:]]": false, "a?md": true,
		"[^0-9.a-z-]": false, "[]6]": true, "[.-]56": true, `6\.1`: true, `1\-`: false, `0\-`: true, `[\.]1`: true, `[\]`: false, `[^\]5`: true,
		"0{1}": true, "0{2}": false, "[0-9]{2}": true, "[a-z]{4,}": false, "[a-z]{1,2}d": true, "0{0,1}-": true,
		"(6)[.](1)": true, "6**": true, "9*+6": true, "a||6": true, "x||": true,
		"(6": false, "6[": false, "*6": false,
	} {
		if got := expr.Match(release); got != want {
			t.Errorf("%q matches: %v", expr, got)
		}
	}
}
