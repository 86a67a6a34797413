package depmod

import (
	"bufio"
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/gokmod/gokmod/internal/modname"
)

// choose picks one file for each module name, as depmod.d(5) says. Of those that
// it ranks equal, the first one counts: by path, external folders last.
func (s *scanner) choose(found []candidate) []candidate {
	own := found
	if at := slices.IndexFunc(found, func(c candidate) bool { return c.External }); at >= 0 {
		own = found[:at]
	}
	slices.SortFunc(own, func(a, b candidate) int { return strings.Compare(a.Path, b.Path) })
	ranker := s.conf.Ranker(s.index.release)
	winners := make(map[string]int, len(found))
	chosen := make([]candidate, 0, len(found))
	for _, c := range found {
		at, taken := winners[c.name]
		if !taken {
			winners[c.name] = len(chosen)
			chosen = append(chosen, c)
			continue
		}
		loser := c
		if ranker.Better(c.Candidate, chosen[at].Candidate) {
			loser, chosen[at] = chosen[at], c
		}
		s.index.Report.Replaced = append(s.index.Report.Replaced, Replaced{c.name, loser.Path, chosen[at].Path})
	}
	return chosen
}

// order puts those modules first that modules.order lists, in its order.
func (s *scanner) order(chosen []candidate) []Module {
	listed := s.listed()
	places := make([]int, len(chosen))
	order := make([]int, len(chosen))
	for i := range chosen {
		at, ok := listed[uncompressed(chosen[i].Path)]
		if !ok {
			at = len(listed)
		}
		places[i], order[i] = at, i
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(places[a], places[b]), strings.Compare(chosen[a].Path, chosen[b].Path))
	})
	modules := make([]Module, len(chosen))
	for i, at := range order {
		c := &chosen[at]
		modules[i] = Module{Name: c.name, Path: c.Path, file: c.file, stamp: *c.stamp}
	}
	return modules
}

// uncompressed is the path of a module as modules.order has it.
func uncompressed(name string) string {
	if ext := modname.Ext(name); ext != ".ko" {
		return strings.TrimSuffix(name, ext) + ".ko"
	}
	return name
}

// listed reads modules.order: paths of uncompressed modules, a line each, of
// which the first counts.
func (s *scanner) listed() map[string]int {
	places := map[string]int{}
	f, _, err := s.tree.OpenFile(path.Join(s.dir, "modules.order"))
	if err != nil {
		s.unreadableInput("modules.order", err)
		return places
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if _, twice := places[string(lines.Bytes())]; !twice {
			places[lines.Text()] = len(places)
		}
	}
	return places
}
