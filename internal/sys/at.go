package sys

import (
	"os"
	"path/filepath"
	"strings"
)

// pathAt is the path of what a name means to a process whose working directory
// is dir. It is not cleaned, since ".." behind a symbolic link leads elsewhere.
func pathAt(dir *os.File, name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return strings.TrimRight(dir.Name(), "/") + "/" + name
}
