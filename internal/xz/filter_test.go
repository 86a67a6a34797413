package xz

import (
	"bytes"
	"encoding/binary"
	"flag"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

var (
	writeFlag = flag.Bool("write-testdata", false, "make testdata anew, with -xz-tool")
	codeFlag  = flag.String("code", "", "`glob` of more files, programs of any machine, to try all filters on")
)

// opcode is a word that a filter changes: fixed bits, and random ones in the
// rest.
type opcode struct {
	order       binary.AppendByteOrder
	fixed, mask uint32
}

// opcodes are the opcodes that each filter changes, or almost does.
var opcodes = map[FilterID][]opcode{
	FilterDelta:    {{binary.LittleEndian, 0x01020304, 0xF0F0F0F0}},
	FilterX86:      {{binary.LittleEndian, 0x000000E8, 0xFE0000FE}, {binary.BigEndian, 0xFFE900E8, 0xFFFF00FF}},
	FilterPowerPC:  {{binary.BigEndian, 0x48000001, 0xFC000003}},
	FilterIA64:     {{binary.LittleEndian, 0x00000016, 0x0000001E}, {binary.BigEndian, 0x00005000, 0x0000F000}},
	FilterARM:      {{binary.LittleEndian, 0xEB000000, 0xFF000000}},
	FilterARMThumb: {{binary.LittleEndian, 0xF800F000, 0xF800F800}},
	FilterSPARC:    {{binary.BigEndian, 0x40000000, 0xFFC00000}, {binary.BigEndian, 0x7FC00000, 0xFFC00000}},
	FilterARM64: {{binary.LittleEndian, 0x94000000, 0xFC000000}, {binary.LittleEndian, 0x90000000, 0x9F000000},
		{binary.LittleEndian, 0x90F00000, 0x9FF00000}, {binary.LittleEndian, 0x90000000, 0x9FF00000}},
	FilterRISCV: {{binary.LittleEndian, 0x000000EF, 0x00000DFF}, {binary.LittleEndian, 0x00000517, 0x00000FFF},
		{binary.LittleEndian, 0x00050503, 0x000F8003}, {binary.LittleEndian, 0x00003117, 0x00003FFF},
		{binary.LittleEndian, 0x00003117, 0x90003FFF}, {binary.LittleEndian, 0x00000017, 0x00000EFF}},
}

// dense makes n bytes in which nearly every word is an opcode of the filter, or
// one with a bit too many.
func dense(id FilterID, n int) []byte {
	r := rand.New(rand.NewPCG(uint64(id), 6))
	data := make([]byte, 0, n+16)
	for len(data) < n {
		if id == FilterIA64 {
			data = appendBundle(data, r)
			continue
		}
		op := opcodes[id][r.IntN(len(opcodes[id]))]
		word := r.Uint32()
		if r.IntN(3) == 0 {
			word &= 1<<r.IntN(32) - 1 // a short distance
		}
		word = word&^op.mask | op.fixed
		switch r.IntN(16) {
		case 0:
			word ^= 1 << r.IntN(32)
		case 1:
			data = append(data, byte(word), byte(word>>8))
		case 2:
			if id == FilterX86 {
				data = append(data, byte(word))
			}
		}
		data = op.order.AppendUint32(data, word)
	}
	return data[:n]
}

// appendBundle adds a bundle of IA-64 with a call in each slot, or nearly.
func appendBundle(data []byte, r *rand.Rand) []byte {
	lo, hi := uint64(r.IntN(32)), uint64(0)
	for slot := range 3 {
		code := r.Uint64()&(1<<41-1)&^(7<<9|0xF<<37) | 5<<37
		if r.IntN(6) == 0 {
			code ^= 1 << r.IntN(41)
		}
		switch slot {
		case 0:
			lo |= code << 5
		case 1:
			lo, hi = lo|code<<46, code>>18
		case 2:
			hi |= code << 23
		}
	}
	data = binary.LittleEndian.AppendUint64(data, lo)
	return binary.LittleEndian.AppendUint64(data, hi)
}

// filters are the filters that this package decodes before LZMA2.
func filters() (ids []FilterID) {
	for id := range FilterLZMA2 {
		if _, known := id.kind(); known {
			ids = append(ids, id)
		}
	}
	return ids
}

// vectors are the files in testdata, for which no tool is needed: the bytes
// that each one holds, and how the xz tool made it.
var vectors = []struct {
	file string
	data []byte
	args string
}{
	{"delta.xz", dense(FilterDelta, 700), "--delta=dist=7"},
	{"x86.xz", dense(FilterX86, 700), "--x86=start=48"},
	{"powerpc.xz", dense(FilterPowerPC, 700), "--powerpc=start=48"},
	{"ia64.xz", dense(FilterIA64, 700), "--ia64=start=48"},
	{"arm.xz", dense(FilterARM, 700), "--arm=start=48"},
	{"armthumb.xz", dense(FilterARMThumb, 700), "--armthumb=start=4294967288"},
	{"sparc.xz", dense(FilterSPARC, 700), "--sparc=start=48"},
	{"arm64.xz", dense(FilterARM64, 700), "--arm64=start=65536"},
	{"riscv.xz", dense(FilterRISCV, 1400), "--riscv=start=48"},
	{"chain.xz", dense(FilterARM, 700), "--arm --delta=dist=256 --x86 --block-size=333"},
}

// TestFilterVectors decodes testdata.
func TestFilterVectors(t *testing.T) {
	for _, v := range vectors {
		path := filepath.Join("testdata", v.file)
		if *writeFlag {
			src := compress(t, v.data, append(strings.Fields(v.args), "--check=crc32", "--lzma2=dict=4KiB")...)
			if err := os.WriteFile(path, src, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		src, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(src, v.data[16:80]) {
			t.Errorf("%s: the filter changed nothing", v.file)
		}
		if !bytes.Equal(mustDecode(t, src), v.data) {
			t.Errorf("%s: decoded data differs", v.file)
		}
	}
}

// TestToolFilters has the xz tool filter data that is full of opcodes of each
// filter, noise, and programs: this one, and those given with -code.
func TestToolFilters(t *testing.T) {
	inputs := map[string][]byte{"noise": inputs()["noise"][:100_000]}
	paths, _ := filepath.Glob(*codeFlag)
	if !testing.Short() {
		paths = append(paths, "/proc/self/exe")
	}
	for _, path := range paths {
		if program, err := os.ReadFile(path); err == nil {
			inputs[path] = program[:min(len(program), 1<<20)]
		}
	}
	for _, id := range toolFilters(t) {
		inputs["dense"] = dense(id, 100_000)
		properties := []string{"=start=4294967280", "=start=65552"}
		if id == FilterDelta {
			properties = []string{"=dist=1", "=dist=256"}
		}
		for name, data := range inputs {
			for _, value := range properties {
				src := compress(t, data, "--"+id.String()+value, "--lzma2=preset=0")
				if !bytes.Equal(mustDecode(t, src), data) {
					t.Errorf("%v%s, %s: decoded data differs", id, value, name)
				}
			}
		}
	}
}

// TestToolFilterEnds ends the data, and the blocks, at every position within an
// instruction.
func TestToolFilterEnds(t *testing.T) {
	for _, id := range toolFilters(t) {
		data := dense(id, 600)
		for n := range 20 {
			src := compress(t, data[n:2*n], "--"+id.String(), "--lzma2=preset=0")
			if !bytes.Equal(mustDecode(t, src), data[n:2*n]) {
				t.Errorf("%v, %d bytes: decoded data differs", id, n)
			}
			src = compress(t, data, "--"+id.String(), "--lzma2=preset=0", "--block-size="+strconv.Itoa(20+n))
			if !bytes.Equal(mustDecode(t, src), data) {
				t.Errorf("%v, blocks of %d bytes: decoded data differs", id, 20+n)
			}
		}
	}
}

// TestToolChains applies filters one after another, two in every order and
// three.
func TestToolChains(t *testing.T) {
	all := toolFilters(t)
	for i, a := range all {
		for _, b := range all {
			data := append(dense(a, 5000), dense(b, 5000)...)
			for _, chain := range [][]FilterID{{a, b}, {b, all[(i+1)%len(all)], a}} {
				var args []string
				for _, id := range chain {
					args = append(args, "--"+id.String())
				}
				src := compress(t, data, append(args, "--lzma2=preset=0")...)
				if !bytes.Equal(mustDecode(t, src), data) {
					t.Errorf("%v: decoded data differs", chain)
				}
			}
		}
	}
}

// toolFilters are the filters that the installed xz tool has too: the one for
// RISC-V came with 5.6, the one for ARM64 with 5.4.
func toolFilters(t *testing.T) (ids []FilterID) {
	compress(t, nil) // skips the test without a tool
	help, err := exec.Command(*toolFlag, "--long-help").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range filters() {
		if bytes.Contains(help, []byte("--"+id.String())) {
			ids = append(ids, id)
		} else {
			t.Logf("the xz tool has no filter %v", id)
		}
	}
	return ids
}
