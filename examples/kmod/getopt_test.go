package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
)

func TestGetopt(t *testing.T) {
	long := []longOption{
		{"filename", false, 'n'},
		{"field", true, 'F'},
		{"null", false, '0'},
		{"set-version", true, 'k'},
		{"remove-dependencies", false, 1},
		{"remove-holders", false, 1},
		{"force", false, 'f'},
		{"force-vermagic", false, 2},
	}
	for _, test := range []struct {
		short, args, want, message string
	}{
		{"n0F:", "", "", ""},
		{"n0F:", "a -n b -0 c", "n 0 : a b c", ""},
		{"n0F:", "-n0Fx a", "n 0 F=x : a", ""},
		{"n0F:", "-nF x a", "n F=x : a", ""},
		{"n0F:", "-F -n a", "F=-n : a", ""},
		{"n0F:", "-n -- -0 -F", "n : -0 -F", ""},
		{"n0F:", "a -- -0", ": a -0", ""},
		{"n0F:", "- -n", "n : -", ""},
		{"+n0F:", "-n a -0 b", "n : a -0 b", ""},
		{"n", "--field=x --field y --field= a", "F=x F=y F= : a", ""},
		{"n", "--nu --set x", "0 k=x", ""},
		{"n", "--force --force-v", "f 2", ""},
		{"n", "--remove", "1", ""},
		{"n", "-Z", "?", "invalid option -- 'Z'"},
		{"n:", "-:", "?", "invalid option -- ':'"},
		{"n:", "-n", "?", "option requires an argument -- 'n'"},
		{"n", "--foo=1", "?", "unrecognized option '--foo'"},
		{"n", "--fie", "?", "option '--field' requires an argument"},
		{"n", "--nul=x", "?", "option '--null' doesn't allow an argument"},
		{"n", "--fi", "?", "option '--fi' is ambiguous; possibilities: '--filename' '--field'"},
		{"n", "--re=1", "?", "option '--remove-dependencies' doesn't allow an argument"},
	} {
		t.Run(test.args, func(t *testing.T) {
			var stderr bytes.Buffer
			c := &command{argv: []string{"/bin/tool"}, stdout: bufio.NewWriter(io.Discard), stderr: &stderr}
			g := c.getopt(test.short, long, strings.Fields(test.args))
			if got := allOptions(g); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			want := ""
			if test.message != "" {
				want = "/bin/tool: " + test.message + "\n"
			}
			if stderr.String() != want {
				t.Errorf("message %q, want %q", stderr.String(), want)
			}
		})
	}
}

// allOptions lists the options: keys, values, and the rest after a colon.
func allOptions(g *getopt) string {
	var words []string
	for key := g.next(); key != optEnd; key = g.next() {
		word := string(key)
		if key < ' ' {
			word = fmt.Sprint(key)
		}
		if key == 'F' || key == 'k' {
			word += "=" + g.value
		}
		words = append(words, word)
		if key == optError {
			return strings.Join(words, " ")
		}
	}
	if len(g.rest) > 0 {
		words = append(append(words, ":"), g.rest...)
	}
	return strings.Join(words, " ")
}

func FuzzGetopt(f *testing.F) {
	f.Add("arw:RfDnC:d:S:sqvVh", "-nv --set-v 6.1 xfs -- a=1")
	f.Add("+hV", "modprobe -n")
	f.Fuzz(func(t *testing.T, short, line string) {
		c := &command{argv: []string{"tool"}, stdout: bufio.NewWriter(io.Discard), stderr: io.Discard}
		args := strings.Fields(line)
		g := c.getopt(short, modprobeOptions, args)
		for n := 0; ; n++ {
			if key := g.next(); key == optEnd || key == optError {
				break
			}
			if n > len(line) {
				t.Fatal("there are more options than characters")
			}
		}
		if len(g.rest) > len(args) {
			t.Fatalf("%d arguments became %d", len(args), len(g.rest))
		}
	})
}
