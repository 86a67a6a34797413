package modtest

// ELF numbers used here.
const (
	shtProgbits = 1
	shtSymtab   = 2
	shtStrtab   = 3
	shtNote     = 7
	shnAbs      = 0xfff1
	flagAlloc   = 2
)

// writer lays out an ELF relocatable file: header, section contents, section
// table.
type writer struct {
	m        *Module
	order    byteOrder
	sections []rawSection
	symbols  []byte
	strings  []byte
}

type rawSection struct {
	name       string
	typ        uint32
	flags      uint64
	link, info uint32
	entsize    uint64
	data       []byte
}

func newWriter(m *Module) *writer {
	w := &writer{m: m, order: m.order(), strings: []byte{0}, sections: []rawSection{{}}}
	w.symbols = make([]byte, w.symbolSize())
	return w
}

func (w *writer) symbolSize() int {
	if w.m.Is32 {
		return 16
	}
	return 24
}

// section adds a section and returns its index.
func (w *writer) section(name string, typ uint32, data []byte) uint32 {
	w.sections = append(w.sections, rawSection{name: name, typ: typ, flags: flagAlloc, data: data})
	return uint32(len(w.sections) - 1)
}

// name adds a name to the string table and returns its offset.
func (w *writer) name(name string) uint32 {
	w.strings = append(w.strings, name+"\x00"...)
	return uint32(len(w.strings) - len(name) - 1)
}

func (w *writer) symbol(name string, value uint64, shndx uint32, info byte) {
	w.symbolAt(w.name(name), value, shndx, info)
}

// symbolAt adds a symbol whose name is already in the string table.
func (w *writer) symbolAt(nameOff uint32, value uint64, shndx uint32, info byte) {
	b := w.order.AppendUint32(nil, nameOff)
	if w.m.Is32 {
		b = w.order.AppendUint32(b, uint32(value))
		b = w.order.AppendUint32(b, 0)
		b = append(b, info, 0)
		b = w.order.AppendUint16(b, uint16(shndx))
	} else {
		b = append(b, info, 0)
		b = w.order.AppendUint16(b, uint16(shndx))
		b = w.order.AppendUint64(b, value)
		b = w.order.AppendUint64(b, 0)
	}
	w.symbols = append(w.symbols, b...)
}

// finish adds symbol and string tables and returns the file.
func (w *writer) finish() []byte {
	if strtab := uint32(len(w.sections) + 1); !w.m.NoSymtab {
		w.sections = append(w.sections,
			rawSection{name: ".symtab", typ: shtSymtab, link: strtab, info: 1, entsize: uint64(w.symbolSize()), data: w.symbols},
			rawSection{name: ".strtab", typ: shtStrtab, data: w.strings})
	}
	names := []byte{0}
	nameOffs := make([]uint32, len(w.sections)+1)
	for i, s := range w.sections[1:] {
		nameOffs[i+1] = uint32(len(names))
		names = append(names, s.name+"\x00"...)
	}
	nameOffs[len(w.sections)] = uint32(len(names))
	names = append(names, ".shstrtab\x00"...)
	w.sections = append(w.sections, rawSection{name: ".shstrtab", typ: shtStrtab, data: names})

	body := make([]byte, w.headerSize())
	var table []byte
	for i, s := range w.sections {
		for len(body)%8 != 0 {
			body = append(body, 0)
		}
		table = append(table, w.sectionHeader(s, nameOffs[i], uint64(len(body)))...)
		body = append(body, s.data...)
	}
	for len(body)%8 != 0 {
		body = append(body, 0)
	}
	copy(body, w.header(uint64(len(body))))
	return append(body, table...)
}

func (w *writer) headerSize() int {
	if w.m.Is32 {
		return 52
	}
	return 64
}

// word appends an unsigned long of the module's class.
func (w *writer) word(b []byte, v uint64) []byte {
	if w.m.Is32 {
		return w.order.AppendUint32(b, uint32(v))
	}
	return w.order.AppendUint64(b, v)
}

func (w *writer) header(shoff uint64) []byte {
	class, data, shentsize := byte(2), byte(1), uint16(64)
	if w.m.Is32 {
		class, shentsize = 1, 40
	}
	if w.m.BigEndian {
		data = 2
	}
	machine := w.m.Machine
	if machine == 0 {
		machine = X86_64
	}
	b := append([]byte("\x7fELF"), class, data, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	b = w.order.AppendUint16(b, 1) // relocatable
	b = w.order.AppendUint16(b, machine)
	b = w.order.AppendUint32(b, 1)
	b = w.word(b, 0)
	b = w.word(b, 0)
	b = w.word(b, shoff)
	b = w.order.AppendUint32(b, 0)
	b = w.order.AppendUint16(b, uint16(w.headerSize()))
	b = w.order.AppendUint16(b, 0)
	b = w.order.AppendUint16(b, 0)
	b = w.order.AppendUint16(b, shentsize)
	b = w.order.AppendUint16(b, uint16(len(w.sections)))
	return w.order.AppendUint16(b, uint16(len(w.sections)-1))
}

func (w *writer) sectionHeader(s rawSection, nameOff uint32, off uint64) []byte {
	b := w.order.AppendUint32(nil, nameOff)
	b = w.order.AppendUint32(b, s.typ)
	b = w.word(b, s.flags)
	b = w.word(b, 0)
	b = w.word(b, off)
	b = w.word(b, uint64(len(s.data)))
	b = w.order.AppendUint32(b, s.link)
	b = w.order.AppendUint32(b, s.info)
	b = w.word(b, s.align())
	return w.word(b, s.entsize)
}

// align is 4 for notes, whose layout depends on it.
func (s *rawSection) align() uint64 {
	if s.typ == shtNote {
		return 4
	}
	return 8
}
