package modtest

import (
	"bytes"
	"fmt"
	"strings"
)

// kernelMemory is the memory of a kernel while it is made.
type kernelMemory struct {
	k      *KernelImage
	data   []byte
	spans  []kernelSpan
	listed []string // lines of the System.map
}

// kernelSpan is a part of memory that has a name.
type kernelSpan struct {
	name     string
	from, to int
}

// memory lays the kernel out.
func (k *KernelImage) memory() *kernelMemory {
	m := &kernelMemory{k: k, data: make([]byte, 64)}
	switch k.Machine {
	case 183:
		copy(m.data[0x38:], "ARM\x64")
	case 243:
		copy(m.data[0x38:], "RSC\x05")
	}
	m.list(0, "_text")
	m.facts()
	m.exports()
	m.data = append(m.data, "\x00what follows in the kernel\x00"...)
	return m
}

// facts adds what the kernel says of itself: among it a program with a build id of its
// own, as the vDSO, more than 64 KiB before the kernel's.
func (m *kernelMemory) facts() {
	const program = "%s\x00Linux version %s\x00"
	release := m.k.release()
	text := program + "Linux version " + release + " (builder@test) (gcc) #1 SMP\n\x00" + release + " is no vermagic\x00"
	if m.k.Vermagic != "" {
		text += release + " " + m.k.Vermagic + "\x00"
	}
	m.data = append(m.data, text...)
	m.align(4)
	if !m.k.Alone {
		m.data = append(m.data, "\x7fELF\x02\x01\x01\x00"...)
		m.note(bytes.Repeat([]byte{0xdd}, 20))
		m.data = append(m.data, make([]byte, 66<<10)...)
	}
	if from := len(m.data); len(m.k.BuildID) > 0 {
		m.note(m.k.BuildID)
		m.span(".notes", from)
	}
}

func (m *kernelMemory) note(id []byte) {
	for _, n := range []uint32{4, uint32(len(id)), 3} {
		m.data = m.k.order().AppendUint32(m.data, n)
	}
	m.data = append(append(m.data, "GNU\x00"...), id...)
}

func (m *kernelMemory) align(n int) { m.data = append(m.data, make([]byte, -len(m.data)&(n-1))...) }

// span names what was added since an offset.
func (m *kernelMemory) span(name string, from int) {
	m.spans = append(m.spans, kernelSpan{name, from, len(m.data)})
}

// list adds a line to the System.map.
func (m *kernelMemory) list(at int, name string) {
	m.listed = append(m.listed, fmt.Sprintf("%0*x r %s\n", 2*m.k.word(), m.k.base()+uint64(at), name))
}

// SystemMap returns the System.map of the kernel.
func (k *KernelImage) SystemMap() string {
	m := k.memory()
	for _, s := range m.spans {
		if name, found := strings.CutPrefix(s.name, "__"); found {
			m.list(s.from, "__start___"+name)
			m.list(s.to, "__stop___"+name)
		}
	}
	return strings.Join(m.listed, "")
}
