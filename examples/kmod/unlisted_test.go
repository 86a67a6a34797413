package main

import (
	"strings"
	"testing"

	"github.com/gokmod/gokmod/depmod"
	"github.com/gokmod/gokmod/internal/test/modtest"
)

// TestDepmodUnlisted: of many messages of a kind the first thousand are printed,
// and one that says how many more there are.
func TestDepmodUnlisted(t *testing.T) {
	m := modtest.Named("m", nil, nil)
	m.Modinfo = append(m.Modinfo, "alias="+strings.Repeat("\x01", 1000))
	for range depmod.MaxFindings + 6 {
		m.Modinfo = append(m.Modinfo, "alias=")
	}
	root := modtest.Write(t, modtest.Tree(nil, modtest.TreeModule{Path: "kernel/m.ko", File: m.Build()}))
	got := newWorld().run("depmod", "-n", "-b", root, modtest.Release)
	lines := strings.Split(strings.TrimSuffix(got.stderr, "\n"), "\n")
	if len(lines) != 1+depmod.MaxFindings+1 || got.status != 0 {
		t.Errorf("%d lines, status %d", len(lines), got.status)
	}
	const want = "depmod: WARNING: and 7 more aliases, dependencies and symbols that are left out"
	if lines[len(lines)-1] != want {
		t.Errorf("the last line is %q", lines[len(lines)-1])
	}
	for _, line := range lines {
		if len(line) > 1500 {
			t.Errorf("a line has %d bytes", len(line))
		}
	}
	got = newWorld().run("depmod", "--json", "-n", "-b", root, modtest.Release)
	if want := `"unlisted":{"bad_fields":7}`; !strings.Contains(got.stdout, want) {
		t.Errorf("there is no %s", want)
	}
}
