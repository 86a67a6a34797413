package vmtest

import (
	"os"
	"testing"
	"time"
)

// TestMain lets the kernel command line ask process 1 to misbehave, for the
// tests of guests that give no result.
func TestMain(m *testing.M) {
	if os.Getpid() == 1 && InGuest() && len(os.Args) > 1 {
		switch os.Args[1] {
		case "hang":
			for {
				time.Sleep(time.Hour)
			}
		case "die":
			os.Exit(3)
		}
	}
	Main(m)
}
