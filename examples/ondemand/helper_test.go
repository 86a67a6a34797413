package main

import (
	"strings"
	"syscall"
	"testing"
)

func TestHelp(t *testing.T) {
	tests := []struct {
		name, config string
		args         []string
		fail         []string // modules whose init fails
		said         string   // the error, "" for none
		modules      string
	}{
		{"module", "", []string{"nic"}, nil, "", "bus nic"},
		{"module with dashes", "", []string{"usb-storage"}, nil, "", "usb_storage"},
		{"alias", "", []string{"pci:nic7"}, nil, "", "bus nic"},
		{"several", "", []string{"crypto-sha"}, nil, "", "sha_any sha_fast"},
		{"the first fails", "", []string{"crypto-sha"}, []string{"sha_fast"}, "", "sha_any"},
		{"the last fails", "", []string{"crypto-sha"}, []string{"sha_any"}, "EIO", "sha_fast"},
		{"fails", "", []string{"nic"}, []string{"nic"}, "EIO", "bus"},
		{"what it needs fails", "", []string{"nic"}, []string{"bus"}, "needed by nic", ""},
		{"unknown", "", []string{"fs-none"}, nil, "not found", ""},
		{"odd", "", []string{"a]"}, nil, "bracket", ""},
		{"a path", "", []string{"/etc/passwd"}, nil, "not found", ""},
		{"built in", "", []string{"compiled"}, nil, "", ""},
		{"blacklisted by alias", "", []string{"fs-banned"}, nil, "", ""},
		{"blacklisted by name", "", []string{"banned"}, nil, "", "banned"},
		{"denied by alias", "deny alias crypto-*", []string{"crypto-sha"}, nil, "test.conf:1", ""},
		{"denied by name", "deny module nic", []string{"nic"}, nil, "test.conf:1", ""},
		{"what it needs is denied", "deny module bus", []string{"nic"}, nil, "test.conf:1", ""},
		{"by default", "default deny", []string{"nic"}, nil, "no rule allows it", ""},
		{"with parameters", "", []string{"nic", "a=1", "b=2"}, nil, "", "bus nic"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m := newMachine(t, test.config)
			for _, name := range test.fail {
				m.kernel.Fail(name, syscall.EIO)
			}
			loader, p := m.loader(), m.policy.Load()
			err := help(t.Context(), loader, p, test.args, false)
			if test.said == "" && err != nil || test.said != "" && (err == nil || !strings.Contains(err.Error(), test.said)) {
				t.Errorf("error %v, want %q", err, test.said)
			}
			if got := m.modules(); got != test.modules {
				t.Errorf("loaded %q, want %q", got, test.modules)
			}
			if len(test.args) > 1 && m.kernel.Params("nic") != "a=1 b=2" {
				t.Errorf("parameters %q", m.kernel.Params("nic"))
			}
			// A module that is live already is not a failure.
			if again := help(t.Context(), loader, p, test.args, false); err == nil && again != nil {
				t.Errorf("again: %v", again)
			}
		})
	}
}
