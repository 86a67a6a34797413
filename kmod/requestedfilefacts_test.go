package kmod

import (
	"errors"
	"io/fs"
	"syscall"
	"testing"
)

// noOpen is a file system on which every open fails.
type noOpen struct{ err error }

func (n noOpen) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: n.err}
}

// TestReadFactsFails: files that could not be read for want of descriptors or memory are
// not taken to be independent of each other.
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
