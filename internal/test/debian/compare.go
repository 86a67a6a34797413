package debian

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Allowance is a difference on purpose, or one that two starts of one system show too.
type Allowance struct {
	Section string
	Lines   *regexp.Regexp
	Reason  string
}

// Difference is a line that only one of two systems has.
type Difference struct {
	Section, Line string
	Ours          bool // we have it, and kmod's system does not
}

func (d Difference) String() string {
	if d.Ours {
		return fmt.Sprintf("%s: only with our tools: %s", d.Section, d.Line)
	}
	return fmt.Sprintf("%s: only with kmod's tools: %s", d.Section, d.Line)
}

// sections are what is compared of two reports, by line.
var sections = []struct {
	name  string
	lines func(Report) []string
}{
	{"state", func(r Report) []string { return r.Lines("state") }},
	{"helper", func(r Report) []string { return r.Lines("helper") }},
	{"actions", Report.Actions},
	{"units", Report.Units},
	{"nodes", Report.Nodes},
	{"modules", Report.Modules},
	{"taints", func(r Report) []string { return sorted(r["taints"]) }},
	{"drivers", Report.Drivers},
}

// Compare returns where two systems differ, but for what is allowed. Of messages, only
// those count that kmod's system does not have. A failed unit is a difference even if
// both have it.
func Compare(ours, theirs Report, allowed []Allowance) []Difference {
	var all []Difference
	for _, s := range sections {
		all = append(all, compareLines(s.name, s.lines(ours), s.lines(theirs))...)
	}
	for _, message := range missing(ours.Messages(), theirs.Messages()) {
		all = append(all, Difference{"messages", message, true})
	}
	for _, unit := range ours.Failed() {
		all = append(all, Difference{"failed", unit, true})
	}
	for path := range ours.Calls() {
		if theirs.Calls()[path] == 0 {
			all = append(all, Difference{"calls", path, true})
		}
	}
	for path := range theirs.Calls() {
		if ours.Calls()[path] == 0 {
			all = append(all, Difference{"calls", path, false})
		}
	}
	return slices.DeleteFunc(all, func(d Difference) bool { return isAllowed(d, allowed) })
}

// Both returns the differences that are in both lists: a single start of a system has
// some by chance.
func Both(all, again []Difference) []Difference {
	return slices.DeleteFunc(slices.Clone(all), func(d Difference) bool { return !slices.Contains(again, d) })
}

// CompareDrivers returns where the drivers of two systems differ.
func CompareDrivers(ours, theirs Report, allowed []Allowance) []Difference {
	all := compareLines("drivers", ours.Drivers(), theirs.Drivers())
	return slices.DeleteFunc(all, func(d Difference) bool { return isAllowed(d, allowed) })
}

// CompareFiles returns where two lists of files differ.
func CompareFiles(section string, ours, theirs []string, allowed []Allowance) []Difference {
	all := compareLines(section, sorted(ours), sorted(theirs))
	return slices.DeleteFunc(all, func(d Difference) bool { return isAllowed(d, allowed) })
}

// compareLines compares two lists in which the order does not matter.
func compareLines(section string, ours, theirs []string) []Difference {
	var all []Difference
	for _, line := range missing(ours, theirs) {
		all = append(all, Difference{section, line, true})
	}
	for _, line := range missing(theirs, ours) {
		all = append(all, Difference{section, line, false})
	}
	return all
}

// missing returns the lines that a list has and another does not, as often as it has
// them more.
func missing(lines, other []string) []string {
	count := map[string]int{}
	for _, line := range other {
		count[line]++
	}
	var more []string
	for _, line := range lines {
		if count[line]--; count[line] < 0 {
			more = append(more, line)
		}
	}
	return more
}

func isAllowed(d Difference, allowed []Allowance) bool {
	return slices.ContainsFunc(allowed, func(a Allowance) bool { return a.Section == d.Section && a.Lines.MatchString(d.Line) })
}

// Describe lists differences, one a line.
func Describe(all []Difference) string {
	var b strings.Builder
	for _, d := range all {
		b.WriteString(d.String() + "\n")
	}
	return b.String()
}
