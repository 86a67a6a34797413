package kernelversion

import (
	"strconv"
	"strings"
)

// Before reports whether a release is of a version before major.minor. One that does not
// begin with a version is not.
func Before(release string, major, minor int) bool {
	first, rest, _ := strings.Cut(release, ".")
	second := rest[:len(rest)-len(strings.TrimLeft(rest, "0123456789"))]
	a, err := strconv.Atoi(first)
	b, also := strconv.Atoi(second)
	return err == nil && also == nil && (a < major || a == major && b < minor)
}
