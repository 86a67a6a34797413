package vm

import "testing"

func TestSplitResult(t *testing.T) {
	tests := []struct {
		name, raw, output string
		exit              int
		ok                bool
	}{
		{"nothing", "", "", 0, false},
		{"output only", "a\r\nb", "a\nb", 0, false},
		{"result only", "\r\nT {\"exit\":3}\r\n", "", 3, true},
		{"output without end of line", "abc\r\nT {\"exit\":0}\r\n", "abc", 0, true},
		{"output with end of line", "abc\r\n\r\nT {\"exit\":1}\r\n", "abc\n", 1, true},
		{"carriage returns of the program", "a\r\r\n\r\nT {\"exit\":0}\r\n", "a\r\n", 0, true},
		{"half a result", "a\r\nT {\"exit\":0", "a\nT {\"exit\":0", 0, false},
		{"no newline yet", "a\r\nT {\"exit\":0}", "a\nT {\"exit\":0}", 0, false},
		{"another token", "a\r\nU {\"exit\":0}\r\n", "a\nU {\"exit\":0}\n", 0, false},
		{"the last one counts", "\r\nT {\"exit\":1}\r\n\r\nT {\"exit\":2}\r\n", "\nT {\"exit\":1}\n", 2, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			output, o, ok := splitResult([]byte(test.raw), "T")
			if string(output) != test.output || o.Exit != test.exit || ok != test.ok {
				t.Errorf("got %q, exit %d, %t; want %q, exit %d, %t",
					output, o.Exit, ok, test.output, test.exit, test.ok)
			}
		})
	}
}
