package modconf

import (
	"math"
	"strings"
)

// Candidate is a file that may become the module of its name.
type Candidate struct {
	Path     string // relative to the module directory, or absolute when External
	External bool   // found in an external directory
}

// Ranker decides, for one kernel release, which of several files with one
// module name is the module. It is immutable and safe for concurrent use.
type Ranker struct {
	dirs      map[string]int // position of a directory in the search list
	builtin   int
	external  int
	overrides map[string]int // position by directory and name
}

// unranked is the rank of a file that the search list does not cover.
const unranked = math.MaxInt

// Ranker prepares the decision for a kernel release.
func (c *DepmodConfig) Ranker(release string) *Ranker {
	r := &Ranker{dirs: map[string]int{}, builtin: unranked, external: unranked, overrides: map[string]int{}}
	search := c.Search
	if len(search) == 0 {
		search = []SearchEntry{{Dir: "updates"}, {Dir: SearchBuiltin}}
	}
	for i := range search {
		r.addSearch(search[i].Dir, i)
	}
	if r.external == unranked {
		r.external = r.builtin
	}
	match := newMatcher(release)
	for i := range c.Overrides {
		if o := &c.Overrides[i]; match.kernels(o.Kernels) {
			r.overrides[o.Dir+"/"+o.Module] = i
		}
	}
	return r
}

// addSearch gives a position to an entry. Of equal entries, the first counts.
func (r *Ranker) addSearch(dir string, at int) {
	switch dir {
	case SearchBuiltin:
		r.builtin = min(r.builtin, at)
	case SearchExternal:
		r.external = min(r.external, at)
	default:
		if _, known := r.dirs[dir]; !known {
			r.dirs[dir] = at
		}
	}
}

// Rank returns a number that is smaller for a better candidate. Of candidates
// with the same number, the one found first is the module.
func (r *Ranker) Rank(c Candidate) int {
	if c.External {
		return r.external
	}
	slash := strings.LastIndexByte(c.Path, '/')
	if len(r.overrides) > 0 {
		stem, _, _ := strings.Cut(c.Path[slash+1:], ".")
		if line, ok := r.overrides[c.Path[:slash+1+len(stem)]]; ok {
			return -1 - line // of two lines, the later one wins
		}
	}
	best := unranked
	for end := slash; end > 0; end = strings.LastIndexByte(c.Path[:end], '/') {
		if at, ok := r.dirs[c.Path[:end]]; ok {
			best = min(best, at)
		}
	}
	if best == unranked {
		return r.builtin
	}
	return best
}

// Better reports whether candidate a is preferable to b, which was found before
// it.
func (r *Ranker) Better(a, b Candidate) bool { return r.Rank(a) < r.Rank(b) }
