package sys

import (
	"fmt"
	"io"
	"os"
	"reflect"
	"runtime"
	"runtime/debug"
)

// FaultError reports that the bytes of a mapping could not be read: the file
// was shortened meanwhile, or its storage failed. It wraps io.ErrUnexpectedEOF.
type FaultError struct {
	// Offset is where in the file the fault happened, on some architectures
	// rounded down to the start of the memory page.
	Offset int64
}

func (e *FaultError) Error() string {
	return fmt.Sprintf("the mapped file became unreadable at offset %d while it was in use", e.Offset)
}

// Unwrap returns io.ErrUnexpectedEOF.
func (e *FaultError) Unwrap() error { return io.ErrUnexpectedEOF }

// Guard calls f, inside which the mapping's bytes may be read, and returns f's
// error. If such a read faults, f ends there and Guard returns a *FaultError.
// It costs some tens of nanoseconds and does not allocate.
//
// f ends as by a panic: deferred calls run, other state stays as f left it.
// Only the calling goroutine is guarded, not goroutines that f starts. Every
// other panic passes through. Guards may nest, even those of different
// mappings.
func (m *Mapping) Guard(f func() error) (err error) {
	if !m.mapped {
		return f()
	}
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = m.faultError(p)
		}
	}()
	return f()
}

// faultError turns the panic p of a fault inside the mapping into an error, and
// panics again with any other.
func (m *Mapping) faultError(p any) error {
	fault, ok := p.(interface {
		runtime.Error
		Addr() uintptr
	})
	if !ok {
		panic(p)
	}
	// Addresses are compared rounded to pages, since some architectures know no
	// more. A mapping starts at a page.
	offset := fault.Addr() - reflect.ValueOf(m.data).Pointer()
	page := uintptr(os.Getpagesize())
	if offset >= (uintptr(len(m.data))+page-1)&^(page-1) {
		panic(p)
	}
	return &FaultError{Offset: int64(offset)}
}
