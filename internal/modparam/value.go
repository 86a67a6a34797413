package modparam

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"syscall"
)

// integerBits is the number of bits of an integer type, negative for a signed one and 0 for
// other types. A long is that of a 64-bit machine; see Type.
func integerBits(typ string) int {
	switch typ {
	case "byte":
		return 8
	case "short":
		return -16
	case "ushort":
		return 16
	case "int":
		return -32
	case "uint", "hexint":
		return 32
	case "long":
		return -64
	case "ulong", "ullong":
		return 64
	}
	return 0
}

// maxString is the longest string that a charp takes.
const maxString = 1024

// IsInteger reports whether a type is an integer type.
func IsInteger(typ string) bool { return integerBits(typ) != 0 }

// Type translates the name of a type for a machine with longs of 64 bits, if
// is64 is set, or of 32 bits: the other functions take the result.
func Type(typ string, is64 bool) string {
	element, isArray := strings.CutPrefix(typ, "array of ")
	switch {
	case is64:
		return typ
	case element == "long":
		element = "int"
	case element == "ulong":
		element = "uint"
	}
	if isArray {
		return "array of " + element
	}
	return element
}

// Convert turns the text of a value into what the kernel shows for it. It
// follows the standard types; an unknown type accepts any text. The error is
// the kernel's answer, a syscall.Errno.
func Convert(typ, text string, hasValue bool) (string, error) {
	if element, ok := strings.CutPrefix(typ, "array of "); ok && hasValue {
		return convertArray(element, text)
	}
	bits := integerBits(typ)
	switch {
	case typ == "bool" || typ == "invbool" || typ == "bint":
		return convertBool(typ, text, hasValue)
	case !hasValue && (bits != 0 || typ == "charp" || strings.HasPrefix(typ, "array of ")):
		return "", syscall.EINVAL
	case bits != 0:
		return convertInteger(typ, strings.TrimSuffix(text, "\n"), bits)
	case typ == "charp" && len(text) > maxString:
		return "", syscall.ENOSPC
	}
	return text, nil
}

func convertArray(element, text string) (string, error) {
	var shown []string
	for part := range strings.SplitSeq(text, ",") {
		value, err := Convert(element, part, true)
		if err != nil {
			return "", err
		}
		shown = append(shown, value)
	}
	return strings.Join(shown, ","), nil
}

// convertBool reads yes or no from its first letter, or from "on" and "off".
func convertBool(typ, text string, hasValue bool) (string, error) {
	var yes bool
	switch lower := strings.ToLower(text); {
	case !hasValue || strings.HasPrefix(lower, "y") || strings.HasPrefix(lower, "t") ||
		strings.HasPrefix(lower, "1") || strings.HasPrefix(lower, "on"):
		yes = true
	case strings.HasPrefix(lower, "n") || strings.HasPrefix(lower, "f") ||
		strings.HasPrefix(lower, "0") || strings.HasPrefix(lower, "of"):
	default:
		return "", syscall.EINVAL
	}
	switch {
	case typ == "bint":
		return bint(yes), nil
	case yes:
		return "Y", nil
	}
	return "N", nil
}

// convertInteger reads a number: decimal, octal after 0, hexadecimal after 0x.
func convertInteger(typ, text string, bits int) (string, error) {
	signed := bits < 0
	bits = max(bits, -bits)
	digits := strings.TrimPrefix(text, "+")
	negative := signed && strings.HasPrefix(text, "-")
	if negative {
		digits = text[1:]
	}
	base := 10
	switch {
	case strings.HasPrefix(strings.ToLower(digits), "0x"):
		base, digits = 16, digits[2:]
	case strings.HasPrefix(digits, "0"):
		base = 8
	}
	if strings.HasPrefix(digits, "+") || strings.HasPrefix(digits, "-") {
		return "", syscall.EINVAL
	}
	if !signed {
		n, err := strconv.ParseUint(digits, base, bits)
		if typ == "hexint" {
			return fmt.Sprintf("0x%06x", n), numberError(err)
		}
		return strconv.FormatUint(n, 10), numberError(err)
	}
	if negative {
		digits = "-" + digits
	}
	n, err := strconv.ParseInt(digits, base, bits)
	return strconv.FormatInt(n, 10), numberError(err)
}

func numberError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, strconv.ErrRange):
		return syscall.ERANGE
	}
	return syscall.EINVAL
}

func bint(yes bool) string {
	if yes {
		return "1"
	}
	return "0"
}
