package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
)

// growths are the rows of the table of growth: what is done with trees of more and more
// modules.
var growths = []struct {
	name, what string
	measure    func(ctx context.Context, l *lab, p *growParams) (seconds, memory float64, err error)
}{
	{"growth-depmod", "`depmod`", growDepmod},
	{"growth-open", "open and close a DB", growJob},
	{"growth-name", "look a name up", growJob},
	{"growth-alias", "look an alias up", growJob},
	{"growth-plan", "plan to load all modules", growJob},
	{"growth-closure", "closure of all modules", growJob},
	{"growth-coldplug", fmt.Sprintf("coldplug of %s devices, dry", thousands(growthDevices)), growJob},
}

const (
	growthRounds  = 3 // unless the user says otherwise
	growthDevices = 20000
)

// growDepmod indexes the tree with the tool. The other rows use what the tree has.
func growDepmod(ctx context.Context, l *lab, p *growParams) (seconds, memory float64, err error) {
	tool, err := l.kmod()
	if err != nil {
		return 0, 0, err
	}
	return l.run(ctx, &contender{name: ourName, argv: []string{tool, "depmod", "-b", p.Root, growthRelease}})
}

// growJob does the work of a row as a job.
func growJob(ctx context.Context, l *lab, p *growParams) (seconds, memory float64, err error) {
	r, err := l.runJob(ctx, l.job, "growth", p)
	if err != nil {
		return 0, 0, err
	}
	return r.Values[loadTime][0], r.Peak, nil
}

// grown is a cell of the table: one row with one tree.
type grown struct{ seconds, memory []float64 }

func (g grown) String() string {
	return seconds.format(median(g.seconds)) + ", " + octets.format(median(g.memory))
}

// printGrowth measures the rows with each tree, and prints the table.
func printGrowth(ctx context.Context, l *lab) {
	if !slices.ContainsFunc(rowNames()[len(rows):], l.wants) || ctx.Err() != nil {
		return
	}
	machine, err := l.scratch()
	if err == nil {
		err = writeDevices(machine, growthDevices, func(i int) string { return deviceAlias(i, l.sizes[0]) })
	}
	if err != nil {
		fmt.Printf("\nleft out: growth: %v\n", err)
		return
	}
	cells := map[string][]grown{}
	for _, n := range l.sizes {
		if err := l.grow(ctx, n, machine, cells); err != nil {
			fmt.Printf("\nleft out: %s modules: %v\n", thousands(n), err)
			return
		}
	}
	fmt.Print("\n", l.growthTable(cells))
}

// grow measures the rows with a tree of n modules.
func (l *lab) grow(ctx context.Context, n int, machine string, cells map[string][]grown) error {
	dir, err := l.scratch()
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	tree := treeParams{Root: dir, Modules: n}
	progress("a tree of %d modules", n)
	if _, err := l.runJob(ctx, l.job, "tree", &tree); err != nil {
		return err
	}
	for _, g := range growths {
		if !l.wants(g.name) {
			continue
		}
		var cell grown
		for range cmp.Or(l.rounds, growthRounds) {
			seconds, memory, err := g.measure(ctx, l, &growParams{tree, g.name, machine, growthDevices, l.cpu})
			if err != nil {
				return fmt.Errorf("%s: %w", g.name, err)
			}
			cell.seconds, cell.memory = append(cell.seconds, seconds), append(cell.memory, memory)
		}
		cells[g.name] = append(cells[g.name], cell)
		progress("  %s: %s", g.name, cell)
	}
	return nil
}

// growthTable is the table, with medians, and how many times as much the largest tree
// takes as the smallest.
func (l *lab) growthTable(cells map[string][]grown) string {
	heads, rule := []string{"time, memory with so many modules"}, "|---|"
	for _, n := range l.sizes {
		heads, rule = append(heads, thousands(n)), rule+"---|"
	}
	first, last := l.sizes[0], l.sizes[len(l.sizes)-1]
	heads = append(heads, fmt.Sprintf("× %.0f", float64(last)/float64(first)))
	text := tableLine(heads...) + rule + "---|\n"
	for _, g := range growths {
		row := cells[g.name]
		if len(row) == 0 {
			continue
		}
		line := []string{g.what}
		for _, c := range row {
			line = append(line, c.String())
		}
		from, to := row[0], row[len(row)-1]
		text += tableLine(append(line, times(from.seconds, to.seconds)+", "+times(from.memory, to.memory))...)
	}
	return text
}

// times is how many times as much one is as the other.
func times(from, to []float64) string { return fmt.Sprintf("× %.1f", median(to)/median(from)) }

// thousands is a number with commas.
func thousands(n int) string {
	text := strconv.Itoa(n)
	for at := len(text) - 3; at > 0; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}
