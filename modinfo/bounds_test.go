package modinfo_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/elfmod"
	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/modinfo"
)

// countingReader counts the bytes read.
type countingReader struct {
	io.ReaderAt
	read int64
}

func (c *countingReader) ReadAt(b []byte, off int64) (int, error) {
	n, err := c.ReaderAt.ReadAt(b, off)
	c.read += int64(n)
	return n, err
}

// allocated returns how many bytes f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// sections64 returns the offset of the section table of a 64-bit little-endian
// module, and the number of its sections.
func sections64(image []byte) (at, count int) {
	return int(binary.LittleEndian.Uint64(image[40:])), int(binary.LittleEndian.Uint16(image[60:]))
}

// symbol64 changes the named symbol in a 64-bit little-endian module.
func symbol64(t *testing.T, image []byte, name string, change func(entry []byte)) {
	t.Helper()
	f, err := elfmod.NewBytes(image)
	if err != nil {
		t.Fatal(err)
	}
	table, err := f.Symbols()
	if err != nil {
		t.Fatal(err)
	}
	entries := f.Section(".symtab").Offset
	found := false
	for i := range table.Len() {
		if s, err := table.At(i); err == nil && string(s.Name) == name {
			change(image[int(entries)+24*i:][:24])
			found = true
		}
	}
	if !found {
		t.Fatalf("there is no symbol %s", name)
	}
}

// at places a symbol in a section.
func at(section uint16, value uint64) func(entry []byte) {
	return func(entry []byte) {
		binary.LittleEndian.PutUint16(entry[6:], section)
		binary.LittleEndian.PutUint64(entry[8:], value)
	}
}

// overlapping is a module with n sections that all span the whole file, and a
// symbol that points into each.
func overlapping(t *testing.T, n int) []byte {
	m := modtest.Module{Modinfo: []string{"license=GPL"}}
	for i := range n {
		m.Sections = append(m.Sections, modtest.Section{Name: fmt.Sprint("s", i), Type: 1, Data: make([]byte, 8)})
		m.Labels = append(m.Labels, fmt.Sprint("__crc_s", i))
	}
	m.Sections = append(m.Sections, modtest.Section{Name: "ballast", Type: 1, Data: make([]byte, 100_000)})
	image := m.Build()
	table, count := sections64(image)
	f, err := elfmod.NewBytes(image)
	if err != nil {
		t.Fatal(err)
	}
	entries := f.Section(".symtab").Offset
	next := 0
	for i := range count {
		if name := f.Sections[i].Name; name != fmt.Sprint("s", next) {
			continue
		}
		binary.LittleEndian.PutUint64(image[table+64*i+24:], 0)
		binary.LittleEndian.PutUint64(image[table+64*i+32:], uint64(len(image)))
		next++
		at(uint16(i), 0)(image[int(entries)+24*next:])
	}
	if next != n {
		t.Fatalf("%d of %d sections", next, n)
	}
	return image
}

// TestExportsOverlap: overlapping sections cost no more reading or memory than the
// file's size.
func TestExportsOverlap(t *testing.T) {
	for n, ok := range map[int]bool{1: true, 2: false, 1000: false} {
		image := overlapping(t, n)
		r := &countingReader{ReaderAt: bytes.NewReader(image)}
		f, err := modinfo.NewFile(r, int64(len(image)), nil)
		if err != nil {
			t.Fatal(err)
		}
		var exports []modinfo.Export
		used := allocated(func() { exports, err = f.Exports() })
		if ok != (err == nil) || !ok && (!errors.Is(err, modinfo.ErrFormat) || exports != nil) {
			t.Errorf("%d sections: %d exports, %v", n, len(exports), err)
		}
		if size := int64(len(image)); r.read > 3*size || used > uint64(6*size)+1<<20 {
			t.Errorf("%d sections: %d bytes read, %d allocated, for a file of %d", n, r.read, used, size)
		}
		f.Close()
	}
}

