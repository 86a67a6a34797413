package debian

import "testing"

func TestDiedEarly(t *testing.T) {
	for log, want := range map[string]bool{
		"[ 1.0] invalid opcode: 0000\n[ 1.1] Kernel panic - not syncing: Fatal exception":             true,
		"[ 7.2] Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000100":              false,
		"Failed to mount /dev/vda as root file system.\nRebooting automatically due to panic= boot\n": false,
		"": false,
	} {
		if got := diedEarly([]byte(log)); got != want {
			t.Errorf("%q: %t", log, got)
		}
	}
}
