package modtest

import (
	"encoding/binary"
	"strings"
)

// ELF machines that tests use.
const (
	X86_64  = 62
	I386    = 3
	S390    = 22
	MIPS    = 8
	SPARCV9 = 43
)

// Vermagic is the vermagic of modules made by Named.
const Vermagic = "6.1.0-test SMP preempt mod_unload modversions "

// Module describes a module file. The zero value of Class and Machine means a
// 64-bit little-endian x86_64 module.
type Module struct {
	Is32      bool
	BigEndian bool
	Machine   uint16

	Modinfo     []string // "key=value", in this order
	Exports     []Export
	Needed      []Needed
	Versions    []Version // __versions
	VarVersions []Version // __versions with records of variable length, instead of Versions
	ExtVersions []Version // __version_ext_crcs and __version_ext_names
	Labels      []string  // unused symbols; equal ones share their name, as linkers do it
	BuildID     []byte
	Sections    []Section // any others

	NoCRC     bool // omit the __crc_ symbols
	Stripped  bool // omit all symbols of exports
	NoSymtab  bool // omit the symbol table, as after strip
	Flags     bool // exports in one table with flags, as since Linux 7.0
	AbsCRC    bool // versions of exports as absolute symbols, as before Linux 5.19
	Signature []byte
}

// Export is a symbol to export.
type Export struct {
	Name, Namespace string
	CRC             uint32
	GPL             bool
}

// Needed is an undefined symbol.
type Needed struct {
	Name string
	Weak bool
	Type byte // STT_ number
}

// Section is a section with its contents.
type Section struct {
	Name string
	Type uint32 // 0 means PROGBITS
	Data []byte
}

// Named returns a module that needs and exports the given symbols; each has the
// hash of its name as CRC.
func Named(name string, exports, needs []string) *Module {
	m := &Module{Modinfo: []string{"license=GPL", "name=" + name, "vermagic=" + Vermagic}}
	for _, s := range exports {
		m.Exports = append(m.Exports, Export{Name: s, CRC: CRC(s)})
	}
	for _, s := range needs {
		m.Needed = append(m.Needed, Needed{Name: s})
		m.Versions = append(m.Versions, Version{s, CRC(s)})
	}
	return m
}

// CRC is the symbol version that Named gives to a symbol.
func CRC(name string) uint32 {
	crc := uint32(2166136261)
	for _, c := range []byte(name) {
		crc = (crc ^ uint32(c)) * 16777619
	}
	return crc
}

// byteOrder is the type of both binary.LittleEndian and binary.BigEndian.
type byteOrder interface {
	binary.ByteOrder
	binary.AppendByteOrder
}

func (m *Module) order() byteOrder {
	if m.BigEndian {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

// Build returns the file.
func (m *Module) Build() []byte {
	w := newWriter(m)
	if m.BuildID != nil {
		w.section(".note.gnu.build-id", shtNote, m.buildIDNote())
	}
	if m.Modinfo != nil {
		w.section(".modinfo", shtProgbits, []byte(strings.Join(m.Modinfo, "\x00")+"\x00"))
	}
	m.addExports(w)
	for _, n := range m.Needed {
		bind := byte(1)
		if n.Weak {
			bind = 2
		}
		w.symbol(n.Name, 0, 0, bind<<4|n.Type)
	}
	m.addLabels(w)
	m.addVersions(w)
	for _, s := range m.Sections {
		w.section(s.Name, max(s.Type, 1), s.Data)
	}
	return append(w.finish(), m.Signature...)
}

func (m *Module) buildIDNote() []byte {
	b := m.order().AppendUint32(nil, 4)
	b = m.order().AppendUint32(b, uint32(len(m.BuildID)))
	b = m.order().AppendUint32(b, 3)
	return append(append(b, "GNU\x00"...), m.BuildID...)
}

// addExports adds what the kernel build makes of EXPORT_SYMBOL.
func (m *Module) addExports(w *writer) {
	if len(m.Exports) == 0 {
		return
	}
	strs, crcs := []byte{}, []byte{}
	for _, e := range m.Exports {
		strs = append(strs, e.Name+"\x00"+e.Namespace+"\x00"...)
		crcs = m.order().AppendUint32(crcs, e.CRC)
	}
	strIdx := w.section("__ksymtab_strings", shtProgbits, strs)
	if m.Stripped {
		return
	}
	plainIdx := w.section("__ksymtab", shtProgbits, make([]byte, 12*len(m.Exports)))
	gplIdx, flagIdx := plainIdx, uint32(0)
	if m.Flags {
		flagIdx = w.section("__kflagstab", shtProgbits, m.flags())
	} else {
		gplIdx = w.section("__ksymtab_gpl", shtProgbits, make([]byte, 12*len(m.Exports)))
	}
	crcIdx := w.section("__kcrctab", shtProgbits, crcs)
	strAt := uint64(0)
	for i, e := range m.Exports {
		idx := plainIdx
		if e.GPL {
			idx = gplIdx
		}
		w.symbol("__ksymtab_"+e.Name, uint64(12*i), idx, 0)
		if m.Flags {
			w.symbol("__flags_"+e.Name, uint64(i), flagIdx, 0)
		}
		w.symbol("__kstrtab_"+e.Name, strAt, strIdx, 0)
		w.symbol("__kstrtabns_"+e.Name, strAt+uint64(len(e.Name))+1, strIdx, 0)
		strAt += uint64(len(e.Name) + len(e.Namespace) + 2)
		switch {
		case m.NoCRC:
		case m.AbsCRC:
			w.symbol("__crc_"+e.Name, uint64(e.CRC), shnAbs, 0x10)
		default:
			w.symbol("__crc_"+e.Name, uint64(4*i), crcIdx, 0)
		}
	}
}

// flags are the bytes of the exports in __kflagstab.
func (m *Module) flags() []byte {
	flags := make([]byte, len(m.Exports))
	for i, e := range m.Exports {
		if e.GPL {
			flags[i] = 1
		}
	}
	return flags
}

func (m *Module) addLabels(w *writer) {
	places := map[string]uint32{}
	for _, name := range m.Labels {
		place, known := places[name]
		if !known {
			place = w.name(name)
			places[name] = place
		}
		w.symbolAt(place, 0, shnAbs, 0)
	}
}

// ExportMarks returns an object that marks exports as Linux 6.10 and later do
// before modpost makes their tables: each name has a license ("GPL" or "") and
// a namespace in the section .export_symbol.
func ExportMarks(exports map[string][2]string) []byte {
	m := &Module{}
	w := newWriter(m)
	var data []byte
	idx := w.section(".export_symbol", shtProgbits, nil)
	for name, mark := range exports {
		w.symbol("__export_symbol_"+name, uint64(len(data)), idx, 0)
		data = append(data, mark[0]+"\x00"+mark[1]+"\x00"...)
		for len(data)%8 != 0 {
			data = append(data, 0)
		}
		data = append(data, make([]byte, 8)...)
	}
	w.sections[idx].data = data
	return w.finish()
}
