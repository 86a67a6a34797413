package kernfs

import (
	"strings"
	"testing"
	"testing/fstest"
)

// file is a file system with one file.
func file(name, text string) fstest.MapFS { return fstest.MapFS{name: {Data: []byte(text)}} }

func TestNoModules(t *testing.T) {
	release := file("sys/kernel/osrelease", "6.1\n")
	both := fstest.MapFS{"modules": {}, "sys/kernel/osrelease": {}}
	for name, test := range map[string]struct {
		proc fstest.MapFS
		want bool
	}{
		"no list": {release, true}, "an empty list": {both, false}, "only a list": {file("modules", ""), false},
		"not mounted": {fstest.MapFS{}, false},
	} {
		if NoModules(test.proc) != test.want {
			t.Errorf("%s: %v", name, !test.want)
		}
	}
}

func TestModulesDisabled(t *testing.T) {
	for text, want := range map[string]bool{"1\n": true, "0\n": false, "": false, "11\n": false} {
		if ModulesDisabled(file("sys/kernel/modules_disabled", text)) != want {
			t.Errorf("%q: %v", text, !want)
		}
	}
	if ModulesDisabled(fstest.MapFS{}) {
		t.Error("a kernel that does not say so takes modules")
	}
}

func TestCapable(t *testing.T) {
	for set, want := range map[string][2]bool{
		"000001ffffffffff": {true, true}, "0000000000010000": {true, true}, "0000000000020000": {false, true},
		"000000000000ffff": {false, true}, "0": {false, true}, "x": {false, false}, "": {false, false},
	} {
		capable, known := Capable(file("self/status", "Name:\tx\nCapInh:\t000001ffffffffff\nCapEff:\t"+set+"\nCapBnd:\t000001ffffffffff\n"))
		if known != want[1] || known && capable != want[0] {
			t.Errorf("%q: %v, %v", set, capable, known)
		}
	}
	for _, text := range []string{"Name:\tx\n", ""} {
		if _, known := Capable(file("self/status", text)); known {
			t.Errorf("%q tells", text)
		}
	}
	if _, known := Capable(fstest.MapFS{}); known {
		t.Error("nothing tells")
	}
}

func TestLocked(t *testing.T) {
	for text, want := range map[string]bool{
		"none [integrity] confidentiality\n": true, "none integrity [confidentiality]\n": true,
		"[none] integrity confidentiality\n": false, "": false,
	} {
		if Locked(file("kernel/security/lockdown", text)) != want {
			t.Errorf("%q: %v", text, !want)
		}
	}
	if Locked(fstest.MapFS{}) {
		t.Error("a kernel without lockdown is not locked down")
	}
}

func TestBlacklist(t *testing.T) {
	got := Blacklist(file("cmdline", "quiet module_blacklist=a,b-c ro\n"))
	if strings.Join(got, " ") != "a b-c" {
		t.Errorf("got %q", got)
	}
	if got := Blacklist(fstest.MapFS{}); got != nil {
		t.Errorf("without a command line: %q", got)
	}
}
