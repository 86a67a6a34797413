package ksymtab

import "github.com/gokmod/gokmod/internal/kernelimage"

// Find finds the tables of a kernel. The error is ErrNoTables.
func Find(m *kernelimage.Memory) (*Exports, error) {
	if e := fromSections(m); e != nil {
		return e, nil
	}
	if e := search(m); e != nil {
		return e, nil
	}
	return nil, ErrNoTables
}
