package symtab

import (
	"io"
	"strconv"
	"strings"
)

// Addresses are those of a System.map that say where a kernel keeps its exports. They
// are immutable and safe for concurrent use.
type Addresses struct {
	at      map[string]uint64
	records int
}

// At returns the address of a symbol: one of the bounds of a table, __start___k… or
// __stop___k…, a beginning of the image, such as _text, or the record of an exported
// symbol, __ksymtab_NAME.
func (a *Addresses) At(name string) (addr uint64, ok bool) {
	addr, ok = a.at[name]
	return addr, ok
}

// Records is how many records of exported symbols there are.
func (a *Addresses) Records() int { return a.records }

// ReadAddresses reads a System.map. The result is nil exactly when there is an error,
// which is a read error or ErrTooLarge.
func ReadAddresses(src io.Reader) (*Addresses, error) {
	a := &Addresses{at: map[string]uint64{}}
	if _, err := read(src, &reader{set: &Set{}, width: 4, take: a.takeLine}); err != nil {
		return nil, err
	}
	return a, nil
}

func (a *Addresses) takeLine(r *reader, words [][]byte) {
	if len(words) != 3 || !placing(string(words[2])) {
		return
	}
	addr, err := strconv.ParseUint(string(words[0]), 16, 64)
	if err != nil {
		return
	}
	name := string(words[2])
	if _, known := a.at[name]; !known {
		r.names += len(name) + 64
		if strings.HasPrefix(name, string(ksymtab)) {
			a.records++
		}
	}
	a.at[name] = addr
}

// placing reports whether a symbol says where exports are.
func placing(name string) bool {
	if !strings.HasPrefix(name, "_") && name != "stext" {
		return false
	}
	for _, prefix := range [...]string{string(ksymtab), "__start___k", "__stop___k"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	switch name {
	case "_text", "_stext", "_start", "_head", "stext":
		return true
	}
	return false
}
