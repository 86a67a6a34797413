package sys

import (
	"errors"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"
)

// sink keeps reads from being optimised away.
var sink byte

// shortened returns a mapping whose file has been cut to keep bytes since.
func shortened(t *testing.T, size, keep int) *Mapping {
	t.Helper()
	f := tempFile(t, pattern(size))
	m, err := MapFile(f, -1)
	if err != nil {
		t.Fatal(err)
	}
	if !m.Mapped() {
		m.Close()
		t.Skip("files are not mapped here")
	}
	t.Cleanup(func() { m.Close() })
	if err := f.Truncate(int64(keep)); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestGuardTruncated(t *testing.T) {
	const size = 1 << 20
	const anywhere = -1 // a copy may begin at either end
	page := os.Getpagesize()
	dst := make([]byte, size)
	tests := []struct {
		name string
		read func(b []byte)
		want int
	}{
		{"index", func(b []byte) { sink = b[5*page] }, 5 * page},
		{"last byte", func(b []byte) { sink = b[size-1] }, size - 1},
		{"copy", func(b []byte) { copy(dst, b) }, anywhere},
		{"string", func(b []byte) { sink = string(b)[0] }, anywhere},
		{"search", func(b []byte) { sink = byte(strings.IndexByte(string(b[page:2*page]), 0)) }, page},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m := shortened(t, size, page)
			err := m.Guard(func() error { test.read(m.Bytes()); return nil })
			var fault *FaultError
			if !errors.As(err, &fault) || !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Fatalf("Guard = %v, want a *FaultError", err)
			}
			if got := int(fault.Offset) / page; got < 1 || test.want != anywhere && got != test.want/page {
				t.Errorf("fault in page %d, want page %d", got, test.want/page)
			}
			if b := m.Bytes(); b[0] != pattern(1)[0] {
				t.Error("the part that is still there cannot be read")
			}
		})
	}
}

// TestGuardNested faults in the outer mapping inside the inner one's guard.
func TestGuardNested(t *testing.T) {
	outer, inner := shortened(t, 1<<20, 0), shortened(t, 1<<20, 0)
	reached := false
	err := outer.Guard(func() error {
		err := inner.Guard(func() error { sink = outer.Bytes()[1<<19]; return nil })
		reached = true
		return err
	})
	var fault *FaultError
	if !errors.As(err, &fault) || reached {
		t.Errorf("Guard = %v, code after the inner guard reached: %t", err, reached)
	}
	err = outer.Guard(func() error {
		return inner.Guard(func() error { sink = inner.Bytes()[1<<19]; return nil })
	})
	if !errors.As(err, &fault) {
		t.Errorf("Guard = %v, want the inner one's *FaultError", err)
	}
}

func TestGuardPassesResult(t *testing.T) {
	for _, size := range []int{1, 1 << 20} {
		m, err := MapFile(tempFile(t, pattern(size)), -1)
		if err != nil {
			t.Fatal(err)
		}
		defer m.Close()
		if err := m.Guard(func() error { return io.EOF }); err != io.EOF {
			t.Errorf("Guard = %v, want the function's own error", err)
		}
		if err := m.Guard(func() error { return nil }); err != nil {
			t.Errorf("Guard = %v, want nil", err)
		}
	}
}

// TestGuardPassesPanics checks that no programming error is taken for a fault
// in the file.
func TestGuardPassesPanics(t *testing.T) {
	m, err := MapFile(tempFile(t, pattern(1<<20)), -1)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	var nowhere *[16]int
	other := errors.New("other")
	tests := []struct {
		name string
		f    func() error
	}{
		{"value", func() error { panic(other) }},
		{"index out of range", func() error { sink = m.Bytes()[len(m.Bytes())]; return nil }},
		{"nil pointer", func() error { nowhere[3] = 1; return nil }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			defer func() {
				p := recover()
				if _, ok := p.(runtime.Error); !ok && p != other {
					t.Errorf("recovered %v", p)
				}
			}()
			err := m.Guard(test.f)
			t.Errorf("Guard returned %v instead of passing the panic", err)
		})
	}
}

func TestGuardDoesNotAllocate(t *testing.T) {
	m, err := MapFile(tempFile(t, pattern(1<<20)), -1)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	sum := 0
	allocs := testing.AllocsPerRun(100, func() {
		if m.Guard(func() error { sum += int(m.Bytes()[sum&1023]); return nil }) != nil {
			t.Error("the guarded function failed")
		}
	})
	if allocs != 0 {
		t.Errorf("%v allocations a call", allocs)
	}
}

func BenchmarkGuard(b *testing.B) {
	m, err := MapFile(tempFile(b, pattern(1<<20)), -1)
	if err != nil {
		b.Fatal(err)
	}
	defer m.Close()
	sum := 0
	for b.Loop() {
		if m.Guard(func() error { sum += int(m.Bytes()[sum&1023]); return nil }) != nil {
			b.Fatal("the guarded function failed")
		}
	}
}
