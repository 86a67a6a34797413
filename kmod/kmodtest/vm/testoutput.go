package vm

import (
	"bytes"
	"strings"
)

// guestTest is a test in the guest with its sub-tests.
type guestTest struct {
	// name is the full name, with the parents' names before slashes.
	name string
	// status is PASS, FAIL or SKIP, empty when the test did not finish.
	status string
	// ran distinguishes a test from a name that only its sub-tests have:
	// t.Run("a/b") in TestX makes TestX/a/b without a test TestX/a.
	ran bool
	// elapsed is the time as the testing package prints it.
	elapsed string
	output  bytes.Buffer
	subs    []*guestTest
}

// testMark starts each line of the testing package itself when its flag -test.v
// is test2json; a line printed by a test cannot look like one.
const testMark = "\x16"

// testReader collects tests from the output of a test binary.
type testReader struct {
	top     []*guestTest
	byName  map[string]*guestTest
	current *guestTest
	// rest is the output that belongs to no test.
	rest bytes.Buffer
}

// parseTests reads the output of a test binary that was run with
// -test.v=test2json. It returns the top-level tests and all other text.
func parseTests(output []byte) ([]*guestTest, []byte) {
	r := &testReader{byName: map[string]*guestTest{}}
	for line := range bytes.Lines(output) {
		text, event, marked := strings.Cut(string(line), testMark)
		if text != "" {
			r.print(text)
		}
		if marked {
			r.event(event)
		}
	}
	return r.top, r.rest.Bytes()
}

// print adds text to the test that the testing package named last.
func (r *testReader) print(text string) {
	if r.current == nil {
		r.rest.WriteString(text)
		return
	}
	r.current.output.WriteString(text)
}

// event reads one line of the testing package.
func (r *testReader) event(line string) {
	words := strings.Fields(line)
	switch {
	case len(words) == 2 && words[0] == "===":
		r.current = nil
	case len(words) >= 3 && words[0] == "===":
		if words[1] != "PAUSE" {
			r.current = r.test(words[2])
			r.current.ran = true
		}
	case len(words) >= 3 && words[0] == "---":
		t := r.test(words[2])
		t.ran = true
		t.status = strings.TrimSuffix(words[1], ":")
		if len(words) > 3 {
			t.elapsed = strings.Trim(words[3], "()")
		}
		r.current = t
	default:
		r.current = nil
		r.print(line)
	}
}

// test returns the test with the given name, created on first sight below its
// parent.
func (r *testReader) test(name string) *guestTest {
	if t, ok := r.byName[name]; ok {
		return t
	}
	t := &guestTest{name: name}
	r.byName[name] = t
	if at := strings.LastIndexByte(name, '/'); at >= 0 {
		parent := r.test(name[:at])
		parent.subs = append(parent.subs, t)
	} else {
		r.top = append(r.top, t)
	}
	return t
}
