package glob

// Match reports whether the whole of s matches the pattern. It follows fnmatch(3)
// with flags 0, and allocates nothing unless s is longer than 1000 bytes.
func Match(pattern, s string) bool {
	budget := Steps(unlimited)
	return MatchWithin(&budget, pattern, s)
}

// unlimited is a budget that no two strings in memory exceed.
const unlimited = int(^uint(0) >> 2)

// MatchWithin is [Match] that counts its steps. It reports false when the
// budget runs out; see [Budget.Over].
func MatchWithin(budget *Budget, pattern, s string) bool {
	head := plainHead(pattern, s)
	if !budget.Spend(head) || head == len(s) && head == len(pattern) {
		return !budget.Over()
	}
	if head == len(pattern) || !isSpecial(pattern[head]) {
		return false
	}
	m := Matcher{Budget: *budget, text: s}
	m.bits = m.room[:0:bitsRoom]
	state, ok := Feed(&m, m.Start(head), pattern, head)
	ok = ok && Matches(&m, state, pattern)
	*budget = m.Budget
	return ok && !budget.Over()
}

// plainHead returns the number of plain bytes at the start of a pattern that s
// starts with too.
func plainHead(pattern, s string) int {
	n := 0
	for n < len(pattern) && n < len(s) && pattern[n] == s[n] && !isSpecial(pattern[n]) {
		n++
	}
	return n
}

func isSpecial(c byte) bool { return c == '*' || c == '?' || c == '[' || c == '\\' }
