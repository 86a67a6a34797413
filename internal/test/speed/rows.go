package main

import (
	"context"
	"fmt"
)

// row is a line of the table.
type row struct {
	name   string // for the option -rows
	rounds int    // unless the user says otherwise

	measure func(ctx context.Context, l *lab, rounds int) (*measurement, error)
}

// rows are those of the table, in order.
var rows = []row{
	{"decode", 3, measureDecode},
	{"open", 25, measureOpen},
	{"lookup", 25, measureWarm},
	{"modinfo", 7, measureModinfo},
	{"modprobe", 200, measureModprobe},
	{"depmod-plain", 15, measureDepmod(pick61, "")},
	{"depmod-zst", 15, measureDepmod(pick61, "zst")},
	{"depmod-xz", 7, measureDepmod(pick612, "")},
	{"cache", 7, measureCache},
	{"present", 50, measurePresent},
	{"sleep", 5, measureSleep},
	{"load-plain", 3, measureLoad(pick61, false)},
	{"load-xz", 3, measureLoad(pick612, false)},
	{"load-all-plain", 3, measureLoad(pick61, true)},
	{"load-all-xz", 3, measureLoad(pick612, true)},
}

// rowNames lists the names for the option -rows.
func rowNames() []string {
	var names []string
	for _, r := range rows {
		names = append(names, r.name)
	}
	for _, g := range growths {
		names = append(names, g.name)
	}
	return names
}

// wants reports whether the user asked for a row.
func (l *lab) wants(name string) bool { return l.options.rows.MatchString(name) }

// printRows measures the rows and prints the table.
func printRows(ctx context.Context, l *lab) {
	var lines, left []string
	for _, r := range rows {
		if !l.wants(r.name) || ctx.Err() != nil {
			continue
		}
		rounds := r.rounds
		if l.rounds > 0 {
			rounds = l.rounds
		}
		progress("%s, %d rounds", r.name, rounds)
		m, err := r.measure(ctx, l, rounds)
		if err != nil {
			left = append(left, fmt.Sprintf("left out: %s: %v\n", r.name, err))
			continue
		}
		line := tableLine(m.cells()...)
		progress("%s", line)
		lines = append(lines, line)
	}
	fmt.Print(l.about())
	if len(lines) > 0 {
		fmt.Print("\n", tableLine("what", "gokmod", "peer", "ratio"), "|---|---|---|---|\n")
		for _, line := range lines {
			fmt.Print(line)
		}
	}
	for _, line := range left {
		fmt.Print("\n", line)
	}
}
