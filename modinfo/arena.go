package modinfo

import "github.com/gokmod/gokmod/internal/elfmod"

// arena collects names into one string, which neither keeps the module's memory
// alive nor costs an allocation for each.
type arena struct {
	buf  []byte
	left int // bytes that may still be taken
}

// span is the position of a name in the arena.
type span struct{ from, to int }

// newArena makes room for the names of a string table of size bytes. Names may
// overlap in a string table; using one many times over is an attack on our
// memory.
func newArena(size int) *arena {
	return &arena{left: 4*size + 1<<16}
}

// charge counts n bytes against the limit.
func (a *arena) charge(n int) error {
	if n > a.left {
		return &elfmod.FormatError{Msg: "its symbol names overlap beyond reason"}
	}
	a.left -= n
	return nil
}

func (a *arena) add(name []byte) (span, error) {
	if err := a.charge(len(name)); err != nil {
		return span{}, err
	}
	from := len(a.buf)
	a.buf = append(a.buf, name...)
	return span{from, len(a.buf)}, nil
}
