package elfmod_test

import (
	"bytes"
	"testing"

	"github.com/gokmod/gokmod/internal/elfmod"
)

func TestHideVermagic(t *testing.T) {
	for _, kind := range kinds {
		t.Run(kind.name, func(t *testing.T) {
			image := sample(kind.mod).Build()
			before := bytes.Clone(image)
			if err := elfmod.HideVermagic(image); err != nil {
				t.Fatal(err)
			}
			want := bytes.Replace(before, []byte("vermagic=6.1.0 SMP "), make([]byte, len("vermagic=6.1.0 SMP ")), 1)
			if !bytes.Equal(image, want) {
				t.Error("more or less than the vermagic field changed")
			}
		})
	}
}

func TestHideVersions(t *testing.T) {
	for _, kind := range kinds {
		t.Run(kind.name, func(t *testing.T) {
			image := sample(kind.mod).Build()
			before := bytes.Clone(image)
			if err := elfmod.HideVersions(image); err != nil {
				t.Fatal(err)
			}
			f, err := elfmod.NewBytes(image)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range f.Sections {
				hidden := s.Name == "__versions" || s.Name == "__version_ext_crcs" || s.Name == "__version_ext_names"
				if s.Type == 1 && (s.Flags&2 == 0) != hidden {
					t.Errorf("section %s has flags %x", s.Name, s.Flags)
				}
			}
			changed := 0
			for i := range image {
				if image[i] != before[i] {
					changed++
				}
			}
			if changed != 3 {
				t.Errorf("%d bytes changed, want one for each of three sections", changed)
			}
		})
	}
}
