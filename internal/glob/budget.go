package glob

import (
	"errors"
	"fmt"
)

// StepsPerByte bounds the work of matching one string with all patterns of a
// file: this many steps for each byte of the patterns, as the file holds them,
// and of the string. Real kernels and devices need less than a thousandth of it.
const StepsPerByte = 16

// ErrBudget is matched by every [BudgetError].
var ErrBudget = errors.New("the patterns take too much work")

// A BudgetError says that matching one string with the patterns of a file takes
// more work than any sensible set of patterns does.
type BudgetError struct {
	File  string // as errors name it
	Limit int    // the steps that did not suffice, for this string alone or together with others
}

func (e *BudgetError) Error() string {
	return fmt.Sprintf("%s: %v, more than %d steps", e.File, ErrBudget, e.Limit)
}

// Is makes errors.Is(err, ErrBudget) true.
func (e *BudgetError) Is(target error) bool { return target == ErrBudget }

// A Budget counts steps. The zero value allows none.
type Budget struct {
	limit, used int
	whole       int // limit of the larger budget that this one was cut to, 0 for none
}

// NewBudget allows [StepsPerByte] steps for each of the given number of bytes.
func NewBudget(bytes int) Budget { return Steps(StepsPerByte * min(bytes, unlimited/StepsPerByte)) }

// Steps allows n steps.
func Steps(n int) Budget { return Budget{limit: n} }

// Within returns the budget, cut to what is left of a larger one; larger may be
// nil.
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

// exhaust uses up the budget and returns false.
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
