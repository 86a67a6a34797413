package main

import (
	"encoding/binary"

	"github.com/gokmod/gokmod/modinfo"
)

// imageBase is where an image made by kernelImage lies in memory.
const imageBase = 0xffffffff81000000

// imageWriter writes a vmlinux for x86-64.
type imageWriter struct {
	data     []byte
	sections []imageSection
}

type imageSection struct {
	name       string
	start, end int
}

// add adds a section, and returns its address.
func (w *imageWriter) add(name string, data []byte) int {
	w.data = append(w.data, make([]byte, -len(w.data)&15)...)
	start := len(w.data)
	w.data = append(w.data, data...)
	w.sections = append(w.sections, imageSection{name, start, len(w.data)})
	return start
}

// kernelImage makes the vmlinux of a release with exports, of which those for the GPL only
// come last. The kernel has versions if the first one has.
func kernelImage(release string, exports ...modinfo.Export) []byte {
	vermagic := release + " SMP preempt mod_unload "
	if len(exports) > 0 && exports[0].HasCRC {
		vermagic += "modversions "
	}
	w := &imageWriter{data: make([]byte, 64+56)} // the headers
	w.add(".rodata", []byte("\x00Linux version "+release+" (builder@test) (gcc) #1 SMP\n\x00"+vermagic+"\x00"))
	const note = "\x04\x00\x00\x00\x14\x00\x00\x00\x03\x00\x00\x00GNU\x00"
	w.add(".notes", []byte(note+"twenty bytes build i"))
	var text []byte
	for _, x := range exports {
		text = append(text, x.Name+"\x00"+x.Namespace+"\x00"...)
	}
	at := w.add("__ksymtab_strings", text)
	for _, gpl := range []bool{false, true} {
		at = w.table(exports, gpl, at)
	}
	return w.finish()
}

// table adds the table of one kind of symbols, whose names begin at an offset, and the
// table of their versions. It returns where further names begin.
func (w *imageWriter) table(exports []modinfo.Export, gpl bool, names int) int {
	suffix := map[bool]string{true: "_gpl"}[gpl]
	start := w.add("__ksymtab"+suffix, nil)
	var crcs []byte
	for _, x := range exports {
		if x.GPLOnly != gpl {
			continue
		}
		record := len(w.data)
		offset := func(field, target int) {
			w.data = binary.LittleEndian.AppendUint32(w.data, uint32(target-record-field))
		}
		offset(0, 64)
		offset(4, names)
		offset(8, names+len(x.Name)+1)
		names += len(x.Name) + len(x.Namespace) + 2
		crcs = binary.LittleEndian.AppendUint32(crcs, x.CRC)
	}
	w.sections[len(w.sections)-1] = imageSection{"__ksymtab" + suffix, start, len(w.data)}
	if len(exports) > 0 && exports[0].HasCRC {
		w.add("__kcrctab"+suffix, crcs)
	}
	return names
}

// finish writes the headers, elf(5).
func (w *imageWriter) finish() []byte {
	size := len(w.data)
	names := []byte{0}
	table := make([]byte, 64)
	le := binary.LittleEndian
	section := func(name string, kind uint32, addr uint64, start, end int) {
		table = le.AppendUint32(table, uint32(len(names)))
		names = append(names, name+"\x00"...)
		table = le.AppendUint32(table, kind)
		for _, n := range []uint64{2, addr, uint64(start), uint64(end - start), 0, 1, 0} {
			table = le.AppendUint64(table, n)
		}
	}
	for _, s := range w.sections {
		section(s.name, 1, imageBase+uint64(s.start), s.start, s.end)
	}
	end := len(names) + len(".shstrtab") + 1
	section(".shstrtab", 3, 0, size, size+end)
	head := append([]byte("\x7fELF\x02\x01\x01\x00"), make([]byte, 8)...)
	head = le.AppendUint32(head, 2|62<<16) // a program for x86-64
	head = le.AppendUint32(head, 1)
	for _, n := range []uint64{imageBase, 64, uint64(size + end)} {
		head = le.AppendUint64(head, n)
	}
	head = le.AppendUint32(head, 0)
	for _, n := range []int{64, 56, 1, 64, len(w.sections) + 2, len(w.sections) + 1} {
		head = le.AppendUint16(head, uint16(n))
	}
	head = le.AppendUint32(head, 1) // loaded
	head = le.AppendUint32(head, 5)
	for _, n := range []uint64{0, imageBase, imageBase, uint64(size), uint64(size), 4096} {
		head = le.AppendUint64(head, n)
	}
	copy(w.data, head)
	return append(append(w.data, names...), table...)
}
