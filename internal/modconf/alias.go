package modconf

import (
	"slices"
	"strings"

	"github.com/gokmod/gokmod/internal/glob"
)

// indexAliases separates the aliases that can be found by name from those that
// have to be matched.
func (c *Config) indexAliases() {
	if len(c.Aliases) == 0 {
		return
	}
	c.plainAliases = byName{first: map[string]int32{}, next: make([]int32, len(c.Aliases)+1)}
	for i := len(c.Aliases); i > 0; i-- {
		if pattern := c.Aliases[i-1].Pattern; !strings.ContainsAny(pattern, `*?[\`) {
			c.plainAliases.add(pattern, int32(i))
		} else {
			c.patterns = append(c.patterns, int32(i))
		}
	}
	slices.Reverse(c.patterns)
}

// Patterns is the number of aliases with wildcards, all of which MatchAliases
// tries.
func (c *Config) Patterns() int { return len(c.patterns) }

// MatchAliases returns the alias lines whose pattern matches an alias, which
// must be normalised, in the order of the configuration.
func (c *Config) MatchAliases(alias string) []Alias {
	var found []Alias
	plain := c.plainAliases.first[alias]
	for _, at := range c.patterns {
		if !glob.Match(c.Aliases[at-1].Pattern, alias) {
			continue
		}
		for ; plain != 0 && plain < at; plain = c.plainAliases.next[plain] {
			found = append(found, c.Aliases[plain-1])
		}
		found = append(found, c.Aliases[at-1])
	}
	for ; plain != 0; plain = c.plainAliases.next[plain] {
		found = append(found, c.Aliases[plain-1])
	}
	return found
}
