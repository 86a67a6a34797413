package vm

import (
	"os"
	"testing"
	"time"
)

// TestMain makes process 1 misbehave if the kernel command line says so, for
// the tests of guests without a result.
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
