package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/kmod"
)

func mustParse(t *testing.T, text string) *policy {
	t.Helper()
	p, err := parsePolicy("test.conf", text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

const rules = `
# devices
allow alias usb:v1234*     # a stick that we trust
deny alias usb:*
deny  alias  pci:v0000[ab]*

allow module usb-storage
deny module usb*
deny path kernel/drivers/media/*
allow path updates/*
default deny
`

func TestPolicyAlias(t *testing.T) {
	p := mustParse(t, rules)
	for alias, want := range map[string]string{
		"usb:v1234p1":     "",
		"usb:v1p1":        "test.conf:4 denies it",
		"pci:v0000a":      "test.conf:5 denies it",
		"pci:v0000c":      "",
		"acpi:PNP0A08:":   "",
		"platform:odd]":   "",
		"usb:odd-name[0]": "test.conf:4 denies it",
	} {
		if got := text(p.alias(alias)); got != want {
			t.Errorf("%s: %q, want %q", alias, got, want)
		}
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestPolicyModule(t *testing.T) {
	p := mustParse(t, rules)
	tests := []struct{ name, path, want string }{
		{"usb_storage", "kernel/drivers/usb/storage/usb-storage.ko", ""},
		{"usbhid", "kernel/drivers/hid/usbhid.ko", "test.conf:8 denies it"},
		{"cx88", "kernel/drivers/media/pci/cx88.ko.xz", "test.conf:9 denies it"},
		{"fixed", "updates/fixed.ko", ""},
		{"xfs", "kernel/fs/xfs/xfs.ko", "no rule allows it"},
	}
	for _, test := range tests {
		s := &kmod.Step{Module: kmod.Module{Name: test.name, Path: "/host/lib/modules/6.1/" + test.path}}
		if got := text(p.step("/host/lib/modules/6.1", s)); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
	if err := mustParse(t, "deny module a").step("/m", &kmod.Step{Module: kmod.Module{Name: "b"}}); err != nil {
		t.Errorf("without a default: %v", err)
	}
}

func TestPolicyMistakes(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"unknown verb", "forbid module a", `test.conf:1: "forbid module a" is neither allow|deny alias|module|path PATTERN nor `},
		{"unknown subject", "\n\ndeny driver a", `test.conf:3: "deny driver a" is neither`},
		{"no pattern", "deny module", `test.conf:1: "deny module`},
		{"two patterns", "deny module a b", `test.conf:1: "deny module`},
		{"unknown default", "default maybe", `test.conf:1: "default maybe" is neither`},
		{"default with two words", "default deny all", `test.conf:1: "default deny all" is neither`},
		{"two defaults", "default deny\ndefault allow", `test.conf:2: "default allow" is neither`},
		{"bracket", "deny alias usb:[1", "test.conf:1: "},
		{"bracket in a path", "deny path kernel/[a-c/*", "test.conf:1: "},
		{"bracket in a name", "deny module a]", "test.conf:1: "},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p, err := parsePolicy("test.conf", test.text)
			if err == nil || !strings.HasPrefix(err.Error(), test.want) || p != nil {
				t.Errorf("policy %v, error %v, want %q", p, err, test.want)
			}
		})
	}
}

func TestReadPolicy(t *testing.T) {
	name := filepath.Join(t.TempDir(), "c")
	if err := os.WriteFile(name, []byte("default deny\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if p, err := readPolicy(name); err != nil || p.otherwise == nil {
		t.Errorf("policy %v, %v", p, err)
	}
	if _, err := readPolicy(filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that does not exist: %v", err)
	}
	if err := os.WriteFile(name, []byte(strings.Repeat("#", 1<<20+1)), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := readPolicy(name); err == nil {
		t.Error("a file that is too large was taken")
	}
}

func FuzzPolicy(f *testing.F) {
	f.Add(rules, "usb:v1", "usb_storage", "kernel/a.ko")
	f.Fuzz(func(t *testing.T, config, alias, module, path string) {
		p, err := parsePolicy("f", config)
		if (p == nil) != (err != nil) {
			t.Fatalf("policy %v, error %v", p, err)
		}
		if p == nil {
			return
		}
		s := &kmod.Step{Module: kmod.Module{Name: module, Path: "/m/" + path}}
		aliasErr, stepErr := p.alias(alias), p.step("/m", s)
		if stepErr == nil && p.otherwise != nil && len(p.rules) == 0 || aliasErr != nil && len(p.rules) == 0 {
			t.Fatalf("alias: %v, module: %v", aliasErr, stepErr)
		}
	})
}
