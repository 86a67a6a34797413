package main

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestStateBounds: however many devices come, and whatever they call themselves, the state
// does not grow, and keeps what came last.
func TestStateBounds(t *testing.T) {
	const many = 20000
	s := newState()
	why := &denial{rule: strings.Repeat("r", 5000), at: "f:1", text: strings.Repeat("é", 5000)}
	for i := range many {
		s.ignore(fmt.Sprintf("usb:%d%s", i, strings.Repeat("x", 3000)), why)
	}
	s.ignore("usb:short", errors.New("e"))
	s.ignore("usb:short", errors.New("f"))
	r := &report{}
	r.fill(s)
	if len(r.Ignored) != maxEntries || len(s.ignored.byName) != maxEntries || r.Dropped["ignored"] != many+1-maxEntries || len(r.Dropped) != 1 {
		t.Errorf("%d are kept, dropped are %v", len(r.Ignored), r.Dropped)
	}
	if first := r.Ignored[0]; first.Alias != "usb:short" || first.Times != 2 || first.Error != "f" || first.At != "" {
		t.Errorf("the last one is %+v", first)
	}
	last := r.Ignored[1]
	if !strings.HasPrefix(last.Alias, fmt.Sprintf("usb:%dxx", many-1)) || last.Times != 1 {
		t.Errorf("the one before is %.30q", last.Alias)
	}
	for _, text := range []string{last.Alias, last.Rule, last.Error} {
		if len(text) > maxText+len("…") || !strings.HasSuffix(text, "…") || !utf8.ValidString(text) {
			t.Errorf("%d bytes are kept: %q", len(text), text)
		}
	}
	s.forget()
	if r.fill(s); len(r.Ignored) != 0 || len(r.Dropped) != 0 {
		t.Errorf("after all was forgotten: %+v", r)
	}
}

func TestCut(t *testing.T) {
	full := strings.Repeat("x", maxText)
	for text, want := range map[string]string{
		"":                                    "",
		full:                                  full,
		full + "y":                            full + "…",
		full[:maxText-1] + "é":                full[:maxText-1] + "…",
		full[:maxText-2] + "é":                full[:maxText-2] + "é",
		full[:maxText-3] + "🐧":                full[:maxText-3] + "…",
		strings.Repeat("\x80", maxText+1)[1:]: strings.Repeat("\x80", maxText),
	} {
		if got := cut(text); got != want {
			t.Errorf("%d bytes become %d: …%q", len(text), len(got), got[max(0, len(got)-8):])
		}
	}
	if got := cut(strings.Repeat("\x80", 2*maxText)); len(got) > maxText+len("…") || len(got) < maxText-utf8.UTFMax {
		t.Errorf("bytes that are not text become %d", len(got))
	}
}
