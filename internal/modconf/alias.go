package modconf

import (
	"strings"

	"github.com/gokmod/gokmod/internal/glob"
)

// indexAliases separates the aliases that can be found by name from those that
// must be matched.
func (c *Config) indexAliases() {
	if len(c.Aliases) == 0 {
		return
	}
	c.plainAliases = byName{first: map[string]int32{}, next: make([]int32, len(c.Aliases)+1)}
	var patterns []string
	for i := range c.Aliases {
		if pattern := c.Aliases[i].Pattern; isPattern(pattern) {
			patterns = append(patterns, pattern)
			c.patternAt = append(c.patternAt, int32(i)+1)
		}
	}
	for i := len(c.Aliases); i > 0; i-- {
		if name := c.Aliases[i-1].Pattern; !isPattern(name) {
			c.plainAliases.add(name, int32(i))
		}
	}
	c.patterns = glob.NewList(patterns)
}

func isPattern(alias string) bool { return strings.ContainsAny(alias, `*?[\`) }

// MatchAliases returns the alias lines whose pattern matches an alias, which
// must be normalised, in the order of the configuration. It takes at most
// [glob.StepsPerByte] steps for each byte of the alias and of all patterns. The
// error is a [glob.BudgetError] that names the line it stopped at. The steps
// also count against a budget shared by several aliases, which may be nil.
func (c *Config) MatchAliases(budget *glob.Budget, alias string) (found []Alias, err error) {
	own := glob.NewBudget(c.patterns.Size() + len(alias)).Within(budget)
	matching, over := c.patterns.Match(alias, &own)
	if budget != nil {
		budget.Spend(own.Used())
	}
	if over >= 0 {
		return nil, own.Err(c.Aliases[c.patternAt[over]-1].Origin.String())
	}
	plain := c.plainAliases.first[alias]
	for _, pattern := range matching {
		at := c.patternAt[pattern]
		for ; plain != 0 && plain < at; plain = c.plainAliases.next[plain] {
			found = append(found, c.Aliases[plain-1])
		}
		found = append(found, c.Aliases[at-1])
	}
	for ; plain != 0; plain = c.plainAliases.next[plain] {
		found = append(found, c.Aliases[plain-1])
	}
	return found, nil
}
