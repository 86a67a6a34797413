package sys

import (
	"os"
	"path/filepath"
	"strings"
)

// pathAt returns the path of a name as a process with the working directory dir
// resolves it. It is not cleaned, since ".." after a symbolic link leads
// elsewhere.
func pathAt(dir *os.File, name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return strings.TrimRight(dir.Name(), "/") + "/" + name
}
