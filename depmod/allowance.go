package depmod

import (
	"errors"
	"sync/atomic"
)

// ErrBudget: the modules state more than indexes are made of, or the index files
// would be larger than all of them together may be. Real kernels come to less than a
// quarter of either, also where 16 workers read their modules.
var ErrBudget = errors.New("there is more to index than memory is taken for")

// errStates is the error for a module that states more than any may.
var errStates = errors.New("it states more aliases, dependencies and symbols than memory is taken for")

// Bounds for what is kept of modules, in bytes that the costs below add up to. They
// are about what the makers of the index files take in the end.
const (
	treeAllowance   = 128 << 20 // for all modules of a tree
	moduleAllowance = 100 << 20 // for one

	valueCost    = 96  // an alias or dependency
	distinctCost = 32  // one that the module has not stated before, besides its text
	nameCost     = 200 // the name of a symbol, once for each worker, besides its text
	symbolCost   = 100 // a symbol, with its version, once for each worker
	referCost    = 24  // an export or need
)

// MaxFilesSize bounds the size of all index files together, in bytes.
const MaxFilesSize = 128 << 20

// allowance is what may still be taken, by any number of goroutines.
type allowance struct{ left atomic.Int64 }

func newAllowance(n int64) *allowance {
	a := &allowance{}
	a.left.Store(n)
	return a
}

// take returns ErrBudget, and takes nothing, where there is not that much left.
func (a *allowance) take(n int) error {
	if a.left.Add(int64(-n)) < 0 {
		a.left.Add(int64(n))
		return ErrBudget
	}
	return nil
}

// purse is a worker's part of the allowance of the tree, and what the module may still
// take of it that the worker is reading.
type purse struct {
	tree   *allowance
	left   int // that was taken of the tree and not spent
	module int // that the module may still spend
}

// draw is how much is taken of the tree at a time, so that workers seldom meet there.
const draw = 1 << 16

// open begins a module.
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

// refund gives back what the module has spent.
func (p *purse) refund() {
	p.left += moduleAllowance - p.module
	p.module = moduleAllowance
}
