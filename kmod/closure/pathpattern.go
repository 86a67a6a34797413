package closure

import (
	"strings"

	"github.com/gokmod/gokmod/internal/glob"
	"github.com/gokmod/gokmod/internal/modname"
)

// matchPath compares the path of a module file with a pattern of
// [Selection.Path].
func matchPath(pattern, path string) bool {
	if matchParts(strings.Split(pattern, "/"), strings.Split(path, "/")) {
		return true
	}
	ext := modname.Ext(path)
	stem := strings.TrimSuffix(path, ext)
	return ext != "" && matchParts(strings.Split(pattern, "/"), strings.Split(stem, "/")) ||
		ext != ".ko" && matchParts(strings.Split(pattern, "/"), strings.Split(stem+".ko", "/"))
}

// matchParts compares the elements of a path with those of a pattern, of which "**"
// matches any number. The pattern may also match a directory above the file.
func matchParts(pattern, path []string) bool {
	pi, si := 0, 0
	star, mark := -1, 0
	// As with "*" in a name, it is enough to backtrack to the last "**".
	for {
		switch {
		case pi == len(pattern):
			return true // the file, or a directory above it
		case pattern[pi] == "**":
			pi++
			star, mark = pi, si
			continue
		case si < len(path) && glob.Match(pattern[pi], path[si]):
			pi, si = pi+1, si+1
			continue
		}
		if star < 0 || mark >= len(path) {
			return false
		}
		mark++
		pi, si = star, mark
	}
}
