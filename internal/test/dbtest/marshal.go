package dbtest

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

// kind is the interface of all small enumerations.
type kind[K any] interface {
	*K
	encoding.TextMarshaler
	encoding.TextUnmarshaler
}

// CheckNames converts all constants of an enumeration, which count from first,
// to text and back.
func CheckNames[K ~uint8, P kind[K]](t testing.TB, first, last K) {
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
			continue // that is not a name
		}
		if err := P(&beyond).UnmarshalText([]byte(text)); err == nil || !strings.Contains(err.Error(), text) || beyond != last+1 {
			t.Errorf("%T from %q: %d, %v", beyond, text, beyond, err)
		}
	}
}

// CheckJSON reads what was written, and writes it again.
func CheckJSON[T any](t testing.TB, v T) {
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
