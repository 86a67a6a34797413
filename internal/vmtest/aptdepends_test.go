package vmtest

import "testing"

func TestParseDepends(t *testing.T) {
	tests := []struct{ name, listing, image, release string }{
		{
			name:    "meta package",
			listing: "linux-image-amd64\n  Depends: linux-image-6.1.0-56-amd64\n",
			image:   "linux-image-6.1.0-56-amd64",
			release: "6.1.0-56-amd64",
		},
		{
			name:    "release with a plus",
			listing: "linux-image-6.12-amd64\n  Depends: linux-image-6.12.117+deb12-amd64\n",
			image:   "linux-image-6.12.117+deb12-amd64",
			release: "6.12.117+deb12-amd64",
		},
		{
			name: "other lines",
			listing: "x\n PreDepends: linux-image-1\n |Depends: kmod\n  Depends: <linux-image-virtual>\n" +
				"    linux-image-2.0-other\n  Recommends: linux-image-3\n |Depends: linux-image-4.0-amd64\n  Depends: linux-image-5.0\n",
			image:   "linux-image-4.0-amd64",
			release: "4.0-amd64",
		},
		{name: "empty"},
		{name: "no dependency", listing: "linux-image-amd64\n"},
		{name: "path in the name", listing: "x\n  Depends: linux-image-6/../..\n"},
		{name: "another meta package", listing: "x\n  Depends: linux-image-amd64\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			image, release, err := parseDepends("x", []byte(test.listing))
			if (err != nil) != (test.image == "") {
				t.Fatalf("error %v", err)
			}
			if err == nil && (image != test.image || release != test.release) {
				t.Errorf("got %q, %q, want %q, %q", image, release, test.image, test.release)
			}
		})
	}
}
