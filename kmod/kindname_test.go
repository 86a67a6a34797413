package kmod_test

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/kmod"
)

// kind is what all small enumerations have.
type kind[K any] interface {
	*K
	encoding.TextMarshaler
	encoding.TextUnmarshaler
}

// checkNames gives all constants of an enumeration, which count from first, to
// text and back.
func checkNames[K ~uint8, P kind[K]](t *testing.T, first, last K) {
	t.Helper()
	seen := map[string]bool{}
	for k := first; k <= last; k++ {
		text, err := P(&k).MarshalText()
		var back K
		if err := errors.Join(err, P(&back).UnmarshalText(text)); err != nil || back != k || seen[string(text)] || strings.Contains(string(text), " ") {
			t.Errorf("%T %d is %q, and then %d, %v", k, k, text, back, err)
		}
		seen[string(text)] = true
	}
	beyond := last + 1
	text, _ := P(&beyond).MarshalText()
	for _, text := range []string{"", "nonsense", string(text)} {
		if text == "" && first > 0 {
			continue // that is none
		}
		if err := P(&beyond).UnmarshalText([]byte(text)); err == nil || !strings.Contains(err.Error(), text) || beyond != last+1 {
			t.Errorf("%T from %q: %d, %v", beyond, text, beyond, err)
		}
	}
}

func TestKindNames(t *testing.T) {
	checkNames(t, kmod.ActionInsert, kmod.ActionSkip)
	checkNames(t, kmod.SkipBlacklisted, kmod.SkipExcluded)
	checkNames(t, kmod.ReasonRequested, kmod.ReasonWeak)
	checkNames(t, kmod.SeverityNote, kmod.SeverityWould)
	checkNames(t, kmod.FindingFile, kmod.FindingName)
	checkNames(t, kmod.WarnMissing, kmod.WarnSelection)
	checkNames(t, kmod.BlockDrivers, kmod.CryptoAlgorithms)
}

// checkJSON reads what was written, and writes it once more.
func checkJSON[T any](t *testing.T, v T) {
	t.Helper()
	first, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var back T
	if err := json.Unmarshal(first, &back); err != nil {
		t.Errorf("%T: %v\n%s", v, err, first)
	}
	if second, err := json.Marshal(back); err != nil || !bytes.Equal(first, second) {
		t.Errorf("%T: %v\n%s\n%s", v, err, first, second)
	}
}

// TestJSON: what a program writes another one can read.
func TestJSON(t *testing.T) {
	checkJSON(t, pictured(t))
	db := openTreeWith(t, wideTree(), "blacklist crypto_x\noptions top a=1\nblacklist x-fast\n",
		fstest.MapFS{"lib/firmware/x.bin": {Data: []byte("x")}})
	closure, err := db.Closure(t.Context(), nil, "top")
	if err != nil {
		t.Fatal(err)
	}
	checkJSON(t, closure)
	if len(closure.Warnings) == 0 || len(closure.Config) == 0 {
		t.Errorf("the closure has too little to test with: %+v", closure)
	}
	plan, err := db.PlanRequests(&kmod.PlanOptions{UseBlacklist: true}, kmod.Request{Name: "crypto-x"})
	if err != nil {
		t.Fatal(err)
	}
	checkJSON(t, plan)
	test := &diagnosed{params: "nosuch=1", module: func(m *modtest.Module) { m.Needed = append(m.Needed, modtest.Needed{Name: "nowhere"}) }}
	checkJSON(t, test.run(t))
}
