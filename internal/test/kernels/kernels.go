// Package kernels names the kernels that this project is tested with: packages of
// Debian, as package vm fetches them.
package kernels

const (
	// Linux61 has uncompressed modules.
	Linux61 = "linux-image-amd64"

	// Linux612 has xz-compressed modules, which the kernel can unpack itself.
	Linux612 = "linux-image-6.12-amd64"

	// Linux510 is the oldest that Debian still serves; its modules are uncompressed.
	Linux510 = "linux-image-amd64:amd64/bullseye"

	// Newest is the next kernel of Debian.
	Newest = "linux-image-amd64:amd64/sid"

	// Kernels of other machines, whose files are only read.
	LinuxARM64 = "linux-image-arm64:arm64/trixie"
	LinuxARM   = "linux-image-armmp:armhf/bookworm" // 32 bits
	LinuxS390X = "linux-image-s390x:s390x/bookworm" // big-endian
)

// Usual are the packages of the kernels for most tests: with and without compressed
// modules.
func Usual() []string { return []string{Linux61, Linux612} }

// OldToNew are the packages of all kernels that guests run.
func OldToNew() []string { return []string{Linux510, Linux61, Linux612, Newest} }

// All are the packages of all kernels that tests use.
func All() []string { return append(OldToNew(), LinuxARM64, LinuxARM, LinuxS390X) }
