package modtest

// kernelELF is the ELF file of a kernel; elf(5) describes the layout.
type kernelELF struct {
	*kernelMemory
	file []byte
}

// contentsAt is where the memory is in the file.
const contentsAt = 0x1000

// elf makes an ELF file of the memory: a segment that is not loaded and points nowhere,
// the kernel's, and one without contents; and a section for each span.
func (m *kernelMemory) elf() []byte {
	f := &kernelELF{kernelMemory: m, file: make([]byte, contentsAt)}
	f.file = append(f.file, m.data...)
	table, names := 0, ""
	if m.k.Form == KernelSections {
		f.file = append(f.file, make([]byte, -len(f.file)&7)...)
		table = len(f.file)
		names = f.sections()
	}
	header := f.header(uint64(table))
	header = f.segment(header, 4, 1<<30, 0, 1)
	header = f.segment(header, 1, contentsAt, m.k.base(), uint64(len(m.data)))
	header = f.segment(header, 1, contentsAt, 0, 0)
	copy(f.file, header)
	return append(f.file, names...)
}

func (f *kernelELF) header(table uint64) []byte {
	k, order := f.k, f.k.order()
	class, size, segment, section := byte(2), uint16(64), uint16(56), uint16(64)
	if k.Is32 {
		class, size, segment, section = 1, 52, 32, 40
	}
	b := append([]byte("\x7fELF"), class, byte(1+btoi(k.BigEndian)), 1, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	b = order.AppendUint16(b, 2) // executable
	machine := k.Machine
	if machine == 0 {
		machine = X86_64
	}
	b = order.AppendUint16(b, machine)
	b = order.AppendUint32(b, 1)
	b = k.long(k.long(k.long(b, 0), uint64(size)), table)
	b = order.AppendUint32(b, 0)
	count := uint16(0)
	if table > 0 {
		count = uint16(len(f.spans) + 2)
	}
	for _, n := range []uint16{size, segment, 3, section, count, max(count, 1) - 1} {
		b = order.AppendUint16(b, n)
	}
	return b
}

func (f *kernelELF) segment(b []byte, kind uint32, offset, addr, size uint64) []byte {
	k := f.k
	b = k.order().AppendUint32(b, kind)
	if !k.Is32 {
		b = k.order().AppendUint32(b, 5) // flags, which the 32-bit form has elsewhere
	}
	b = k.long(k.long(k.long(k.long(k.long(b, offset), addr), addr), size), size+8)
	if k.Is32 {
		b = k.order().AppendUint32(b, 5)
	}
	return k.long(b, contentsAt) // alignment
}

// sections adds the section table to the file, and returns the names, which follow it.
func (f *kernelELF) sections() (names string) {
	names = "\x00"
	size := 64
	if f.k.Is32 {
		size = 40
	}
	f.file = append(f.file, make([]byte, size)...)
	for _, s := range f.spans {
		f.section(len(names), shtProgbits, f.k.base()+uint64(s.from), contentsAt+s.from, s.to-s.from)
		names += s.name + "\x00"
	}
	at := len(names)
	names += ".shstrtab\x00"
	f.section(at, shtStrtab, 0, len(f.file)+size, len(names))
	return names
}

func (f *kernelELF) section(name int, kind uint32, addr uint64, offset, size int) {
	k := f.k
	b := k.order().AppendUint32(f.file, uint32(name))
	b = k.order().AppendUint32(b, kind)
	b = k.long(b, flagAlloc)
	b = k.long(k.long(k.long(b, addr), uint64(offset)), uint64(size))
	b = append(b, make([]byte, 8)...) // link, info
	f.file = k.long(k.long(b, 4), 0)
}
