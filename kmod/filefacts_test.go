package kmod

import (
	"errors"
	"io/fs"
	"syscall"
	"testing"
)

// noOpen is a file system that answers every open with an error.
type noOpen struct{ err error }

func (n noOpen) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: n.err}
}

// TestReadFactsFails: files between which nothing is known are not taken for
// independent of each other because there are no descriptors or memory.
func TestReadFactsFails(t *testing.T) {
	for err, machine := range map[error]bool{
		syscall.EMFILE: true, syscall.ENFILE: true, syscall.ENOMEM: true, syscall.EACCES: false,
	} {
		db, failed := Open(&Config{FS: noOpen{err}, Release: "6.1"})
		if failed != nil {
			t.Fatal(failed)
		}
		p := newPlanner(db, &PlanOptions{})
		got := p.findNeeds([]*requestedFile{{module: Module{Name: "a", Path: "a.ko", file: "a.ko"}}})
		if errors.Is(got, err) != machine {
			t.Errorf("%v: the error is %v", err, got)
		}
	}
}
