package modparam

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"
)

// TestIntegerRanges: each integer type accepts its least and greatest value, and
// nothing beyond them.
func TestIntegerRanges(t *testing.T) {
	for typ, r := range map[string][4]string{ // one below the least, the least, the greatest, one above it
		"byte":   {"", "0", "255", "256"},
		"short":  {"-32769", "-32768", "32767", "32768"},
		"ushort": {"", "0", "65535", "65536"},
		"int":    {"-2147483649", "-2147483648", "2147483647", "2147483648"},
		"uint":   {"", "0", "4294967295", "4294967296"},
		"hexint": {"", "0", "4294967295", "4294967296"},
		"long":   {"-9223372036854775809", "-9223372036854775808", "9223372036854775807", "9223372036854775808"},
		"ulong":  {"", "0", "18446744073709551615", "18446744073709551616"},
		"ullong": {"", "0", "18446744073709551615", "18446744073709551616"},
	} {
		if !IsInteger(typ) {
			t.Errorf("%s is not an integer type", typ)
		}
		for i, text := range r {
			got, err := Convert(typ, text, true)
			want, wantErr := text, error(nil)
			switch {
			case text == "":
				wantErr = syscall.EINVAL
			case i == 0 || i == 3:
				wantErr = syscall.ERANGE
			case typ == "hexint":
				want = map[string]string{"0": "0x000000", "4294967295": "0xffffffff"}[text]
			}
			if !errors.Is(err, wantErr) || err == nil && (wantErr != nil || got != want) {
				t.Errorf("%s %q: %q, %v", typ, text, got, err)
			}
		}
	}
	for _, typ := range []string{"bool", "invbool", "bint", "charp", "own", "array of int", ""} {
		if IsInteger(typ) {
			t.Errorf("%s is an integer type", typ)
		}
	}
}

// TestIntegerForms: signs, bases, and texts that are not numbers.
func TestIntegerForms(t *testing.T) {
	for text, want := range map[string]string{
		"7": "7", "+7": "7", "-7": "-7", "007": "7", "-010": "-8", "0x1F": "31", "0XfF": "255", "-0x10": "-16", "7\n": "7",
		"0": "0", "-0": "0", "+0x1": "1",
	} {
		if got, err := Convert("int", text, true); got != want || err != nil {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "+", "-", "--1", "++1", "+-1", "-+1", "0x", "0x-1", "08", "1 ",
		" 1", "1_0", "0b1", "0o7", "7\n\n", "a"} {
		for _, typ := range []string{"int", "uint", "hexint"} {
			if got, err := Convert(typ, text, true); err != syscall.EINVAL {
				t.Errorf("%s %q: %q, %v", typ, text, got, err)
			}
		}
	}
}

// TestBool: the first letter counts, and of "on" and "off" the second one too.
func TestBool(t *testing.T) {
	for text, yes := range map[string]bool{
		"y": true, "Y": true, "yes": true, "t": true, "True": true, "1": true, "10": true, "on": true, "ON": true,
		"n": false, "No": false, "f": false, "FALSE": false, "0": false, "01": false, "off": false, "Of": false,
	} {
		for typ, shown := range map[string][2]string{"bool": {"N", "Y"}, "invbool": {"N", "Y"}, "bint": {"0", "1"}} {
			want := shown[0]
			if yes {
				want = shown[1]
			}
			if got, err := Convert(typ, text, true); got != want || err != nil {
				t.Errorf("%s %q: %q, %v", typ, text, got, err)
			}
		}
	}
	for _, text := range []string{"", "o", "ox", "2", "-1", " y", "x"} {
		if got, err := Convert("bool", text, true); err != syscall.EINVAL {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
	for typ, want := range map[string]string{"bool": "Y", "invbool": "Y", "bint": "1"} {
		if got, err := Convert(typ, "", false); got != want || err != nil {
			t.Errorf("%s without a value: %q, %v", typ, got, err)
		}
	}
}

// TestStrings: the length counts, and whether there is a value.
func TestStrings(t *testing.T) {
	long := strings.Repeat("x", 1024)
	for _, test := range []struct {
		typ, text string
		has       bool
		err       error
	}{
		{"charp", "", true, nil}, {"charp", long, true, nil}, {"charp", long + "x", true, syscall.ENOSPC},
		{"charp", "", false, syscall.EINVAL}, {"own", "", false, nil}, {"own", long + "x", true, nil},
		{"int", "", false, syscall.EINVAL}, {"array of int", "", false, syscall.EINVAL},
		{"array of charp", long + ",a", true, nil},
		{"array of charp", "a," + long + "x", true, syscall.ENOSPC},
	} {
		got, err := Convert(test.typ, test.text, test.has)
		if err != test.err && !errors.Is(err, test.err) || err == nil && got != test.text {
			t.Errorf("%s %.8q: %.8q, %v", test.typ, test.text, got, err)
		}
	}
}

// TestTypeOfLongs: a long has 32 bits on some machines, and in arrays too.
func TestTypeOfLongs(t *testing.T) {
	for typ, want := range map[string]string{
		"long": "int", "ulong": "uint", "array of long": "array of int", "array of ulong": "array of uint",
		"int": "int", "ullong": "ullong", "array of short": "array of short", "own": "own", "": "",
	} {
		if got := Type(typ, false); got != want {
			t.Errorf("%q is %q with longs of 32 bits, want %q", typ, got, want)
		}
		if got := Type(typ, true); got != typ {
			t.Errorf("%q is %q with longs of 64 bits", typ, got)
		}
	}
}

// TestSplitWhite: any white space splits, except between quotes.
func TestSplitWhite(t *testing.T) {
	for text, want := range map[string]string{
		"a b":              "[{a  false} {b  false}]",
		"a\tb\nc\vd\fe\rf": "[{a  false} {b  false} {c  false} {d  false} {e  false} {f  false}]",
		"  a  b  ":         "[{a  false} {b  false}]",
		"a\x00b":           "[{a\x00b  false}]",
		"a=\xc3\xa0 b":     "[{a \xc3 true} {b  false}]", // UTF-8 is not known
		`a="b c" d`:        "[{a b c true} {d  false}]",
		`a"b c"d e`:        `[{a"b c"d  false} {e  false}]`,
		`"a b"=c`:          `[{a b" c true}]`,
		`a="`:              "[{a  true}]",
		`a=""`:             "[{a  true}]",
		`"`:                "[{  false}]",
		`=x`:               "[{ x true}]",
		"a --b -- c":       "[{a  false} {--b  false}]",
		`a "--" b`:         "[{a  false} {--  false} {b  false}]",
		"a=--":             "[{a -- true}]",
	} {
		if got := fmt.Sprint(Split(text)); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// TestBlacklist: names are taken unchanged from the last valid list.
func TestBlacklist(t *testing.T) {
	full := strings.Repeat("b", maxString)
	for cmdline, want := range map[string]string{
		"":                                                  "",
		"module_blacklist":                                  "",
		"module_blacklist=":                                 "",
		"module_blacklist=a,b-c,,d":                         "a|b-c||d",
		"module_blacklist=a module_blacklist=b":             "b",
		"module_blacklist=a module_blacklist":               "a",
		"module-blacklist=a":                                "a",
		"module_blacklist=a module_blacklistx=b":            "a",
		"module_blacklist=a module_blacklist=" + full:       full,
		"module_blacklist=a module_blacklist=" + full + "x": "a",
	} {
		if got := strings.Join(Blacklist(cmdline), "|"); got != want {
			t.Errorf("%.40q: %.20q, want %.20q", cmdline, got, want)
		}
	}
}
