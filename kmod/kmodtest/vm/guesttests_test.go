package vm

import (
	"flag"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// reportSample makes TestReport report this text as a guest's output.
var reportSample = flag.String("reportsample", "", "guest output for TestReport")

// TestReport runs as the inner test of TestReportTests.
func TestReport(t *testing.T) {
	if *reportSample == "" {
		t.Skip("runs below TestReportTests")
	}
	output := strings.NewReplacer("^", testMark, ";", "\n").Replace(*reportSample)
	reportTests(t, []byte(output), strings.Count(output, "FAIL:"), []string{"TestMaySkip"})
}

func TestReportTests(t *testing.T) {
	tests := []struct {
		name, sample string
		pass         bool
		want         []string
	}{
		{"pass", "^=== RUN   TestA;hello;^--- PASS: TestA (0.01s);", true,
			[]string{"--- PASS: TestReport/TestA ", "    hello\n", "after 0.01s"}},
		{"fail", "^=== RUN   TestA;oh no;^--- FAIL: TestA (0.00s);^=== RUN   TestB;^--- PASS: TestB (0.00s);", false,
			[]string{"--- FAIL: TestReport/TestA ", "oh no", "--- PASS: TestReport/TestB "}},
		{"sub-test fails", "^=== RUN   TestA;^=== RUN   TestA/x#01;^    --- FAIL: TestA/x#01 (0.00s);^--- FAIL: TestA (0.00s);",
			false, []string{"--- FAIL: TestReport/TestA/x#01 ", "--- FAIL: TestReport/TestA "}},
		{"skip", "^=== RUN   TestA;no device;^--- SKIP: TestA (0.00s);", false,
			[]string{"--- FAIL: TestReport/TestA ", "no device", "AllowSkip does not name it"}},
		{"skip with leave", "^=== RUN   TestMaySkip;^--- SKIP: TestMaySkip (0.00s);", true,
			[]string{"--- SKIP: TestReport/TestMaySkip "}},
		{"slash in a name", "^=== RUN   TestA;^=== RUN   TestA/x/y;^--- PASS: TestA (0.00s);^    --- PASS: TestA/x/y (0.00s);",
			true, []string{"--- PASS: TestReport/TestA/x/y "}},
		{"unfinished", "^=== RUN   TestA;panic: boom;", false,
			[]string{"--- FAIL: TestReport/TestA ", "panic: boom", "did not finish"}},
		{"no test", "testing: warning: no tests to run;^PASS;", false,
			[]string{"no test ran in the guest", "no tests to run"}},
		{"exit status alone", "^=== RUN   TestA;^--- PASS: TestA (0.00s);FAIL: leak;", false,
			[]string{"ended with exit status 1", "--- PASS: TestReport/TestA "}},
	}
	self, err := os.Executable()
	if err != nil {
		t.Skip(err)
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			out, err := exec.Command(self, "-test.run=^TestReport$", "-test.v", "-reportsample="+test.sample).CombinedOutput()
			if (err == nil) != test.pass {
				t.Errorf("error %v, want pass %t", err, test.pass)
			}
			for _, want := range test.want {
				if !strings.Contains(string(out), want) {
					t.Errorf("output lacks %q:\n%s", want, out)
				}
			}
		})
	}
}

func TestTestConfig(t *testing.T) {
	c := testConfig(t, &Config{Args: []string{"-test.run=X"}, Timeout: 8 * time.Second})
	if got := strings.Join(c.Args, " "); !strings.HasSuffix(got, "-test.timeout=6s -test.run=X") {
		t.Errorf("arguments %q", got)
	}
	if c := testConfig(t, nil); c.Timeout <= 0 || c.Timeout > defaultTimeout {
		t.Errorf("timeout %v", c.Timeout)
	}
}
