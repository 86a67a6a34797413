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
		status       int
		said         string // by the program, "" for nothing
		modules      string
	}{
		{"module", "", []string{"nic"}, nil, success, "", "bus nic"},
		{"module with dashes", "", []string{"usb-storage"}, nil, success, "", "usb_storage"},
		{"alias", "", []string{"pci:nic7"}, nil, success, "", "bus nic"},
		{"several", "", []string{"crypto-sha"}, nil, success, "", "sha_any sha_fast"},
		{"the first fails", "", []string{"crypto-sha"}, []string{"sha_fast"}, success, "", "sha_any"},
		{"the last fails", "", []string{"crypto-sha"}, []string{"sha_any"}, failure, "EIO", "sha_fast"},
		{"fails", "", []string{"nic"}, []string{"nic"}, failure, "EIO", "bus"},
		{"what it needs fails", "", []string{"nic"}, []string{"bus"}, failure, "needed by nic", ""},
		{"unknown", "", []string{"fs-none"}, nil, failure, "not found", ""},
		{"odd", "", []string{"a]"}, nil, failure, "bracket", ""},
		{"a path", "", []string{"/etc/passwd"}, nil, failure, "not found", ""},
		{"built in", "", []string{"compiled"}, nil, success, "", ""},
		{"blacklisted by alias", "", []string{"fs-banned"}, nil, success, "", ""},
		{"blacklisted by name", "", []string{"banned"}, nil, success, "", "banned"},
		{"denied by alias", "deny alias crypto-*", []string{"crypto-sha"}, nil, failure, "test.conf:1", ""},
		{"denied by name", "deny module nic", []string{"nic"}, nil, failure, "test.conf:1", ""},
		{"what it needs is denied", "deny module bus", []string{"nic"}, nil, failure, "test.conf:1", ""},
		{"by default", "default deny", []string{"nic"}, nil, failure, "no rule allows it", ""},
		{"with parameters", "", []string{"nic", "a=1", "b=2"}, nil, success, "", "bus nic"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m := newMachine(t, test.config)
			for _, name := range test.fail {
				m.kernel.Fail(name, syscall.EIO)
			}
			var said strings.Builder
			e, done := m.library.borrow()
			defer done()
			status := help(t.Context(), e, test.args, false, &said)
			if status != test.status || test.said == "" && said.Len() > 0 || !strings.Contains(said.String(), test.said) {
				t.Errorf("status %d, want %d; said %q, want %q", status, test.status, said.String(), test.said)
			}
			if got := m.modules(); got != test.modules {
				t.Errorf("loaded %q, want %q", got, test.modules)
			}
			if len(test.args) > 1 && m.kernel.Params("nic") != "a=1 b=2" {
				t.Errorf("parameters %q", m.kernel.Params("nic"))
			}
			// A module that is live already is not a failure.
			if test.status == success && help(t.Context(), e, test.args, false, &said) != success {
				t.Errorf("again: %q", said.String())
			}
		})
	}
}
