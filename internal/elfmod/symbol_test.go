package elfmod_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/elfmod"
	"github.com/gokmod/gokmod/internal/test/modtest"
)

// TestSelect: what is selected is what a look at each symbol finds, up to the first
// error, whatever the module's bytes are.
func TestSelect(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	damaged := 0
	for _, m := range []modtest.Module{{}, {Is32: true}, {BigEndian: true}, {Is32: true, BigEndian: true}} {
		m.Exports = []modtest.Export{{Name: "out", CRC: 1}, {Name: "export", CRC: 2}}
		m.Needed = []modtest.Needed{{Name: "in"}, {Name: "__crc_in"}, {Name: strings.Repeat("n", 3000)}}
		m.Labels = []string{"label", "label", "__crc", strings.Repeat("long", 1000)}
		image := m.Build()
		compareSelect(t, image)
		for range 5000 {
			changed := slices.Clone(image)
			for range 1 + random.IntN(3) {
				changed[len(changed)/3+random.IntN(2*len(changed)/3)] = byte(random.IntN(3) * 127)
			}
			if !compareSelect(t, changed) {
				damaged++
			}
		}
	}
	if damaged < 100 {
		t.Errorf("only %d of the symbol tables were damaged", damaged)
	}
}

// compareSelect compares the symbols that are selected, and reports whether there was
// no error.
func compareSelect(t *testing.T, image []byte) bool {
	t.Helper()
	const prefix = "__crc_"
	f, err := elfmod.NewBytes(image)
	if err != nil {
		return false
	}
	table, err := f.Symbols()
	if err != nil {
		return false
	}
	var want, got []elfmod.Symbol
	var wantErr error
	for i := 1; i < table.Len(); i++ {
		s, err := table.At(i)
		if err != nil {
			wantErr = err
			break
		}
		if s.Section == elfmod.SectionUndef || strings.HasPrefix(string(s.Name), prefix) {
			want = append(want, s)
		}
	}
	gotErr := table.Select(prefix, func(s elfmod.Symbol) error {
		got = append(got, s)
		return nil
	})
	if fmt.Sprint(gotErr) != fmt.Sprint(wantErr) || !reflect.DeepEqual(got, want) {
		t.Errorf("got %d symbols, %v, want %d, %v", len(got), gotErr, len(want), wantErr)
	}
	return gotErr == nil
}
