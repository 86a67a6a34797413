package kmod_test

import (
	"testing"

	"github.com/gokmod/gokmod/kmod"
)

// TestCommandLine: the parameters are inserted into a command as they are.
func TestCommandLine(t *testing.T) {
	for text, want := range map[string]string{
		"":                                 "",
		"true":                             "true",
		"modprobe -i m $CMDLINE_OPTS":      `modprobe -i m who="two words" x=$(id);`,
		"$CMDLINE_OPTS":                    `who="two words" x=$(id);`,
		`a"$CMDLINE_OPTS"; b$CMDLINE_OPTS`: `a"who="two words" x=$(id);"; bwho="two words" x=$(id);`,
		"${CMDLINE_OPTS} $CMDLINE_OPT":     "${CMDLINE_OPTS} $CMDLINE_OPT",
	} {
		c := kmod.Command{Text: text, Params: `who="two words" x=$(id);`}
		if got := c.Line(); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}
