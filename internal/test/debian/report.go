package debian

import (
	"errors"
	"fmt"
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

// least is how many lines a section of a real system's report has at least: two systems
// that say nothing are not alike.
var least = map[string]int{"units": 80, "nodes": 100, "modules": 25, "taints": 25, "drivers": 25, "calls": 20, "actions": 30}

// loaded are modules that are loaded by what the report's script does.
var loaded = []string{
	"dummy",       // through a unit
	"overlay",     // a file system, through the kernel
	"can_raw",     // a protocol, and the family that it is of
	"ppp_generic", // a static device node
	"uinput",
}

// Check returns what is missing in the report of a whole system.
func (r Report) Check() error {
	var errs []error
	for section, lines := range least {
		if len(r[section]) < lines {
			errs = append(errs, fmt.Errorf("section %s has %d lines, not %d", section, len(r[section]), lines))
		}
	}
	modules := strings.Join(r.Modules(), "\n") + "\n"
	for _, name := range loaded {
		if !strings.Contains("\n"+modules, "\n"+name+":") {
			errs = append(errs, fmt.Errorf("module %s is not live", name))
		}
	}
	return errors.Join(errs...)
}
