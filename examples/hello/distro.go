package main

import (
	"bufio"
	"bytes"
	"slices"
	"strings"
)

// distro is a family of distributions with apt, with the names of its packages.
type distro struct {
	name string

	// image and headers are the packages that stand for the current kernel
	// and its headers.
	image, headers string
}

// distros are the families; derived ones come before those that they derive
// from.
var distros = [...]distro{
	{"ubuntu", "linux-image-generic", "linux-headers-generic"},
	{"debian", "linux-image-amd64", "linux-headers-amd64"},
}

// chooseDistro finds the family from the contents of /etc/os-release; see
// os-release(5). nil means none of them.
func chooseDistro(osRelease []byte) *distro {
	ids := strings.Fields(osReleaseValue(osRelease, "ID") + " " + osReleaseValue(osRelease, "ID_LIKE"))
	for i := range distros {
		if slices.Contains(ids, distros[i].name) {
			return &distros[i]
		}
	}
	return nil
}

// osReleaseValue returns the value of a key, without quotes.
func osReleaseValue(osRelease []byte, key string) string {
	lines := bufio.NewScanner(bytes.NewReader(osRelease))
	for lines.Scan() {
		if value, ok := strings.CutPrefix(lines.Text(), key+"="); ok {
			return strings.Trim(strings.TrimSpace(value), `"'`)
		}
	}
	return ""
}

// headersPackage returns the package with the headers of a release or, without
// a release, of the current kernel. Both families use the same name.
func (d *distro) headersPackage(release string) string {
	if release == "" {
		return d.headers
	}
	return "linux-headers-" + release
}
