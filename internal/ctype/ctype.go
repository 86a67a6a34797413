// Package ctype has the classes of bytes that patterns and expressions name, as "alpha" in
// [[:alpha:]].
package ctype

// Ranges returns the members of a class in the C locale, see ctype(3), as
// the first and last byte of each range. It is empty for an unknown class.
func Ranges(name string) string {
	switch name {
	case "alnum":
		return "09AZaz"
	case "alpha":
		return "AZaz"
	case "blank":
		return "\t\t  "
	case "cntrl":
		return "\x00\x1f\x7f\x7f"
	case "digit":
		return "09"
	case "graph":
		return "!~"
	case "lower":
		return "az"
	case "print":
		return " ~"
	case "punct":
		return "!/:@[`{~"
	case "space":
		return "\t\r  "
	case "upper":
		return "AZ"
	case "xdigit":
		return "09AFaf"
	}
	return ""
}
