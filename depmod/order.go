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
	slices.SortStableFunc(found, func(a, b candidate) int {
		if a.External || b.External {
			return 0
		}
		return strings.Compare(a.Path, b.Path)
	})
	ranker := s.conf.Ranker(s.index.release)
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
	place := func(c candidate) int {
		if at, ok := listed[uncompressed(c.Path)]; ok {
			return at
		}
		return len(listed)
	}
	slices.SortStableFunc(chosen, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(place(a), place(b)), strings.Compare(a.Path, b.Path))
	})
	modules := make([]Module, len(chosen))
	for i, c := range chosen {
		modules[i] = Module{Name: c.name, Path: c.Path, file: c.file}
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
		s.unreadableInput("modules.order", err)
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
