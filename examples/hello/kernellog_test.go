package main

import "testing"

func TestParseRecord(t *testing.T) {
	tests := []struct{ name, record, want string }{
		{"plain", "6,339,5140900,-;I bear a charmed life.\n", "[    5.140900] I bear a charmed life."},
		{"with keys", "7,160,424069,-;pci_root PNP0A03:00: host\n SUBSYSTEM=acpi\n DEVICE=+acpi:PNP0A03:00\n", "[    0.424069] pci_root PNP0A03:00: host"},
		{"more fields", "4,1,1234567890123,c,caller=T1;x;y\n", "[1234567.890123] x;y"},
		{"empty text", "4,1,0,-;\n", "[    0.000000] "},
		{"no text", "4,1,0,-", ""},
		{"no time", "4,1;x", ""},
		{"odd time", "4,1,x,-;x", ""},
		{"empty", "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, ok := parseRecord(test.record)
			if got != test.want || ok != (test.want != "") {
				t.Errorf("got %q, %t, want %q", got, ok, test.want)
			}
		})
	}
}
