package vm

import (
	"context"
	"slices"
	"testing"

	"github.com/gokmod/gokmod/internal/test/debs"
)

// listsOf are package lists for which apt-cache gives this answer.
func listsOf(listing string) *debs.Lists {
	return debs.NewLists(debs.Package{}, "", func(context.Context, string, string, ...string) ([]byte, error) {
		return []byte(listing), nil
	})
}

func TestFindImage(t *testing.T) {
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
			name: "Ubuntu 24.04",
			listing: "linux-image-generic\n  Depends: linux-image-6.8.0-151-generic\n" +
				"  Depends: linux-modules-extra-6.8.0-151-generic\n  Depends: linux-firmware\n" +
				"    linux-firmware-minimal\n  Depends: intel-microcode\n  Recommends: thermald\n",
			image:   "linux-image-6.8.0-151-generic",
			release: "6.8.0-151-generic",
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
			image, release, err := currentImage(t.Context(), listsOf(test.listing), "x")
			if (err != nil) != (test.image == "") {
				t.Fatalf("error %v", err)
			}
			if err == nil && (image != test.image || release != test.release) {
				t.Errorf("got %q, %q, want %q, %q", image, release, test.image, test.release)
			}
		})
	}
}

func TestFindParts(t *testing.T) {
	const release = "6.8.0-151-generic"
	tests := []struct {
		name, listing string
		want          []string
	}{
		{"nothing", "", nil},
		{"all in one", "  Depends: kmod\n  Depends: linux-base\n |Depends: initramfs-tools\n", nil},
		{
			"Ubuntu 24.04, modules apart",
			"linux-image-" + release + "\n  Depends: kmod\n  Depends: linux-base\n  Depends: linux-modules-" + release +
				"\n  Conflicts: linux-image-unsigned-" + release + "\n |Recommends: grub-pc\n  Recommends: <lilo>\n" +
				"  Suggests: <linux-tools>\n    linux-tools-generic\n  Suggests: linux-modules-extra-" + release + "\n",
			[]string{"linux-modules-" + release},
		},
		{
			"several parts, one twice",
			" |Depends: linux-binary-" + release + "\n  Depends: linux-modules-" + release + "\n  Depends: linux-binary-" + release + "\n",
			[]string{"linux-binary-" + release, "linux-modules-" + release},
		},
		{"itself and others", "  Depends: linux-image-" + release + "\n  Depends: x-" + release + "\n", nil},
		{"another release", "  Depends: linux-modules-6.8.0-150-generic\n", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			names, err := listsOf(test.listing).Depends(t.Context(), "x")
			if err != nil {
				t.Fatal(err)
			}
			if got := findParts("linux-image-"+release, release, names); !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
