package vm

import (
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
	head, err := io.ReadAll(io.LimitReader(f, kernelimage.MachineHead))
	return imageArch(head), err
}

// imageArch returns the architecture that an image is for in Go's words, such as amd64
// or ppc64le, from its beginning, "" if it does not say.
func imageArch(head []byte) string { return arches[kernelimage.MachineOf(head)] }

// arches are the architectures by the machine's number in ELF files, whether it has 64
// bits, and whether it is big-endian.
var arches = map[kernelimage.Machine]string{
	{Number: 3}:                               "386",
	{Number: 62, Is64: true}:                  "amd64",
	{Number: 40}:                              "arm",
	{Number: 183, Is64: true}:                 "arm64",
	{Number: 258, Is64: true}:                 "loong64",
	{Number: 8, BigEndian: true}:              "mips",
	{Number: 8}:                               "mipsle",
	{Number: 8, Is64: true, BigEndian: true}:  "mips64",
	{Number: 8, Is64: true}:                   "mips64le",
	{Number: 21, Is64: true, BigEndian: true}: "ppc64",
	{Number: 21, Is64: true}:                  "ppc64le",
	{Number: 243, Is64: true}:                 "riscv64",
	{Number: 22, Is64: true, BigEndian: true}: "s390x",
}
