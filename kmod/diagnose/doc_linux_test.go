package diagnose_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/sys"
	"github.com/gokmod/gokmod/kmod/diagnose"
)

// causeTable are the lines of the table in the package's documentation.
func causeTable(t *testing.T) (lines []string, text string) {
	t.Helper()
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	_, text, found := strings.Cut(string(doc), "//\tkind ")
	if !found {
		t.Fatal("there is no table")
	}
	for line := range strings.Lines(text) {
		if row, ok := strings.CutPrefix(line, "//\t"); ok {
			lines = append(lines, row)
		}
	}
	return lines, text
}

// TestCauseTable: the table of the documentation has every kind of finding, and each
// answer that the kernels of the guest tests give.
func TestCauseTable(t *testing.T) {
	lines, text := causeTable(t)
	_, notes, _ := strings.Cut(text, "The kinds ")
	notes, _, _ = strings.Cut(notes, " are about configuration, or notes.")
	others := strings.FieldsFunc(notes, func(r rune) bool { return r < 'a' || r > 'z' })
	has := func(kind, answer string) bool {
		return slices.ContainsFunc(lines, func(line string) bool {
			return strings.HasPrefix(line, kind+" ") && strings.Contains(line, answer)
		})
	}
	for kind := diagnose.FindingFile; kind <= diagnose.FindingName; kind++ {
		if has(kind.String(), "") == slices.Contains(others, kind.String()) {
			t.Errorf("the table lacks the kind %v", kind)
		}
	}
	for _, c := range slices.Concat(causes, lockedCauses, enforcingCauses, disabledCauses, incapableCauses) {
		kind := strings.Trim(c.found, "?")
		if kind == "" && !strings.HasPrefix(c.told.is, "init") && !strings.HasPrefix(c.told.is, "busy") {
			kind = strings.Trim(c.before, "()")
		}
		switch {
		case c.told == (told{}), c.errno == 0:
		case kind == "" && (has("-", sys.AnswerText(c.errno)) || has("-", "its own")):
		case kind == "" || !has(kind, sys.AnswerText(c.errno)):
			t.Errorf("the table lacks the answer %v to %s (%s)", sys.AnswerText(c.errno), c.name, kind)
		}
	}
}
