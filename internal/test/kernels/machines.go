package kernels

import (
	"os"
	"slices"
	"strings"
)

// Machines are the packages of the kernels of other architectures that guests run: by
// default one big-endian, one 64-bit and one 32-bit, and with GOKMOD_MACHINES=all every
// one that Debian has of its releases with 5.10, 6.1 and 6.12 and of its next release,
// which takes up to 8 GB of the cache. With all,clean tests remove the kernels that only
// the table has when they are done with them.
//
// What is not in the table, Debian does not have: 5.10 for s390x, riscv64 and ppc64el,
// 6.1 for riscv64, 6.12 and later for i386.
func Machines() []string {
	if !machinesHas("all") {
		return []string{LinuxS390X, LinuxARM64, LinuxARM}
	}
	return []string{
		"linux-image-686:i386/bullseye", "linux-image-686:i386/bookworm",
		"linux-image-arm64:arm64/bullseye", "linux-image-arm64:arm64/bookworm", LinuxARM64, "linux-image-arm64:arm64/sid",
		"linux-image-arm64-16k:arm64/trixie", "linux-image-arm64-16k:arm64/sid",
		"linux-image-armmp:armhf/bullseye", LinuxARM, "linux-image-armmp:armhf/trixie", "linux-image-armmp:armhf/sid",
		LinuxS390X, "linux-image-s390x:s390x/trixie", "linux-image-s390x:s390x/sid",
		"linux-image-powerpc64le:ppc64el/bookworm", "linux-image-powerpc64le:ppc64el/trixie",
		"linux-image-powerpc64le:ppc64el/sid",
		"linux-image-riscv64:riscv64/trixie", "linux-image-riscv64:riscv64/sid",
	}
}

// Others are the packages of kernels that no guest runs and tests only read, with
// GOKMOD_MACHINES=all: of further architectures, and other builds for the usual ones.
func Others() []string {
	if !machinesHas("all") {
		return nil
	}
	return []string{
		"linux-image-4kc-malta:mipsel/bookworm", "linux-image-octeon:mips64el/bookworm",
		"linux-image-loong64:loong64/sid", "linux-image-rpi:armel/bookworm",
		"linux-image-rt-amd64:amd64/trixie", "linux-image-686-pae:i386/bookworm",
	}
}

// CleanMachines reports whether kernels that only the table has are to be removed.
func CleanMachines() bool { return machinesHas("clean") }

// machinesHas reports whether the setting has a word.
func machinesHas(word string) bool {
	return slices.Contains(strings.Split(os.Getenv("GOKMOD_MACHINES"), ","), word)
}
