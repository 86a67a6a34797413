package depmod

import (
	"errors"
	"sync/atomic"
)

// ErrBudget means that the modules state more than fits into the memory for an
// index, or that the index files together would exceed their size limit. Real
// kernels need less than a quarter of either, even when 16 workers read their
// modules.
var ErrBudget = errors.New("the index would take more memory than is allowed")

// errStates is the error for a module that states more than a single one may.
var errStates = errors.New("it has more aliases, dependencies and symbols than a single module may")

// Bounds for what is kept of modules, in bytes as estimated by the costs below.
// They roughly equal the final memory use of making the index files.
const (
	treeAllowance   = 128 << 20 // for all modules of a tree
	moduleAllowance = 100 << 20 // for a single module

	valueCost    = 96  // an alias or dependency
	distinctCost = 32  // the same, if the module has not stated it before, besides its text
	nameCost     = 200 // the name of a symbol, once for each worker, besides its text
	symbolCost   = 100 // a symbol, with its version, once for each worker
	referCost    = 24  // an export or need
)

// MaxFilesSize bounds the size of all index files together, in bytes.
const MaxFilesSize = 128 << 20

// allowance is the memory that may still be taken, by any number of goroutines.
type allowance struct{ left atomic.Int64 }

func newAllowance(n int64) *allowance {
	a := &allowance{}
	a.left.Store(n)
	return a
}

// take returns ErrBudget, and takes nothing, if less than that is left.
func (a *allowance) take(n int) error {
	if a.left.Add(int64(-n)) < 0 {
		a.left.Add(int64(n))
		return ErrBudget
	}
	return nil
}

// purse is a worker's part of the tree's allowance, and what the module that it is
// reading may still take.
type purse struct {
	tree   *allowance
	left   int // taken from the tree and not spent
	module int // what the module may still spend
}

// draw is how much is taken from the tree at a time, so that workers seldom contend
// for it.
const draw = 1 << 16

// open starts a module.
func (p *purse) open() { p.module = moduleAllowance }

func (p *purse) spend(n int) error {
	if p.module -= n; p.module < 0 {
		p.module += n
		return errStates
	}
	if p.left < n {
		more := max(n-p.left, draw)
		if err := p.tree.take(more); err != nil {
			return err
		}
		p.left += more
	}
	p.left -= n
	return nil
}

// refund returns what the module has spent.
func (p *purse) refund() {
	p.left += moduleAllowance - p.module
	p.module = moduleAllowance
}
