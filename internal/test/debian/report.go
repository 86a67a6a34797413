package debian

import (
	"errors"
	"strings"
)

// Report is what a guest said about itself: the lines of each section.
type Report map[string][]string

// errCut means that a guest stopped in the middle of its report.
var errCut = errors.New("the guest's report has no end")

// parseReport splits a report into its sections.
func parseReport(data []byte) (Report, error) {
	r, section := Report{}, ""
	for line := range strings.Lines(string(data)) {
		line = strings.TrimRight(line, "\r\n")
		if name, ok := strings.CutPrefix(line, "== "); ok {
			section = name
			r[section] = []string{}
			continue
		}
		r[section] = append(r[section], line)
	}
	if r["end"] == nil {
		return r, errCut
	}
	return r, nil
}
