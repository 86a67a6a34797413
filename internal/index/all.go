package index

import (
	"iter"

	"github.com/gokmod/gokmod/internal/glob"
)

// All returns all entries: the keys in ascending order of bytes, the values of
// a key in ascending order of priority. An error, a [CorruptError] or, for keys
// of more than [StepsPerByte] bytes for each byte of the file, a
// [glob.BudgetError], comes with an empty entry and ends the sequence.
func (r *Reader) All() iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		w := allWalk{walk{r: r, left: len(r.data)}, glob.NewBudget(len(r.data))}
		if _, err := w.all(r.root, yield); err != nil {
			yield(Entry{}, err)
		}
	}
}

// allWalk is a walk that yields every entry.
type allWalk struct {
	walk
	keys glob.Budget // bytes of keys: nodes share the beginnings of theirs
}

// all yields everything at and below a node.
func (w *allWalk) all(ref uint32, yield func(Entry, error) bool) (more bool, err error) {
	n, err := w.enter(ref)
	if err != nil {
		return false, err
	}
	if n.values != 0 && !w.keys.Spend(len(w.key)) {
		return false, w.keys.Err(w.r.name)
	}
	more, err = w.each(&n, func(e Entry) bool { return yield(e, nil) })
	if !more || n.children == 0 {
		return more, err
	}
	here := len(w.key)
	for c := n.first; c <= n.last; c++ {
		ref := w.r.child(&n, c)
		if ref == 0 {
			continue
		}
		w.key = append(w.key[:here], c)
		if more, err := w.all(ref, yield); !more {
			return false, err
		}
	}
	return true, nil
}
