package main

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// TestSimilar: the most similar names are found, and none that is too different.
func TestSimilar(t *testing.T) {
	names := strings.Fields("xfs ext4 btrfs nvme nvme_core nvme_fabrics nvidia nvidia_drm nvidia_modeset snd_hda_intel snd_hda_codec " +
		"e1000 e1000e e100 e10 a ab tun fs_xfs i2c_i801 i2c_i810 i2c_i802 i2c_i811 i2c_i803")
	for name, want := range map[string][]string{
		"xfss": {"xfs"}, "xsf": {"xfs"}, "fxs": {"xfs"}, "xf": {"xfs"}, "fs": {"xfs"}, "XFS": {"xfs"}, "xfsss": nil, "xfs": {"xfs"},
		"ext3": {"ext4"}, "btfs": {"btrfs"}, "bttrrfs": {"btrfs"}, "bttrrfss": nil,
		"nvidia-drn": {"nvidia_drm"}, "nvidai": {"nvidia"}, "snd-hda-intle": {"snd_hda_intel"}, "sndhdaintel": {"snd_hda_intel"}, "sndhdaintelxy": nil,
		"snd_hda_codex": {"snd_hda_codec"}, "e1000f": {"e1000", "e1000e"}, "e100e": {"e100", "e1000", "e1000e"},
		"i2c_i80": {"i2c_i801", "i2c_i802", "i2c_i803"}, "b": nil, "": nil, "ac": {"a", "ab"}, "a": {"a"}, "A": {"a"}, "ab": {"ab"}, "ba": {"a", "ab"},
		"nvme-faabrisc": {"nvme_fabrics"}, "fs-xsf": {"fs_xfs"}, strings.Repeat("x", 65): nil, "tnu": {"tun"}, "nut": nil,
	} {
		s := newSimilar(name)
		for _, other := range names {
			s.add(other, other)
		}
		for _, other := range slices.Backward(names) {
			s.add(other, other) // again, in another order
		}
		if got := s.found; !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// TestSimilarBounds: names of any length and letters are considered.
func TestSimilarBounds(t *testing.T) {
	long := strings.Repeat("x", maxSimilarName)
	s := newSimilar(long)
	for _, name := range []string{"", "y", long + "x", long[1:] + "y", strings.Repeat("Ⱥ", 22), long[3:], long[4:], strings.Repeat("\xff", 64)} {
		s.add(name, name)
	}
	if got, want := s.found, []string{long[1:] + "y"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	for _, name := range []string{"Ⱥ", "\xff\xfe\xfd", strings.Repeat("Ⱥ", 21)} {
		s := newSimilar(name)
		for _, other := range []string{name, long, "\xff\xfe", "ⱥ"} {
			s.add(other, other)
		}
	}
}

// TestSimilarRandom: names are as similar as a slower search finds that follows the rules
// themselves. One search considers several names, as it does with those of a tree.
func TestSimilarRandom(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	word := func() string {
		b := make([]byte, 1+random.IntN(7))
		for i := range b {
			b[i] = "abc"[random.IntN(3)]
		}
		return string(b)
	}
	for range 3000 {
		name := word()
		s, least := newSimilar(name), min(max(len(name)/3, 1), len(name)-1)
		var want []string
		for range 5 {
			other := word()
			s.add(other, other)
			switch edits := slowEdits(name, other); {
			case edits < least:
				least, want = edits, []string{other}
			case edits == least && !slices.Contains(want, other):
				want = append(want, other)
			}
		}
		slices.Sort(want)
		if want = want[:min(len(want), maxSimilar)]; !slices.Equal(s.found, want) {
			t.Fatalf("%s: %q, want %q", name, s.found, want)
		}
	}
}

// FuzzSimilar: no name is too odd, and a name is like itself.
func FuzzSimilar(f *testing.F) {
	f.Add("xsf", "xfs")
	f.Add("i2c-i810", "i2c_i801e")
	f.Add("\u023a", "\xff")
	f.Fuzz(func(t *testing.T, a, b string) {
		s := newSimilar(a)
		s.add(b, b)
		if len(s.found) > 1 || len(s.found) == 1 && s.found[0] != b {
			t.Errorf("%q is like %q", a, s.found)
		}
		s.add(a, a)
		if kept := len(a) > 0 && len(folded(a)) == len(a); kept && !slices.Contains(s.found, a) {
			t.Errorf("%q is like %q", a, s.found)
		}
	})
}

// slowEdits is the number of edits between two short names.
func slowEdits(a, b string) int {
	switch {
	case len(a) == 0 || len(b) == 0:
		return len(a) + len(b)
	case a[0] == b[0]:
		return slowEdits(a[1:], b[1:])
	}
	least := 1 + min(slowEdits(a[1:], b), slowEdits(a, b[1:]), slowEdits(a[1:], b[1:]))
	if len(a) > 1 && len(b) > 1 && a[0] == b[1] && a[1] == b[0] {
		least = min(least, 1+slowEdits(a[2:], b[2:]))
	}
	return least
}
