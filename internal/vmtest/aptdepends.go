package vmtest

import (
	"bufio"
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// imagePrefix starts the names of kernel packages; the release
// follows.
const imagePrefix = "linux-image-"

// parseDepends finds in the output of `apt-cache depends PKG` the real kernel
// package that a meta package stands for, and the kernel's release.
func parseDepends(pkg string, listing []byte) (image, release string, err error) {
	for _, image := range dependNames(listing) {
		release, ok := strings.CutPrefix(image, imagePrefix)
		if ok && isRelease(release) {
			return image, release, nil
		}
	}
	return "", "", fmt.Errorf("apt-cache knows no kernel that %s depends on", pkg)
}

// parseParts finds in the output of `apt-cache depends IMAGE` the packages that
// hold other parts of the same kernel, in Ubuntu the modules: those that a
// release names like the image.
func parseParts(image, release string, listing []byte) []string {
	var parts []string
	for _, name := range dependNames(listing) {
		part, ok := strings.CutSuffix(name, "-"+release)
		if ok && name != image && strings.HasPrefix(part, "linux-") && !slices.Contains(parts, name) {
			parts = append(parts, name)
		}
	}
	return parts
}

// dependNames returns the names that a listing of apt-cache has as
// dependencies, alternatives included.
func dependNames(listing []byte) []string {
	var names []string
	lines := bufio.NewScanner(bytes.NewReader(listing))
	for lines.Scan() {
		kind, name, ok := strings.Cut(strings.TrimSpace(lines.Text()), ":")
		if ok && strings.TrimPrefix(kind, "|") == "Depends" {
			names = append(names, strings.TrimSpace(name))
		}
	}
	return names
}

// isRelease reports whether a name is plausible as a kernel release and safe
// as the name of a folder.
func isRelease(name string) bool {
	return name != "" && name[0] >= '0' && name[0] <= '9' && !strings.ContainsAny(name, "/ <>")
}
