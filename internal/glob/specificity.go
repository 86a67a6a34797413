package glob

import "cmp"

// Specificity says how much a pattern leaves open.
type Specificity struct {
	stars, singles, literals int
}

// SpecificityOf examines a pattern. To one that has matched a string it takes no more
// work than matching it did.
func SpecificityOf(pattern string) Specificity {
	var s Specificity
	unclosed := false // a '[' before stands for itself
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; {
		case c == '*':
			s.stars++
		case c == '?':
			s.singles++
		case c == '[' && (!unclosed || startsClass(pattern, i)): // see feedOpen
			if next := parseSet(pattern, i).next; next > 0 {
				s.singles++
				i = next - 1
			} else {
				s.literals++
				unclosed = true
			}
		case c == '\\' && i+1 < len(pattern):
			s.literals++
			i++
		default:
			s.literals++
		}
	}
	return s
}

// Compare is negative if s is more specific than other: it has fewer stars, or as many
// and fewer "?" and sets, or as many of these too and more bytes that stand for
// themselves.
func (s Specificity) Compare(other Specificity) int {
	return cmp.Or(cmp.Compare(s.stars, other.stars), cmp.Compare(s.singles, other.singles),
		cmp.Compare(other.literals, s.literals))
}
