package vm

import (
	"debug/elf"
	"encoding/binary"
	"io"
	"os"

	"github.com/gokmod/gokmod/internal/kernelimage"
)

// readArch reads from an image which architecture it is for.
func readArch(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	head, err := io.ReadAll(io.LimitReader(f, offS390+8))
	return imageArch(head), err
}

// Where an image names its architecture, and what is there.
const (
	offXLoadFlags  = 0x236 // of a bzImage; bit 0 means a 64-bit kernel
	offZImageMagic = 0x24
	offImageMagic  = 0x38 // of a plain image, arm64's and riscv's
	offPEHeader    = 0x3c // the offset of the PE header, in an EFI program
	offPEMachine   = 4    // from there
	offS390        = 0x10008

	zImageMagic = 0x016f2818
)

// imageArch returns the architecture that an image is for in Go's words, such as amd64
// or ppc64le, from its beginning: that of a bzImage, a zboot image, an ELF file, or a
// plain image of arm, arm64, riscv or s390x. It is "" for all others.
func imageArch(head []byte) string {
	switch {
	case kernelimage.IsBZImage(head):
		if head[offXLoadFlags]&1 != 0 {
			return "amd64"
		}
		return "386"
	case kernelimage.IsZboot(head):
		return peArch(head)
	case has(head, 0, elf.ELFMAG):
		return elfArch(head)
	case has(head, offImageMagic, "ARM\x64"):
		return "arm64"
	case has(head, offImageMagic, "RSC\x05"):
		return "riscv64"
	case has(head, offS390, "S390EP"):
		return "s390x"
	case len(head) >= offZImageMagic+4 && binary.LittleEndian.Uint32(head[offZImageMagic:]) == zImageMagic:
		return "arm"
	}
	return ""
}

func has(data []byte, at int, text string) bool {
	return len(data) >= at+len(text) && string(data[at:at+len(text)]) == text
}

// peArch is the architecture by an EFI program's header.
func peArch(head []byte) string {
	if len(head) < offPEHeader+4 {
		return ""
	}
	at := uint64(binary.LittleEndian.Uint32(head[offPEHeader:]))
	if at+offPEMachine+2 > uint64(len(head)) || string(head[at:at+offPEMachine]) != "PE\x00\x00" {
		return ""
	}
	switch binary.LittleEndian.Uint16(head[at+offPEMachine:]) {
	case 0xaa64:
		return "arm64"
	case 0x5064:
		return "riscv64"
	case 0x6264:
		return "loong64"
	}
	return ""
}

// elfArches are the architectures of ELF files: a machine, its word size and its byte
// order.
var elfArches = map[elfKind]string{
	{elf.EM_386, elf.ELFCLASS32, elf.ELFDATA2LSB}:       "386",
	{elf.EM_X86_64, elf.ELFCLASS64, elf.ELFDATA2LSB}:    "amd64",
	{elf.EM_ARM, elf.ELFCLASS32, elf.ELFDATA2LSB}:       "arm",
	{elf.EM_AARCH64, elf.ELFCLASS64, elf.ELFDATA2LSB}:   "arm64",
	{elf.EM_LOONGARCH, elf.ELFCLASS64, elf.ELFDATA2LSB}: "loong64",
	{elf.EM_MIPS, elf.ELFCLASS32, elf.ELFDATA2MSB}:      "mips",
	{elf.EM_MIPS, elf.ELFCLASS32, elf.ELFDATA2LSB}:      "mipsle",
	{elf.EM_MIPS, elf.ELFCLASS64, elf.ELFDATA2MSB}:      "mips64",
	{elf.EM_MIPS, elf.ELFCLASS64, elf.ELFDATA2LSB}:      "mips64le",
	{elf.EM_PPC64, elf.ELFCLASS64, elf.ELFDATA2MSB}:     "ppc64",
	{elf.EM_PPC64, elf.ELFCLASS64, elf.ELFDATA2LSB}:     "ppc64le",
	{elf.EM_RISCV, elf.ELFCLASS64, elf.ELFDATA2LSB}:     "riscv64",
	{elf.EM_S390, elf.ELFCLASS64, elf.ELFDATA2MSB}:      "s390x",
}

type elfKind struct {
	machine elf.Machine
	class   elf.Class
	data    elf.Data
}

const offELFMachine = 18

func elfArch(head []byte) string {
	if len(head) < offELFMachine+2 {
		return ""
	}
	kind := elfKind{class: elf.Class(head[elf.EI_CLASS]), data: elf.Data(head[elf.EI_DATA])}
	kind.machine = elf.Machine(binary.LittleEndian.Uint16(head[offELFMachine:]))
	if kind.data == elf.ELFDATA2MSB {
		kind.machine = elf.Machine(binary.BigEndian.Uint16(head[offELFMachine:]))
	}
	return elfArches[kind]
}