// TestSharedNames: names that share their bytes are kept up to four times the string
// table and 64 KiB.
func TestSharedNames(t *testing.T) {
	name := strings.Repeat("n", 1000)
	build := func(n int, undefined bool) []byte {
		m := modtest.Module{}
		for range n {
			m.Labels = append(m.Labels, "__crc_"+name)
		}
		image := m.Build()
		if undefined {
			symbol64(t, image, "__crc_"+name, at(0, 0))
		}
		return image
	}
	strtab := 1 + len("__crc_"+name) + 1
	for n, ok := range map[int]bool{(4*strtab + 1<<16) / 1000: true, (4*strtab+1<<16)/1000 + 1: false} {
		exports, err := open(t, build(n, false)).Exports()
		if ok != (err == nil) || ok && (len(exports) != 1 || !exports[0].HasCRC) ||
			!ok && !strings.Contains(err.Error(), "its symbol names overlap beyond reason") {
			t.Errorf("%d exports of one name: %d, %v", n, len(exports), err)
		}
	}
	for n, ok := range map[int]bool{(4*strtab + 1<<16) / 1006: true, (4*strtab+1<<16)/1006 + 1: false} {
		needed, err := open(t, build(n, true)).Needed()
		if ok != (err == nil) || ok && len(needed) != n || !ok && !errors.Is(err, modinfo.ErrFormat) {
			t.Errorf("%d needed symbols of one name: %d, %v", n, len(needed), err)
		}
	}
}

// TestExportNames: only defined symbols of the four kinds, with a name after the
// prefix, describe exports.
func TestExportNames(t *testing.T) {
	m := modtest.Module{Labels: []string{"__crc_", "__crc", "__c", "__", "_", "_crc_a", "__crd_a", "crc_a", "_x__crc_a",
		"__ksymtab_", "__kstrtab_a", "__kstrtabns_", "__export_symbol_", "__exports_a", "__x", "a__crc_b"},
		Needed: []modtest.Needed{{Name: "__crc_undefined"}, {Name: "__ksymtab_undefined"}}}
	if got, err := open(t, m.Build()).Exports(); len(got) > 0 || err != nil {
		t.Errorf("exports are %v, %v", got, err)
	}
	m.Labels = append(m.Labels, "__crc_c", "__ksymtab_k", "__crc_both", "__ksymtab_both")
	image := m.Build()
	symbol64(t, image, "__crc_c", at(0xfff1, 0x1_2345_6789))
	symbol64(t, image, "__ksymtab_k", at(2000, 0)) // no such section
	got, err := open(t, image).Exports()
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "exports", got, []modinfo.Export{{Name: "c", CRC: 0x23456789, HasCRC: true}, {Name: "both", HasCRC: true},
		{Name: "k"}})
	table, _ := open(t, image).Exports()
	equal(t, "again", table, got)
}

// TestExportPlaces: symbols point into their section, and strings end there.
func TestExportPlaces(t *testing.T) {
	long := strings.Repeat("x", 4095)
	m := modtest.Module{
		Sections: []modtest.Section{{Name: "data", Type: 1, Data: []byte("ab\x00cd\x00" + long + "\x00" + long + "x\x00ef")}},
		Labels:   []string{"__crc_one", "__kstrtabns_one", "__kstrtabns_other", "__ksymtab_two"},
	}
	whole := m.Build()
	f, err := elfmod.NewBytes(whole)
	if err != nil {
		t.Fatal(err)
	}
	index := uint16(0)
	for i, s := range f.Sections {
		if s.Name == "data" {
			index = uint16(i)
		}
	}
	size := f.Section("data").Size
	for _, test := range []struct {
		symbol string
		at     uint64
		want   string // namespace, or error
	}{
		{"__kstrtabns_one", 0, "ab"},
		{"__kstrtabns_one", 1, "b"},
		{"__kstrtabns_one", 2, ""},
		{"__kstrtabns_one", 3, "cd"},
		{"__kstrtabns_one", 6, long},
		{"__kstrtabns_one", 6 + 4096, "error: export one points at offset 4102, outside section 1"},
		{"__kstrtabns_one", 6 + 4096 + 1, long},
		{"__kstrtabns_one", size - 3, ""},
		{"__kstrtabns_one", size - 2, fmt.Sprintf("error: export one points at offset %d, outside section 1", size-2)},
		{"__kstrtabns_one", size, fmt.Sprintf("error: export one points at offset %d, outside section 1", size)},
		{"__kstrtabns_one", 1 << 63, "error: export one points at offset 9223372036854775808, outside section 1"},
		{"__kstrtabns_other", 3, ""},
		{"__crc_one", size - 4, ""},
		{"__crc_one", size - 3, "error: the version of an exported symbol lies outside section 1"},
	} {
		image := bytes.Clone(whole)
		symbol64(t, image, test.symbol, at(index, test.at))
		if test.symbol != "__kstrtabns_one" {
			symbol64(t, image, "__kstrtabns_one", at(index, 2))
		}
		if test.symbol != "__kstrtabns_other" {
			symbol64(t, image, "__kstrtabns_other", at(index, 2))
		}
		exports, err := open(t, image).Exports()
		if want, bad := strings.CutPrefix(test.want, "error: "); bad {
			if exports != nil || !errors.Is(err, modinfo.ErrFormat) || !strings.Contains(err.Error(), want) {
				t.Errorf("%s at %d: %v, want %s", test.symbol, test.at, err, want)
			}
			continue
		}
		if err != nil || len(exports) != 2 || exports[0].Name != "one" || exports[0].Namespace != test.want ||
			exports[1] != (modinfo.Export{Name: "two"}) {
			t.Errorf("%s at %d: %+v, %v", test.symbol, test.at, exports, err)
		}
	}
}

