package xz

import (
	"bytes"
	"math/rand/v2"
	"os/exec"
	"testing"
)

// checkEncoded checks that Encode's file has the data, within the bounds that it promises, in
// the form that every kernel knows. It returns the file.
func checkEncoded(t *testing.T, data []byte) []byte {
	t.Helper()
	const before = "before"
	file, ok := bytes.CutPrefix(Encode([]byte(before), data), []byte(before))
	if !ok || len(file) > len(data)+len(data)/10_000+100 {
		t.Fatalf("%d bytes become %d", len(data), len(file))
	}
	if got := mustDecode(t, file); !bytes.Equal(got, data) {
		t.Fatalf("%d bytes: other data is decoded", len(data))
	}
	if size, err := Size(file); err != nil || size != int64(len(data)) {
		t.Fatalf("the size is %d, %v", size, err)
	}
	info, err := Inspect(file)
	if err != nil || info.Check != CheckCRC32 || info.DictSize != 1<<20 || len(info.Filters) != 1 {
		t.Fatalf("its form is %+v, %v", info, err)
	}
	return file
}

// encodeInputs are data of all kinds: with matches at all distances and lengths, and without.
func encodeInputs() map[string][]byte {
	all := inputs()
	r := rand.New(rand.NewPCG(5, 6))
	var copies []byte
	for i := range 300 {
		copies = append(copies, byte(i), byte(r.Uint32()), byte(r.Uint32()))
	}
	for len(copies) < 1_300_000 { // more than the dictionary
		from := r.IntN(len(copies))
		n := 1 << r.IntN(9)
		copies = append(copies, copies[from:min(len(copies), from+n+r.IntN(n))]...)
		copies = append(copies, byte(r.Uint32()))
	}
	all["copies"] = copies
	noise := all["noise"]
	all["noise first"] = append(bytes.Clone(noise), make([]byte, 1000)...)
	fresh := make([]byte, 300_000) // some chunks of it, between those of code
	for i := range fresh {
		fresh[i] = byte(r.Uint32())
	}
	all["noise within"] = bytes.Join([][]byte{machineCode(200_000), fresh, machineCode(200_000)}, nil)
	all["again from afar"] = append(append(machineCode(3000), make([]byte, 1<<20)...), machineCode(3000)...)
	return all
}

// TestEncode encodes all kinds of data; the xz tool decodes them too.
func TestEncode(t *testing.T) {
	tool, err := exec.LookPath(*toolFlag)
	if err != nil {
		t.Log("there is no xz tool to decode with")
	}
	for name, data := range encodeInputs() {
		t.Run(name, func(t *testing.T) {
			file := checkEncoded(t, data)
			if tool == "" {
				return
			}
			cmd := exec.Command(tool, "-dc")
			cmd.Stdin = bytes.NewReader(file)
			if got, err := cmd.Output(); err != nil || !bytes.Equal(got, data) {
				t.Errorf("the xz tool decodes other data, %v", err)
			}
		})
	}
}

// TestEncodeSmall encodes all lengths around those of a hash and a match.
func TestEncodeSmall(t *testing.T) {
	for n := range 600 {
		checkEncoded(t, make([]byte, n))
		checkEncoded(t, bytes.Repeat([]byte("abcdefg"), 100)[:n])
	}
}

// TestEncodeRatio compares with the xz tool's size on what modules consist of.
func TestEncodeRatio(t *testing.T) {
	data := bytes.Join([][]byte{machineCode(200_000), inputs()["periods"], machineCode(100_000)}, nil)
	ours, theirs := len(Encode(nil, data)), len(compress(t, data, "--lzma2=dict=1MiB", "--check=crc32"))
	if ours > theirs+theirs/6 {
		t.Errorf("it takes %d bytes, that of the xz tool %d", ours, theirs)
	}
}

// FuzzEncode: everything is encoded, and decoded to what it was.
func FuzzEncode(f *testing.F) {
	f.Add([]byte("a module and a module, a module and a mo"), 3)
	f.Add(make([]byte, 300), 1)
	f.Add(machineCode(2000), 2)
	f.Fuzz(func(t *testing.T, data []byte, times int) {
		checkEncoded(t, bytes.Repeat(data, max(1, min(times, 8))))
	})
}
