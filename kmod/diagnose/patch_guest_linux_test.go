package diagnose_test

import (
	"bytes"
	"encoding/binary"
	"slices"
	"syscall"
	"testing"

	"github.com/gokmod/gokmod/internal/elfmod"
)

// patch is a module of the running kernel that is broken in one way, in place. Modules
// are those of amd64: ELF64, little-endian.
type patch struct {
	t     *testing.T
	image []byte
	elf   *elfmod.File
}

func newPatch(t *testing.T, image []byte) *patch {
	t.Helper()
	elf, err := elfmod.NewBytes(image)
	if err != nil {
		t.Fatal(err)
	}
	return &patch{t, image, elf}
}

// data is the content of a section, to be changed.
func (p *patch) data(section string) []byte {
	p.t.Helper()
	data, err := p.elf.NamedData(section)
	if err != nil || data == nil {
		p.t.Fatalf("section %s: %v", section, err)
	}
	return data
}

// replace puts one text in the place of another of the same length, wherever that
// stands in a section.
func (p *patch) replace(section, old, new string) {
	p.t.Helper()
	data := p.data(section)
	if len(old) != len(new) || !bytes.Contains(data, []byte(old)) {
		p.t.Fatalf("%q cannot take the place of %q in %s", new, old, section)
	}
	copy(data, bytes.ReplaceAll(data, []byte(old), []byte(new)))
}

// rename gives a symbol that the module needs another name.
func (p *patch) rename(old, new string) { p.replace(".strtab", "\x00"+old+"\x00", "\x00"+new+"\x00") }

// renameExport gives a symbol that the module exports another name.
func (p *patch) renameExport(old, new string) {
	p.replace(".strtab", old+"\x00", new+"\x00")
	p.replace("__ksymtab_strings", old+"\x00", new+"\x00")
}

// setVersion changes the version of a symbol that the module was built with.
func (p *patch) setVersion(symbol string, crc uint32) {
	p.t.Helper()
	const record, name = 64, 8
	versions := p.data("__versions")
	for at := 0; at+record <= len(versions); at += record {
		if string(bytes.TrimRight(versions[at+name:at+record], "\x00")) == symbol {
			binary.LittleEndian.PutUint32(versions[at:], crc)
			return
		}
	}
	p.t.Fatalf("the module has no version of %s", symbol)
}

// resize changes the size of a section.
func (p *patch) resize(section string, size uint64) {
	p.t.Helper()
	at := slices.IndexFunc(p.elf.Sections, func(s elfmod.Section) bool { return s.Name == section })
	if at < 0 {
		p.t.Fatalf("there is no section %s", section)
	}
	const entry, sizeAt = 64, 32
	table := binary.LittleEndian.Uint64(p.image[40:])
	binary.LittleEndian.PutUint64(p.image[table+entry*uint64(at)+sizeAt:], size)
}

// symbol is the entry of a symbol in the symbol table, with its number.
func (p *patch) symbol(name string) (elfmod.Symbol, uint64) {
	p.t.Helper()
	table, err := p.elf.Symbols()
	if err != nil {
		p.t.Fatal(err)
	}
	for i := range table.Len() {
		if s, err := table.At(i); err == nil && string(s.Name) == name {
			return s, uint64(i)
		}
	}
	p.t.Fatalf("there is no symbol %s", name)
	return elfmod.Symbol{}, 0
}

// unrelocate removes those relocations of a section that a function chooses by their
// offset and their symbol.
func (p *patch) unrelocate(section string, which func(offset, symbol uint64) bool) {
	p.t.Helper()
	const entry = 24
	list := p.data(".rela" + section)
	for at := 0; at+entry <= len(list); at += entry {
		info := list[at+8:]
		if which(binary.LittleEndian.Uint64(list[at:]), uint64(binary.LittleEndian.Uint32(info[4:]))) {
			binary.LittleEndian.PutUint32(info, 0) // R_X86_64_NONE
		}
	}
}

// initAnswers makes the init function return an error at once. What the function begins
// with for the tracing of functions stays.
func (p *patch) initAnswers(errno syscall.Errno) {
	p.t.Helper()
	const section = ".init.text"
	s, _ := p.symbol("init_module")
	if p.elf.Sections[s.Section].Name != section {
		p.t.Fatalf("the init function is in %s", p.elf.Sections[s.Section].Name)
	}
	code := p.data(section)
	start := s.Value
	if bytes.HasPrefix(code[start:], []byte{0xf3, 0x0f, 0x1e, 0xfa}) { // endbr64
		start += 4
	}
	if code[start] == 0xe8 { // call __fentry__
		start += 5
	}
	answer := binary.LittleEndian.AppendUint32([]byte{0xb8}, uint32(-int32(errno))) // mov eax, -errno
	end := start + uint64(copy(code[start:], append(answer, 0xc3)))                 // ret
	p.unrelocate(section, func(offset, _ uint64) bool { return offset+4 > start && offset < end })
}

// withoutExit takes the exit function away.
func (p *patch) withoutExit() {
	p.t.Helper()
	_, exit := p.symbol("cleanup_module")
	p.unrelocate(thisModule, func(_, symbol uint64) bool { return symbol == exit })
}

// changeRelease changes the release in the vermagic.
func (p *patch) changeRelease() {
	p.t.Helper()
	_, vermagic, found := bytes.Cut(p.data(".modinfo"), []byte("vermagic="))
	if !found {
		p.t.Fatal("the module has no vermagic")
	}
	vermagic[0] = '9'
}

// nameAt is where struct module has the name.
const nameAt = 24

// growModule makes the module's struct module larger.
func (p *patch) growModule() {
	p.resize(thisModule, p.elf.Section(thisModule).Size+64)
}
