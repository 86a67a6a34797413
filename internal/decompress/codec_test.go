package decompress

import "testing"

func TestCodecString(t *testing.T) {
	tests := map[Codec]string{None: "none", Gzip: "gzip", XZ: "xz", Zstd: "zstd", LZ4: "lz4", 5: "codec 5",
		255: "codec 255"}
	for codec, want := range tests {
		if got := codec.String(); got != want {
			t.Errorf("Codec(%d).String() = %q, want %q", uint8(codec), got, want)
		}
	}
}

func TestDetect(t *testing.T) {
	tests := []struct {
		name string
		head string
		want Codec
	}{
		{"empty", "", None},
		{"ELF", "\x7fELF\x02\x01", None},
		{"gzip", "\x1f\x8b\x08\x00\x00\x00", Gzip},
		{"gzip, two bytes", "\x1f\x8b", Gzip},
		{"gzip, one byte", "\x1f", None},
		{"compress", "\x1f\x9d\x90", None},
		{"xz", "\xfd7zXZ\x00rest", XZ},
		{"xz, five bytes", "\xfd7zXZ", None},
		{"xz, not quite", "\xfd7zXZ\x01", None},
		{"zstd", "\x28\xb5\x2f\xfd", Zstd},
		{"zstd, three bytes", "\x28\xb5\x2f", None},
		{"skippable frame", "\x50\x2a\x4d\x18\x00\x00\x00\x00", None},
		{"lz4", "\x04\x22\x4d\x18", LZ4},
		{"lz4 legacy", "\x02\x21\x4c\x18", LZ4},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := Detect([]byte(test.head)); got != test.want {
				t.Errorf("Detect = %v, want %v", got, test.want)
			}
		})
	}
}

func TestMagicSize(t *testing.T) {
	longest := 0
	for _, m := range magics {
		longest = max(longest, len(m.bytes))
	}
	if longest != MagicSize {
		t.Errorf("the longest magic has %d bytes", longest)
	}
	for _, e := range encoders {
		if got := Detect(e.encode(t, sample(100))[:MagicSize]); got != e.codec {
			t.Errorf("%s: Detect = %v", e.name, got)
		}
	}
}
