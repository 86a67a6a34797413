package vmtest

import (
	"bufio"
	"bytes"
	"fmt"
	"strings"
)

// imagePrefix starts the names of Debian's kernel packages; the release
// follows.
const imagePrefix = "linux-image-"

// parseDepends finds in the output of `apt-cache depends PKG` the real kernel
// package that a meta package stands for, and the kernel's release.
func parseDepends(pkg string, listing []byte) (image, release string, err error) {
	lines := bufio.NewScanner(bytes.NewReader(listing))
	for lines.Scan() {
		kind, name, ok := strings.Cut(strings.TrimSpace(lines.Text()), ":")
		if !ok || strings.TrimPrefix(kind, "|") != "Depends" {
			continue
		}
		image = strings.TrimSpace(name)
		release, ok = strings.CutPrefix(image, imagePrefix)
		if ok && isRelease(release) {
			return image, release, nil
		}
	}
	return "", "", fmt.Errorf("apt-cache knows no kernel that %s depends on", pkg)
}

// isRelease reports whether a name is plausible as a kernel release and safe
// as the name of a folder.
func isRelease(name string) bool {
	return name != "" && name[0] >= '0' && name[0] <= '9' && !strings.ContainsAny(name, "/ <>")
}
