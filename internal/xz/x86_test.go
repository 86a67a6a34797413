package xz

import (
	"bytes"
	"encoding/hex"
	"math/rand/v2"
	"os"
	"testing"
)

// TestX86 checks the filter against the xz tool, with data in which nearly
// every byte is an opcode or looks like the top of an address, and with a
// program.
func TestX86(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	likely := []byte{0xE8, 0xE9, 0x00, 0xFF, 0x01, 0xFE, 0x7F, 0x80}
	dense := make([]byte, 200_000)
	for i := range dense {
		dense[i] = likely[r.IntN(len(likely))]
		if r.IntN(5) == 0 {
			dense[i] = byte(r.Uint32())
		}
	}
	inputs := map[string][]byte{"dense": dense, "tail": dense[:4], "one": {0xE8, 1, 2, 3, 0}}
	if program, err := os.ReadFile("/proc/self/exe"); err == nil {
		inputs["program"] = program[:min(len(program), 2<<20)]
	}
	for name, data := range inputs {
		for _, x86 := range []string{"--x86", "--x86=start=4294967280"} {
			src := compress(t, data, x86, "--lzma2=preset=0")
			if !bytes.Equal(mustDecode(t, src), data) {
				t.Errorf("%s %s: decoded data differs", name, x86)
			}
		}
	}
}

// TestX86Vector needs no tool. The file was made with
//
//	xz -zc --check=crc32 --x86 --lzma2=dict=4KiB
func TestX86Vector(t *testing.T) {
	const (
		data = "90e810203000c3e9f0ffffff90e8e8000000ffe90000000055e8fcfffffff3e8e9e801" +
			"0000e805000000e805000000e805000000e805000000"
		file = "fd377a585a0000016922de360201040021010000da33ad03e00038002f5d004839fec1" +
			"f17fa1b0179a1b2b40447638ee738e437ca691ec755a7826d73f5fb0e5459a27aa8390" +
			"41607dcf7fef55e000006fcfc87100014739e1e4bbc09042990d010000000001595a"
	)
	src, err := hex.DecodeString(file)
	if err != nil {
		t.Fatal(err)
	}
	if got := hex.EncodeToString(mustDecode(t, src)); got != data {
		t.Errorf("got %s\nwant %s", got, data)
	}
}
