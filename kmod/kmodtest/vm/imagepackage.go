package vm

import (
	"fmt"
	"slices"
	"strings"
)

// imagePrefix starts the names of kernel packages; the release follows.
const imagePrefix = "linux-image-"

// findImage finds, among the dependencies of a meta package, the kernel package
// that it stands for, and the kernel's release.
func findImage(pkg string, names []string) (image, release string, err error) {
	for _, image := range names {
		release, ok := strings.CutPrefix(image, imagePrefix)
		if ok && isRelease(release) {
			return image, release, nil
		}
	}
	return "", "", fmt.Errorf("apt-cache lists no kernel that %s depends on", pkg)
}

// findParts finds, among the dependencies of an image, the packages with other
// parts of the same kernel, such as the modules: those with the same release in
// their names.
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

// isRelease reports whether a name can be a kernel release and is safe as the
// name of a directory.
func isRelease(name string) bool {
	return name != "" && name[0] >= '0' && name[0] <= '9' && !strings.ContainsAny(name, "/ <>")
}
