package vmtest

import (
	"fmt"
	"slices"
	"strings"
)

// imagePrefix starts the names of kernel packages; the release
// follows.
const imagePrefix = "linux-image-"

// findImage finds among the names on which a meta package depends the real
// kernel package that it stands for, and the kernel's release.
func findImage(pkg string, names []string) (image, release string, err error) {
	for _, image := range names {
		release, ok := strings.CutPrefix(image, imagePrefix)
		if ok && isRelease(release) {
			return image, release, nil
		}
	}
	return "", "", fmt.Errorf("apt-cache knows no kernel that %s depends on", pkg)
}

// findParts finds among the names on which an image depends the packages that
// hold other parts of the same kernel, such as the modules: those that a release
// names like the image.
func findParts(image, release string, names []string) []string {
	var parts []string
	for _, name := range names {
		part, ok := strings.CutSuffix(name, "-"+release)
		if ok && name != image && strings.HasPrefix(part, "linux-") && !slices.Contains(parts, name) {
			parts = append(parts, name)
		}
	}
	return parts
}

// isRelease reports whether a name is plausible as a kernel release and safe
// as the name of a directory.
func isRelease(name string) bool {
	return name != "" && name[0] >= '0' && name[0] <= '9' && !strings.ContainsAny(name, "/ <>")
}