// TestManyNamespaces: a string that many symbols point to counts each time.
func TestManyNamespaces(t *testing.T) {
	long := []byte(strings.Repeat("x", 4000) + "\x00")
	m := modtest.Module{Sections: []modtest.Section{{Name: "data", Type: 1, Data: long}}}
	for i := range 100 {
		m.Labels = append(m.Labels, fmt.Sprint("__crc_", i), fmt.Sprint("__kstrtabns_", i))
	}
	image := m.Build()
	for i := range 100 {
		symbol64(t, image, fmt.Sprint("__kstrtabns_", i), at(1, 0))
	}
	if got, err := open(t, image).Exports(); got != nil || !errors.Is(err, modinfo.ErrFormat) {
		t.Errorf("%d exports, %v", len(got), err)
	}
}

// TestModinfoBounds: .modinfo has at most 16 MiB and 2^20 entries.
func TestModinfoBounds(t *testing.T) {
	for _, test := range []struct {
		name string
		data []byte
		want string
	}{
		{"2^20 entries", bytes.Repeat([]byte("a\x00"), 1<<20), ""},
		{"one more", bytes.Repeat([]byte("a\x00"), 1<<20+1), "its .modinfo section has too many entries (at offset 0)"},
		{"16 MiB", bytes.Repeat([]byte{'x'}, 16<<20), ""},
		{"a byte more", make([]byte, 16<<20+1), "its .modinfo section is too large (at offset 64)"},
	} {
		m := modtest.Module{Sections: []modtest.Section{{Name: ".modinfo", Type: 1, Data: test.data}}}
		image := m.Build()
		f, err := modinfo.NewFile(bytes.NewReader(image), int64(len(image)), nil)
		if err != nil {
			t.Fatal(err)
		}
		info, err := f.Info()
		switch {
		case test.want == "":
			if err != nil || len(info.Fields) != max(bytes.Count(test.data, []byte("a")), 1) {
				t.Errorf("%s: %v", test.name, err)
			}
		case !errors.Is(err, modinfo.ErrFormat) || !strings.HasSuffix(err.Error(), test.want):
			t.Errorf("%s: %v, want %s", test.name, err, test.want)
		}
		f.Close()
	}
}

