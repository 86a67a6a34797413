package modinfo

import (
	"errors"
	"testing"
)

func TestNames(t *testing.T) {
	if got := NormalizeName("snd-hda-intel"); got != "snd_hda_intel" {
		t.Errorf("the name is %q", got)
	}
	if got := NameFromPath("kernel/sound/snd-hda.v2.ko.xz"); got != "snd_hda" {
		t.Errorf("the name of the file is %q", got)
	}
	for path, want := range map[string]bool{"kernel/a.ko": true, "a.ko.zst": true, "a.ko.bz2": false, "modules.dep": false} {
		if got := IsModuleFile(path); got != want {
			t.Errorf("%s is a module file: %v", path, got)
		}
	}
}

func TestNormalizeAlias(t *testing.T) {
	if got, err := NormalizeAlias("char-major-10-[0-9]"); got != "char_major_10_[0-9]" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	if got, err := NormalizeAlias("usb:v[0-9"); got != "" || !errors.Is(err, ErrBracket) {
		t.Errorf("without an end: %q, %v", got, err)
	}
}

func TestMatch(t *testing.T) {
	for _, test := range []struct {
		pattern, s string
		want       bool
	}{
		{"usb:v1D6Bp*", "usb:v1D6Bp0002", true}, {"usb:v1d6b*", "usb:v1D6Bp0002", false},
		{"kernel/*.ko", "kernel/drivers/.a.ko", true}, {"a", "ab", false}, {"[a-c]?", "bx", true},
		{"[!a-c]?", "bx", false}, {`\*`, "*", true}, {`\*`, "a", false}, {"", "", true},
	} {
		if got := Match(test.pattern, test.s); got != test.want {
			t.Errorf("%q matches %q: %v", test.pattern, test.s, got)
		}
	}
}
