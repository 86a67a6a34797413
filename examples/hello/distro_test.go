package main

import "testing"

func TestChooseDistro(t *testing.T) {
	tests := []struct{ name, osRelease, want string }{
		{"Debian", "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nID=debian\n", "debian"},
		{"Ubuntu", "ID=ubuntu\nID_LIKE=debian\n", "ubuntu"},
		{"Mint, quoted list", "ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n", "ubuntu"},
		{"Kali", "ID=kali\nID_LIKE='debian'\n", "debian"},
		{"Fedora", "ID=fedora\nVERSION_ID=42\n", ""},
		{"ID within another key", "VERSION_ID=debian\nID=arch\n", ""},
		{"part of a word", "ID=notdebian\n", ""},
		{"empty", "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := ""
			if d := chooseDistro([]byte(test.osRelease)); d != nil {
				got = d.name
			}
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
