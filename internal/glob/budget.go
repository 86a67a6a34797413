package glob

import (
	"errors"
	"fmt"
)

// StepsPerByte bounds the work of matching one string with all patterns of a
// file: so many steps for each byte of the patterns, as the file holds them, and
// of the string. Those of real kernels and devices take less than a thousandth.
const StepsPerByte = 16

// ErrBudget is what every [BudgetError] matches with errors.Is.
var ErrBudget = errors.New("the patterns take too much work")

// A BudgetError says that the patterns of a file take more work for one string
// than any that are meant to be matched.
type BudgetError struct {
	File  string // as shown to people
	Limit int    // the steps that were not enough, for this string or for it and others
}

func (e *BudgetError) Error() string {
	return fmt.Sprintf("%s: %v, more than %d steps", e.File, ErrBudget, e.Limit)
}

// Is makes errors.Is(err, ErrBudget) true.
func (e *BudgetError) Is(target error) bool { return target == ErrBudget }

// A Budget counts steps. The zero value allows none.
type Budget struct {
	limit, used int
	whole       int // limit of the larger one that this was cut to, 0 for none
}

// NewBudget allows [StepsPerByte] steps for each of so many bytes.
func NewBudget(bytes int) Budget { return Steps(StepsPerByte * min(bytes, unlimited/StepsPerByte)) }

// Steps allows so many steps.
func Steps(n int) Budget { return Budget{limit: n} }

// Within returns the budget cut to what is left of a larger one, nil for none.
func (b Budget) Within(larger *Budget) Budget {
	if larger != nil && larger.limit-larger.used < b.limit {
		b.limit, b.whole = larger.limit-larger.used, larger.limit
	}
	return b
}

// Spend counts steps and reports whether they are within the budget.
func (b *Budget) Spend(steps int) bool {
	b.used += steps
	return !b.Over()
}

// exhaust lets the budget run out, and returns false.
func (b *Budget) exhaust() bool {
	b.used = max(b.used, b.limit+1)
	return false
}

// Over reports whether more was spent than allowed.
func (b *Budget) Over() bool { return b.used > b.limit }

// Used returns the steps counted so far.
func (b *Budget) Used() int { return b.used }

// Err returns a [BudgetError] about a file if more was spent than allowed.
func (b *Budget) Err(file string) error {
	if !b.Over() {
		return nil
	}
	return &BudgetError{File: file, Limit: max(b.limit, b.whole)}
}