// TestSignatureBounds: a signature block has at most a mebibyte, and no more than
// there is before the trailer.
func TestSignatureBounds(t *testing.T) {
	m := modtest.Named("a", nil, nil)
	body := int64(len(m.Build()))
	for _, test := range []struct {
		block, said int64
		damaged     bool
	}{
		{10, 10, false}, {10, 0, false}, {10, body + 10, false}, {10, body + 11, true}, {10, 1<<32 - 1, true},
		{1 << 20, 1 << 20, false}, {1<<20 + 1, 1<<20 + 1, true},
	} {
		m.Signature = block("", "", string(bytes.Repeat([]byte("s"), int(test.block))), 4, 1)
		binary.BigEndian.PutUint32(m.Signature[test.block+8:], uint32(test.said))
		sig := read(t, m.Build()).Signature
		if sig == nil || (sig.Err != nil) != test.damaged {
			t.Fatalf("%d bytes declared as %d: %+v", test.block, test.said, sig)
		}
		want := body + test.block - test.said
		if test.damaged {
			want = body + test.block
			if got := sig.Err.Error(); got != "the signature block is damaged" || sig.Raw != nil {
				t.Errorf("%d bytes: %s", test.block, got)
			}
		} else if int64(len(sig.Raw)) != test.said || !bytes.Equal(sig.Value, sig.Raw) {
			t.Errorf("%d bytes declared as %d are %d", test.block, test.said, len(sig.Raw))
		}
		if sig.SignedSize != want {
			t.Errorf("%d bytes declared as %d: %d are signed, want %d", test.block, test.said, sig.SignedSize, want)
		}
	}
}

// TestSignatureNames: kinds and digests have the kernel's names.
func TestSignatureNames(t *testing.T) {
	for id, want := range map[byte]string{0: "PGP", 1: "X509", 2: "PKCS#7", 3: "unknown", 255: "unknown"} {
		image, _ := signedWith(block("s", "k", "v", 4, id))
		if got := read(t, image).Signature.ID; got != want {
			t.Errorf("kind %d is %s, want %s", id, got, want)
		}
	}
	names := []string{"md4", "md5", "sha1", "rmd160", "sha256", "sha384", "sha512", "sha224", "sm3", "unknown", "unknown"}
	for n, want := range names {
		image, _ := signedWith(block("s", "k", "v", byte(n), 1))
		if got := read(t, image).Signature.HashAlgo; got != want {
			t.Errorf("digest %d is %s, want %s", n, got, want)
		}
	}
}

// TestMachine: machines have the names of uname.
func TestMachine(t *testing.T) {
	want := map[modinfo.Machine]string{
		2: "sparc", 3: "i386", 4: "m68k", 8: "mips", 15: "parisc", 18: "sparc", 20: "ppc", 21: "ppc64", 22: "s390x",
		40: "arm", 42: "sh", 43: "sparc64", 50: "ia64", 62: "x86_64", 94: "xtensa", 183: "aarch64", 189: "microblaze",
		195: "arc", 243: "riscv", 252: "csky", 258: "loongarch", 0x9026: "alpha",
	}
	for m := range modinfo.Machine(0xffff) {
		name, known := want[m]
		if !known {
			name = fmt.Sprint("ELF machine ", int(m))
		}
		if got := m.String(); got != name {
			t.Errorf("machine %d is %s, want %s", int(m), got, name)
		}
	}
}

// TestDeviceKind: every kind has its name, and so does an invalid one.
func TestDeviceKind(t *testing.T) {
	for kind, want := range map[modinfo.DeviceKind]string{
		0: "unknown", modinfo.CharDevice: "char device", modinfo.BlockDevice: "block device",
		modinfo.DeviceNode: "device node", modinfo.NetworkProtocol: "network protocol",
		modinfo.NetworkDevice: "network device", modinfo.NetworkLink: "network link", modinfo.Filesystem: "file system",
		modinfo.CryptoAlgorithm: "crypto algorithm", modinfo.BusDevice: "bus device", 10: "unknown", 255: "unknown",
	} {
		if got := kind.String(); got != want {
			t.Errorf("kind %d is %q, want %q", kind, got, want)
		}
	}
	if modinfo.CharDevice != 1 || modinfo.Any != -1 || modinfo.CharAlias(1, -1) != "char-major-1-*" {
		t.Error("Any is not -1, or the zero kind is a kind")
	}
}

// TestClasses: class, byte order and machine of a file are reported.
func TestClasses(t *testing.T) {
	for name, kind := range classes {
		m := kind
		m.Modinfo = []string{"a=b"}
		info := read(t, m.Build())
		if info.Is64 == kind.Is32 || info.BigEndian != kind.BigEndian || uint16(info.Machine) != kind.Machine {
			t.Errorf("%s: %+v", name, info)
		}
		if info.BuildID != nil || info.Signature != nil {
			t.Errorf("%s: build id %x, signature %v", name, info.BuildID, info.Signature)
		}
	}
}
