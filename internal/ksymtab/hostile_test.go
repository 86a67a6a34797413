package ksymtab

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/kernelimage"
	"github.com/gokmod/gokmod/internal/test/modtest"
)

// filled is memory of n bytes that repeats something.
func filled(n int, text string) *kernelimage.Memory {
	return memoryOf(8, 0, bytes.Repeat([]byte(text), n/len(text)+1)[:n])
}

// leading is memory of n bytes in which all records of a form lead to two long names.
func leading(n int, f form, word int) *kernelimage.Memory {
	long := strings.Repeat("n", 1000) + "\x00"
	data := append([]byte("\x00"+long+long), make([]byte, n)...)
	m := memoryOf(word, 0, data)
	for at, i := 2*len(long)+6, 0; at+f.size(m) <= len(data); at, i = at+f.size(m), i+1 {
		to, field := uint64(1+i%2*len(long)), data[at+f.field(m):]
		switch {
		case f.relative:
			binary.LittleEndian.PutUint32(field, uint32(to-uint64(at+4)))
		case word == 4:
			binary.LittleEndian.PutUint32(field, uint32(0x40000000+to))
		default:
			binary.LittleEndian.PutUint64(field, 0x40000000+to)
		}
	}
	return m
}

// TestHostile: whatever is in memory, the work of a search is bounded by its size.
func TestHostile(t *testing.T) {
	const size = 1 << 20
	ends := map[string]bool{} // the work that is allowed is not enough
	for name, m := range map[string]*kernelimage.Memory{
		"zeros": filled(size, "\x00"), "ones": filled(size, "\xff"), "a": filled(size, "a"),
		"a and NUL":          filled(size, "a\x00"),
		"long names":         filled(size, strings.Repeat("n", 1000)+"\x00"),
		"offsets":            leading(size, form{true, 3}, 8),
		"offsets, two":       leading(size, form{true, 2}, 8),
		"pointers":           leading(size, form{false, 3}, 8),
		"pointers, two":      leading(size, form{false, 2}, 8),
		"pointers of 32":     leading(size, form{false, 3}, 4),
		"pointers of 32 two": leading(size, form{false, 2}, 4),
	} {
		w := newWork(m)
		for _, f := range forms {
			for _, kind := range machines(m, f) {
				if e := searchIn(&kind, f, w); e != nil {
					t.Errorf("%s: it has %d symbols", name, e.Len())
				}
			}
		}
		// A page at a time is looked at, and some of the names, when nothing is left.
		if most := int64(size/pageSize*mostTries*24*12 + 12*maxName); w.left < -most {
			t.Errorf("%s: %d more than is allowed", name, -w.left)
		}
		ends[name] = w.left < 0
	}
	for _, name := range []string{"a and NUL", "offsets", "offsets, two"} {
		if !ends[name] {
			t.Errorf("%s: there is work left", name)
		}
	}
}

// TestHostileNamespaces: namespaces that overlap have more bytes together than memory.
func TestHostileNamespaces(t *testing.T) {
	k := &modtest.KernelImage{Symbols: modtest.KernelSymbols(200)}
	image := k.Build()
	m := load(t, image)
	table := m.Linked.Section("__ksymtab")
	data := m.Span(table.Addr, table.Size)
	for left := m.Size(); ; {
		e := fromSections(m)
		total := 0
		if e == nil {
			break
		}
		for s := range e.All() {
			total += len(s.Name) + len(s.Namespace)
		}
		if total > m.Size() {
			t.Fatalf("%d bytes of names in a kernel of %d", total, m.Size())
		}
		if left -= 1000; left < 0 {
			t.Fatal("namespaces of any size are taken")
		}
		// One more record leads to a long namespace before the tables, at another byte.
		i := (m.Size() - left) / 1000
		at := table.Addr + uint64(12*i+8)
		to := m.Parts[0].Addr + 1000
		text := m.Span(to, 1000)
		copy(text, bytes.Repeat([]byte("n"), 999))
		m.Order.PutUint32(data[12*i+8:], uint32(to+uint64(i)-at))
	}
}

// FuzzFind: whatever is in memory, names are identifiers, the same come again, and they
// have no more bytes together than memory.
func FuzzFind(f *testing.F) {
	for name, k := range modtest.KernelKinds() {
		if strings.Contains(name, "twice") {
			image := k.Build()
			f.Add(image[:64], image[66<<10:], k.SystemMap())
		}
	}
	f.Fuzz(func(t *testing.T, head, rest []byte, text string) {
		image := slices.Concat(head, modtest.Kernel("6.1.0-test", nil), rest)
		m, err := kernelimage.Load(bytes.NewReader(image), int64(len(image)), 1<<20)
		if err != nil {
			return
		}
		if e, err := Find(m); err == nil {
			invariants(t, m, e)
		} else if err != ErrNoTables {
			t.Fatal(err)
		}
		if e, err := FindWith(m, addresses(t, text)); err == nil {
			invariants(t, m, e)
		} else if err != ErrForeignMap && err != ErrNoBounds {
			t.Fatal(err)
		}
	})
}

func invariants(t *testing.T, m *kernelimage.Memory, e *Exports) {
	t.Helper()
	got := slices.Collect(e.All())
	size := 0
	for _, s := range got {
		if !isSymbol([]byte(s.Name)) || !isNamespace(append([]byte{}, s.Namespace...)) {
			t.Fatalf("%+v", s)
		}
		size += len(s.Name) + len(s.Namespace)
	}
	if size > m.Size() || len(got) > e.Len() || !slices.Equal(got, slices.Collect(e.All())) {
		t.Fatalf("%d symbols with %d bytes in a kernel of %d", len(got), size, m.Size())
	}
}
