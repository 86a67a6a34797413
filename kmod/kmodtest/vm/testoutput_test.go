package vm

import (
	"fmt"
	"strings"
	"testing"
)

// sketch renders tests as one line each, for comparing.
func sketch(tests []*guestTest) string {
	var b strings.Builder
	for _, g := range tests {
		fmt.Fprintf(&b, "%s %s %s %q\n", g.name, g.status, g.elapsed, g.output.String())
		b.WriteString(sketch(g.subs))
	}
	return b.String()
}

func TestParseTests(t *testing.T) {
	tests := []struct{ name, output, want, rest string }{
		{name: "nothing"},
		{name: "noise", output: "PASS\n--- PASS: TestFake (0.00s)\n", rest: "PASS\n--- PASS: TestFake (0.00s)\n"},
		{
			name: "three",
			output: "^=== RUN   TestA\nhello\n^--- PASS: TestA (0.01s)\n" +
				"^=== RUN   TestB\n^=== NAME  TestB\n    b_test.go:1: why\n^--- FAIL: TestB (1.50s)\n" +
				"^=== RUN   TestC\n^--- SKIP: TestC (0.00s)\n^FAIL\n",
			want: "TestA PASS 0.01s \"hello\\n\"\nTestB FAIL 1.50s \"    b_test.go:1: why\\n\"\nTestC SKIP 0.00s \"\"\n",
			rest: "FAIL\n",
		},
		{
			name:   "no newline before an event",
			output: "^=== RUN   TestA\nhalf^--- PASS: TestA (0.00s)\n^PASS\n",
			want:   "TestA PASS 0.00s \"half\"\n",
			rest:   "PASS\n",
		},
		{
			name: "sub-tests, indented results",
			output: "^=== RUN   TestA\n^=== RUN   TestA/x_y\n^=== RUN   TestA/x_y/z\ndeep\n" +
				"^--- FAIL: TestA (0.00s)\n^    --- FAIL: TestA/x_y (0.00s)\n^        --- FAIL: TestA/x_y/z (0.00s)\n",
			want: "TestA FAIL 0.00s \"\"\nTestA/x_y FAIL 0.00s \"\"\nTestA/x_y/z FAIL 0.00s \"deep\\n\"\n",
		},
		{
			name: "parallel tests",
			output: "^=== RUN   TestA\n^=== PAUSE TestA\n^=== RUN   TestB\n^=== PAUSE TestB\n^=== CONT  TestA\na\n" +
				"^=== CONT  TestB\nb\n^=== NAME  TestA\na\n^--- PASS: TestA (0.00s)\n^--- PASS: TestB (0.00s)\n",
			want: "TestA PASS 0.00s \"a\\na\\n\"\nTestB PASS 0.00s \"b\\n\"\n",
		},
		{
			name:   "crash",
			output: "^=== RUN   TestA\npanic: test timed out\n",
			want:   "TestA   \"panic: test timed out\\n\"\n",
		},
		{
			name:   "result lines without a mark are output",
			output: "^=== RUN   TestA\n--- FAIL: TestA (0.00s)\n^--- PASS: TestA (0.00s)\n",
			want:   "TestA PASS 0.00s \"--- FAIL: TestA (0.00s)\\n\"\n",
		},
		{name: "name without a test", output: "^=== RUN   TestA\n^=== NAME  \nx\n", want: "TestA   \"\"\n", rest: "x\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, rest := parseTests([]byte(strings.ReplaceAll(test.output, "^", testMark)))
			if s := sketch(got); s != test.want {
				t.Errorf("got\n%swant\n%s", s, test.want)
			}
			if string(rest) != test.rest {
				t.Errorf("rest %q, want %q", rest, test.rest)
			}
		})
	}
}

// FuzzParseTests checks that unmarked lines come back whole and that every test
// is below its parent.
func FuzzParseTests(f *testing.F) {
	f.Add([]byte("\x16=== RUN   TestA/b\nx\n\x16    --- PASS: TestA/b (0.00s)\n\x16PASS\n"))
	f.Add([]byte("\x16=== RUN /\n\x16--- / //\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		tests, rest := parseTests(data)
		var text strings.Builder
		var walk func(prefix string, tests []*guestTest)
		walk = func(prefix string, tests []*guestTest) {
			for _, g := range tests {
				if !strings.HasPrefix(g.name, prefix) {
					t.Errorf("%q lies below %q", g.name, prefix)
				}
				text.WriteString(g.output.String())
				walk(g.name+"/", g.subs)
			}
		}
		walk("", tests)
		if text.Len()+len(rest) > len(data) {
			t.Errorf("%d bytes of output from %d of input", text.Len()+len(rest), len(data))
		}
	})
}
