package modparam

import (
	"errors"
	"strings"
	"syscall"
	"testing"
)

func TestConvert(t *testing.T) {
	for _, test := range []struct {
		typ, text string
		has       bool
		want      string
		err       error
	}{
		{"bool", "", false, "Y", nil},
		{"bool", "off", true, "N", nil},
		{"bool", "2", true, "", syscall.EINVAL},
		{"invbool", "n", true, "N", nil},
		{"bint", "y", true, "1", nil},
		{"byte", "0xff", true, "255", nil},
		{"byte", "256", true, "0", syscall.ERANGE},
		{"short", "-32769", true, "0", syscall.ERANGE},
		{"ushort", "65535", true, "65535", nil},
		{"int", "-1", true, "-1", nil},
		{"int", "010", true, "8", nil},
		{"int", "", false, "", syscall.EINVAL},
		{"uint", "-1", true, "0", syscall.EINVAL},
		{"long", "9223372036854775807", true, "9223372036854775807", nil},
		{"ulong", "x", true, "0", syscall.EINVAL},
		{"hexint", "16", true, "0x000010", nil},
		{"charp", "any text", true, "any text", nil},
		{"charp", "", false, "", syscall.EINVAL},
		{"charp", strings.Repeat("x", 1025), true, "", syscall.ENOSPC},
		{"array of short", "1,2,-3", true, "1,2,-3", nil},
		{"array of short", "1,99999", true, "", syscall.ERANGE},
		{"array of bool", "y,n", true, "Y,N", nil},
		{"own", "any", true, "any", nil},
	} {
		got, err := Convert(test.typ, test.text, test.has)
		if !errors.Is(err, test.err) || (err == nil) != (test.err == nil) || err == nil && got != test.want {
			t.Errorf("%s %q: %q, %v", test.typ, test.text, got, err)
		}
	}
}

func TestType(t *testing.T) {
	for _, test := range [][2]string{{"long", "int"}, {"ulong", "uint"}, {"array of long", "array of int"}, {"charp", "charp"}, {"array of int", "array of int"}} {
		if got := Type(test[0], false); got != test[1] {
			t.Errorf("%s with 32 bits is %s", test[0], got)
		}
		if got := Type(test[0], true); got != test[0] {
			t.Errorf("%s with 64 bits is %s", test[0], got)
		}
	}
	if !IsInteger("hexint") || IsInteger("bool") {
		t.Error("IsInteger is wrong")
	}
}
