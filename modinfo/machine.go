package modinfo

import "strconv"

// Machine is an ELF machine number (EM_ constants of elf.h).
type Machine uint16

// machineNames has the names of uname -m, without the part for the class or the
// byte order: riscv, loongarch, mips.
var machineNames = [...]struct {
	machine Machine
	name    string
}{
	{2, "sparc"}, {3, "i386"}, {4, "m68k"}, {8, "mips"}, {15, "parisc"}, {18, "sparc"},
	{20, "ppc"}, {21, "ppc64"}, {22, "s390x"}, {40, "arm"}, {42, "sh"}, {43, "sparc64"},
	{50, "ia64"}, {62, "x86_64"}, {94, "xtensa"}, {183, "aarch64"}, {189, "microblaze"},
	{195, "arc"}, {243, "riscv"}, {252, "csky"}, {258, "loongarch"}, {0x9026, "alpha"},
}

// String names the machine, or gives its number.
func (m Machine) String() string {
	for _, known := range machineNames {
		if known.machine == m {
			return known.name
		}
	}
	return "ELF machine " + strconv.Itoa(int(m))
}
