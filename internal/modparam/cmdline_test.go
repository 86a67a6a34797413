package modparam

import (
	"strings"
	"testing"
)

func TestBlacklisted(t *testing.T) {
	for cmdline, want := range map[string]bool{
		"":                                      false,
		"quiet module_blacklist=a":              true,
		"module_blacklist=b,a,c":                true,
		"module_blacklist=a module_blacklist=b": false,
		"module_blacklist=b module_blacklist=a": true,
		"module_blacklist=b module-blacklist=a": true,
		"module_blacklist=a module_blacklist":   true, // needs a value
		"module_blacklist=a module_blacklist=":  false,
		`module_blacklist="b,a"`:                true,
		`"module_blacklist=b,a"`:                true,
		`module_blacklist="b a"`:                false,
		`x="module_blacklist=a"`:                false,
		"module_blacklist=a-b,A":                false,
		"module_blacklist=ab":                   false,
		"modprobe.blacklist=a":                  false,
		"-- module_blacklist=a":                 false, // for init
		"module_blacklist=a module_blacklist=" + strings.Repeat("b", maxString+1): true,
	} {
		if got := Blacklisted(cmdline, "a"); got != want || want && Blacklist(cmdline) == nil {
			t.Errorf("%.60q: %v", cmdline, got)
		}
	}
}
