package kernelimage

import "encoding/binary"

// Machine is what a kernel runs on. The zero value means that it is not known.
type Machine struct {
	Number    uint16 // as in ELF headers
	Is64      bool
	BigEndian bool
}

// Numbers of machines, as elf.h has them.
const (
	machine386       = 3
	machineS390      = 22
	machineARM       = 40
	machineAMD64     = 62
	machineARM64     = 183
	machineRISCV     = 243
	machineLoongArch = 258
)

const elfMagic = "\x7fELF"

// Where an image names its machine, and what is there.
const (
	offXLoadFlags  = 0x236 // of a bzImage; bit 0 means a 64-bit kernel
	offZImageMagic = 0x24
	offImageMagic  = 0x38 // of a plain image, arm64's and riscv's
	offPEHeader    = 0x3c // the offset of the PE header, in an EFI program
	offPEMachine   = 4    // from there
	offS390        = 0x10008
	offELFMachine  = 18

	zImageMagic = 0x016f2818
	s390Magic   = "S390EP"

	// MachineHead is how much of an image its machine is read from.
	MachineHead int64 = offS390 + int64(len(s390Magic))
)

// MachineOf returns the machine that an image is for, from its beginning: that of a
// bzImage, a zboot image, an ELF file, or a plain image of arm, arm64, loong64, riscv or
// s390x.
func MachineOf(head []byte) Machine {
	switch {
	case IsBZImage(head):
		if head[offXLoadFlags]&1 != 0 {
			return Machine{machineAMD64, true, false}
		}
		return Machine{machine386, false, false}
	case IsZboot(head):
		return peMachine(head)
	case has(head, 0, elfMagic):
		return elfMachine(head)
	case has(head, offImageMagic, "ARM\x64"):
		return Machine{machineARM64, true, false}
	case has(head, offImageMagic, "RSC\x05"):
		return Machine{machineRISCV, true, false}
	case has(head, offS390, s390Magic):
		return Machine{machineS390, true, true}
	case len(head) >= offZImageMagic+4 && binary.LittleEndian.Uint32(head[offZImageMagic:]) == zImageMagic:
		return Machine{machineARM, false, false}
	case has(head, 0, "MZ"):
		return peMachine(head)
	}
	return Machine{}
}

func has(data []byte, at int, text string) bool {
	return len(data) >= at+len(text) && string(data[at:at+len(text)]) == text
}

// peMachine is the machine by an EFI program's header.
func peMachine(head []byte) Machine {
	if len(head) < offPEHeader+4 {
		return Machine{}
	}
	at := uint64(binary.LittleEndian.Uint32(head[offPEHeader:]))
	if at+offPEMachine+2 > uint64(len(head)) || string(head[at:at+offPEMachine]) != "PE\x00\x00" {
		return Machine{}
	}
	switch binary.LittleEndian.Uint16(head[at+offPEMachine:]) {
	case 0xaa64:
		return Machine{machineARM64, true, false}
	case 0x5064:
		return Machine{machineRISCV, true, false}
	case 0x6264:
		return Machine{machineLoongArch, true, false}
	}
	return Machine{}
}

func elfMachine(head []byte) Machine {
	if len(head) < offELFMachine+2 {
		return Machine{}
	}
	m := Machine{Is64: head[4] == 2, BigEndian: head[5] == 2}
	m.Number = m.order().Uint16(head[offELFMachine:])
	return m
}

// order is the machine's byte order.
func (m Machine) order() binary.ByteOrder {
	if m.BigEndian {
		return binary.BigEndian
	}
	return binary.LittleEndian
}
