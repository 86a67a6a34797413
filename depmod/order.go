package depmod

import (
	"bufio"
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/gokmod/gokmod/internal/modname"
)

// choose picks one file for each module name and returns them in the order of
// their paths.
func (s *scanner) choose(found []candidate) []candidate {
	slices.SortFunc(found, func(a, b candidate) int { return strings.Compare(a.path, b.path) })
	winners := map[string]int{}
	var chosen []candidate
	for _, c := range found {
		at, taken := winners[c.name]
		if !taken {
			winners[c.name] = len(chosen)
			chosen = append(chosen, c)
			continue
		}
		loser := c
		if position(c.path) < position(chosen[at].path) {
			loser, chosen[at] = chosen[at], c
		}
		s.index.Report.Replaced = append(s.index.Report.Replaced, Replaced{c.name, loser.path, chosen[at].path})
	}
	return chosen
}

// position is where a folder stands in the default search order: updates before
// everything else.
func position(name string) int {
	if strings.HasPrefix(name, "updates/") {
		return 0
	}
	return 1
}

// order puts those modules first that modules.order lists, in its order.
func (s *scanner) order(chosen []candidate) []Module {
	listed := s.listed()
	place := func(c candidate) int {
		if at, ok := listed[uncompressed(c.path)]; ok {
			return at
		}
		return len(listed)
	}
	slices.SortStableFunc(chosen, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(place(a), place(b)), strings.Compare(a.path, b.path))
	})
	modules := make([]Module, len(chosen))
	for i, c := range chosen {
		modules[i] = Module{Name: c.name, Path: c.path, file: c.file}
	}
	return modules
}

// uncompressed is the path of a module as modules.order has it.
func uncompressed(name string) string {
	return strings.TrimSuffix(name, modname.Ext(name)) + ".ko"
}

// listed reads modules.order: paths of uncompressed modules, a line each, of
// which the first counts.
func (s *scanner) listed() map[string]int {
	places := map[string]int{}
	f, _, err := s.tree.OpenFile(path.Join(s.dir, "modules.order"))
	if err != nil {
		s.index.Report.unreadable(s.tree.Show(path.Join(s.dir, "modules.order")), err)
		return places
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if _, twice := places[lines.Text()]; !twice {
			places[lines.Text()] = len(places)
		}
	}
	return places
}
