package kmod_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/live"
)

// TestPrintable: names from a hostile tree cannot control a terminal by way of a message.
func TestPrintable(t *testing.T) {
	const evil = "evil\x1b[2J\u202e"
	origin := kmod.Origin{File: "/etc/modprobe.d/" + evil + ".conf", Line: 3}
	chain := []string{evil, evil, evil}
	for _, message := range []fmt.Stringer{origin, kmod.Warning{Origin: origin, Text: "text"}, kmod.Reason{Of: evil},
		kmod.Reason{Kind: kmod.ReasonSoftPre, Of: evil}} {
		checkPrintable(t, message.String())
	}
	for _, err := range []error{
		&kmod.LookupError{Name: evil, Err: kmod.ErrNotFound},
		&kmod.InUseError{Module: evil, Holders: chain},
		&live.Error{Op: "read", Module: evil, Attribute: "parameters/" + evil, Err: live.ErrNoParameter},
	} {
		checkPrintable(t, err.Error())
	}
}

func checkPrintable(t *testing.T, text string) {
	t.Helper()
	if strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) || !strings.Contains(text, "evil") {
		t.Errorf("not printable: %q", text)
	}
}
