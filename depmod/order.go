package depmod

import (
	"cmp"
	"math"
	"slices"
	"sort"
	"strings"

	"github.com/gokmod/gokmod/internal/moddir"
	"github.com/gokmod/gokmod/internal/modname"
)

// choose picks one file for each module name, as depmod.d(5) says. Among equally
// ranked files, the first one counts: by path, external directories last.
func (s *scanner) choose(found []candidate) []candidate {
	own := found
	if at := slices.IndexFunc(found, func(c candidate) bool { return c.External }); at >= 0 {
		own = found[:at]
	}
	sort.Slice(own, func(a, b int) bool { return own[a].Path < own[b].Path })
	ranker := s.conf.Ranker(s.index.release)
	winners := make(map[string]int, len(found))
	chosen := make([]candidate, 0, len(found))
	var losers []candidate
	for _, c := range found {
		at, taken := winners[c.name]
		if !taken {
			winners[c.name] = len(chosen)
			chosen = append(chosen, c)
			continue
		}
		if ranker.Better(c.Candidate, chosen[at].Candidate) {
			c, chosen[at] = chosen[at], c
		}
		losers = append(losers, c)
	}
	for _, c := range losers {
		by := chosen[winners[c.name]].Path
		s.index.Report.replaced(Replaced{c.name, c.Path, by})
	}
	return chosen
}

// order puts the modules that modules.order lists first, in its order.
func (s *scanner) order(chosen []candidate) ([]Module, error) {
	listed, err := s.listed(chosen)
	if err != nil {
		return nil, err
	}
	places := make([]int, len(chosen))
	order := make([]int, len(chosen))
	for i := range chosen {
		places[i], order[i] = listed[uncompressed(chosen[i].Path)], i
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(places[a], places[b]), strings.Compare(chosen[a].Path, chosen[b].Path))
	})
	modules := make([]Module, len(chosen))
	for i, at := range order {
		c := &chosen[at]
		modules[i] = Module{Name: c.name, Path: c.Path, file: c.file, host: c.host, stamp: *c.stamp}
	}
	return modules, nil
}

// uncompressed is the path of a module as modules.order has it.
func uncompressed(name string) string {
	if ext := modname.Ext(name); ext != ".ko" {
		return strings.TrimSuffix(name, ext) + ".ko"
	}
	return name
}

// listed returns the line of each module in modules.order, which has the path
// of an uncompressed module in each line; of repeated lines, the first counts.
// Unlisted modules come last.
func (s *scanner) listed(chosen []candidate) (map[string]int, error) {
	text, err := s.text(moddir.Order)
	if err != nil {
		return nil, err
	}
	lines := make(map[string]int, len(chosen))
	for i := range chosen {
		lines[uncompressed(chosen[i].Path)] = math.MaxInt
	}
	n := 0
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
		if at, ok := lines[line]; ok && at == math.MaxInt {
			lines[line] = n
		}
		n++
	}
	return lines, nil
}
