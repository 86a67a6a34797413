package modtest

import "bytes"

// Kernel makes a stand-in for an unpacked kernel of a release, with the given
// content.
func Kernel(release string, content []byte) []byte {
	const program = "\x90\x90Linux version %s\x00"
	banner := program + "Linux version " + release + " (builder@test) (gcc) #1 SMP\n\x00"
	data := append([]byte(banner), make([]byte, -len(banner)&7)...)
	return append(data, content...)
}

// Wrapped makes a stand-in for an image that unpacks a kernel without saying where
// it is: a program that contains magic numbers, the packed kernel, and further
// data.
func Wrapped(packed []byte) []byte {
	const program = "\x7fELF program, Linux version %s \x1f\x8b\x08 \xfd7zXZ\x00 \x28\xb5\x2f\xfd \x02\x21\x4c\x18 "
	return append(append(bytes.Repeat([]byte(program), 3), packed...), "\x00\x00 and more"...)
}
