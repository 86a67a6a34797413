package kernelimage

import (
	"bytes"
	"strings"
	"unicode"

	"github.com/gokmod/gokmod/internal/elfmod"
)

// banner is how every kernel's greeting begins, "Linux version RELEASE (BUILDER)
// …". Programs that unpack a kernel may contain these words to print them, but not
// the rest.
const banner = "Linux version "

// maxRelease is how long a release can be (__NEW_UTS_LEN).
const maxRelease = 64

// Release returns the release in the banner of an unpacked kernel, "" if it has
// none.
func Release(kernel []byte) string {
	for {
		at := bytes.Index(kernel, []byte(banner))
		if at < 0 {
			return ""
		}
		kernel = kernel[at+len(banner):]
		release, _, found := bytes.Cut(kernel[:min(len(kernel), maxRelease+2)], []byte(" ("))
		digit := len(release) > 0 && release[0] >= '0' && release[0] <= '9'
		if found && digit && !bytes.ContainsFunc(release, unicode.IsControl) {
			return string(release)
		}
	}
}

// isKernel reports whether data is an unpacked kernel.
func isKernel(data []byte) bool { return Release(data) != "" }

// Release returns the release in the kernel's banner.
func (m *Memory) Release() string { return m.release }

// maxVermagic bounds a vermagic in bytes.
const maxVermagic = 512

// Vermagic returns the vermagic that the kernel compares those of modules with, "" if it
// has none: a string of its own that begins with the release and a space, and names
// what only a vermagic does.
func (m *Memory) Vermagic() string {
	begin := append([]byte{0}, m.Release()+" "...)
	for i := range m.Parts {
		data := m.Parts[i].Data
		for at := bytes.Index(data, begin); at >= 0; at = bytes.Index(data, begin) {
			data = data[at+1:]
			text, _, found := bytes.Cut(data[:min(len(data), maxVermagic)], []byte{0})
			if found && isVermagic(string(text)) {
				return string(text)
			}
		}
	}
	return ""
}

// isVermagic reports whether a text that begins with a release is a vermagic. Kernels
// that load modules have one of these words in it, or nothing but the release.
func isVermagic(text string) bool {
	if strings.ContainsFunc(text, unicode.IsControl) {
		return false
	}
	fields := strings.Fields(text)
	for _, field := range fields[1:] {
		switch field {
		case "SMP", "mod_unload", "modversions", "preempt", "preempt_rt":
			return true
		}
	}
	return len(fields) == 1
}

// BuildID returns the kernel's build id, nil if it has none. The slice aliases the
// kernel.
func (m *Memory) BuildID() []byte {
	if m.Linked != nil {
		if s := m.Linked.Section(".notes"); s != nil {
			return elfmod.NoteBuildID(m.Order, m.Span(s.Addr, s.Size))
		}
	}
	for i := range m.Parts {
		if id := m.noteIn(m.Parts[i].Data); id != nil {
			return id
		}
	}
	return nil
}

// noteIn looks for the note with the build id where no table says where that is. The
// programs that a kernel has within itself, such as the vDSO, have notes of their own:
// they lie less than maxProgram behind an ELF header.
func (m *Memory) noteIn(data []byte) []byte {
	const maxProgram = 64 << 10
	start := m.noteStart()
	elf := indexFrom(data, elfMagic, 0)
	for at := indexFrom(data, start, 0); at < len(data); at = indexFrom(data, start, at+1) {
		for elf+maxProgram < at { // it ends before the note
			elf = indexFrom(data, elfMagic, elf+1)
		}
		if elf > at {
			return elfmod.NoteBuildID(m.Order, data[at:])
		}
	}
	return nil
}

// noteStart is how the note with a build id begins.
func (m *Memory) noteStart() string {
	const name, sha1, buildID = "GNU\x00", 20, 3 // the linker makes a SHA-1
	numbers := make([]byte, 12, 16)
	m.Order.PutUint32(numbers, uint32(len(name)))
	m.Order.PutUint32(numbers[4:], sha1)
	m.Order.PutUint32(numbers[8:], buildID)
	return string(append(numbers, name...))
}

// indexFrom returns where a text begins at or after an offset, the length of data if it
// does not.
func indexFrom(data []byte, text string, from int) int {
	if at := bytes.Index(data[from:], []byte(text)); at >= 0 {
		return from + at
	}
	return len(data)
}
