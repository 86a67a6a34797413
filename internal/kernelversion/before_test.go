package kernelversion

import "testing"

func TestBefore(t *testing.T) {
	for release, want := range map[string]bool{
		"5.12": true, "5.12.19-generic": true, "5.12-rc1": true, "4.19": true, "5.2+": true,
		"5.1-rc1": true, "3.16.0-4": true,
		"5.13": false, "5.13.0": false, "5.100": false, "6.1": false, "10.0": false,
		"": false, "5": false, "5.": false, "5.x": false, "v5.1": false, ".1": false, ".": false, "a.b": false, "-1.": false,
		"5.99999999999999999999": false,
	} {
		if got := Before(release, 5, 13); got != want {
			t.Errorf("%q: %v", release, got)
		}
	}
}
