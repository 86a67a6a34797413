package vm

import (
	"os"
	"path/filepath"
	"testing"
)

// imageHead is the beginning of an image with some texts at their offsets.
func imageHead(size int, parts map[int]string) []byte {
	head := make([]byte, size)
	for at, text := range parts {
		copy(head[at:], text)
	}
	return head
}

func TestImageArch(t *testing.T) {
	const bz, zboot = 0x260, 0x80
	pe := func(machine string) map[int]string {
		return map[int]string{0: "MZ", 4: "zimg", 0x3c: "\x40", 0x40: "PE\x00\x00" + machine}
	}
	program := func(class, order, machine string) map[int]string {
		return map[int]string{0: "\x7fELF" + class + order, 18: machine}
	}
	const is32, is64, little, big = "\x01", "\x02", "\x01", "\x02"
	for _, test := range []struct {
		name  string
		size  int
		parts map[int]string
		want  string
	}{
		{"bzImage", bz, map[int]string{0x202: "HdrS", 0x236: "\x01"}, "amd64"},
		{"bzImage, more flags", bz, map[int]string{0x202: "HdrS", 0x236: "\x7f"}, "amd64"},
		{"bzImage, 32-bit", bz, map[int]string{0x202: "HdrS", 0x236: "\x06"}, "386"},
		{"zboot, arm64", zboot, pe("\x64\xaa"), "arm64"},
		{"zboot, riscv64", zboot, pe("\x64\x50"), "riscv64"},
		{"zboot, loong64", zboot, pe("\x64\x62"), "loong64"},
		{"zboot, unknown", zboot, pe("\x64\x63"), ""},
		{"zboot, no PE header", zboot, map[int]string{0: "MZ", 4: "zimg", 0x3c: "\x40"}, ""},
		{"zboot, PE header at the end", zboot, map[int]string{0: "MZ", 4: "zimg", 0x3c: "\x7a", 0x7a: "PE\x00\x00\x64\xaa"}, "arm64"},
		{"zboot, PE header beyond the end", zboot, map[int]string{0: "MZ", 4: "zimg", 0x3c: "\x7b"}, ""},
		{"zboot, cut before the PE header's offset", 0x38, map[int]string{0: "MZ", 4: "zimg"}, ""},
		{"image, arm64", 0x40, map[int]string{0: "MZ", 0x38: "ARM\x64"}, "arm64"},
		{"image, riscv64", 0x40, map[int]string{0: "MZ", 0x38: "RSC\x05"}, "riscv64"},
		{"image, s390x", 0x10010, map[int]string{0x10008: "S390EP"}, "s390x"},
		{"zImage", 0x28, map[int]string{0x24: "\x18\x28\x6f\x01"}, "arm"},
		{"image, loong64", 0x80, map[int]string{0: "MZ", 0x3c: "\x40", 0x40: "PE\x00\x00\x64\x62"}, "loong64"},
		{"image, arm64, by its PE header alone", 0x80, map[int]string{0: "MZ", 0x3c: "\x40", 0x40: "PE\x00\x00\x64\xaa"},
			"arm64"},
		{"zImage with an EFI program", 0x80, map[int]string{0: "MZ", 0x24: "\x18\x28\x6f\x01", 0x3c: "\x40",
			0x40: "PE\x00\x00\xc2\x01"}, "arm"},
		{"zImage, cut", 0x27, map[int]string{0x24: "\x18\x28\x6f"}, ""},
		{"ELF, amd64", 64, program(is64, little, "\x3e\x00"), "amd64"},
		{"ELF, 386", 64, program(is32, little, "\x03\x00"), "386"},
		{"ELF, ppc64le", 64, program(is64, little, "\x15\x00"), "ppc64le"},
		{"ELF, ppc64", 64, program(is64, big, "\x00\x15"), "ppc64"},
		{"ELF, mips64le", 64, program(is64, little, "\x08\x00"), "mips64le"},
		{"ELF, s390x", 20, program(is64, big, "\x00\x16"), "s390x"},
		{"ELF, s390x of the other byte order", 64, program(is64, little, "\x00\x16"), ""},
		{"ELF, cut", 19, program(is64, big, "\x00\x16"), ""},
		{"nothing", 0, nil, ""},
		{"zeros", 0x10010, nil, ""},
	} {
		if got := imageArch(imageHead(test.size, test.parts)); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

// TestReadArch: the mark of s390x is the last one that is looked for.
func TestReadArch(t *testing.T) {
	name := filepath.Join(t.TempDir(), "image")
	if err := os.WriteFile(name, imageHead(1<<20, map[int]string{0x10008: "S390EP"}), 0o644); err != nil {
		t.Fatal(err)
	}
	if got, err := readArch(name); got != "s390x" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := readArch(name + ".none"); !os.IsNotExist(err) {
		t.Errorf("a missing image: %v", err)
	}
}
