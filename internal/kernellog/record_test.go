package kernellog

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestParseRecord(t *testing.T) {
	for _, test := range []struct {
		name, raw string
		want      logRecord
		ok        bool
	}{
		{"plain", "6,339,5140900,-;dummy: hello\n", logRecord{text: "dummy: hello", number: 339}, true},
		{"caller", "4,1,2,-,caller=T123;text\n", logRecord{number: 1, text: "text", caller: "T123"}, true},
		{"processor, other fields", "4,1,2,-,new=1,caller=C0;text", logRecord{number: 1, text: "text", caller: "C0"}, true},
		{"properties", "6,1,2,-;text\n SUBSYSTEM=pci\n DEVICE=+pci:0000:00:01.0\n", logRecord{number: 1, text: "text"}, true},
		{"fragment", "6,1,2,c;more\n", logRecord{number: 1, text: "more", continues: true}, true},
		{"following fragment", "6,1,2,+;more\n", logRecord{number: 1, text: "more", continues: true}, true},
		{"escapes", `6,1,2,-;a\x0ab\x09c\x5cd\xc3\xa9 \x1b[0m \x` + "\n", logRecord{number: 1, text: "a\nb\tc\\dé \\x1b[0m \\x"}, true},
		{"no escape", `6,1,2,-;\xzz \x4`, logRecord{number: 1, text: `\xzz \x4`}, true},
		{"semicolons", "6,1,2,-;a;b\n", logRecord{number: 1, text: "a;b"}, true},
		{"old form", "6,1,2;text", logRecord{number: 1, text: "text"}, true},
		{"empty text", "6,1,2,-;\n", logRecord{number: 1}, true},
		{"no head", "text", logRecord{}, false},
		{"no number", "x,1,2,-;text", logRecord{}, false},
		{"no sequence number", "6,x,2,-;text", logRecord{}, false},
		{"of a process", "12,1,2,-;dummy: Unknown symbol none (err -2)\n", logRecord{}, false},
		{"empty", "", logRecord{}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, ok := parseRecord(test.raw)
			if ok != test.ok || ok && got != test.want {
				t.Errorf("got %+v, %v", got, ok)
			}
		})
	}
}

func FuzzParseRecord(f *testing.F) {
	f.Add(`6,339,5140900,-,caller=T1;a\x0ab` + "\n KEY=v\n")
	f.Add("6,1,2,c;x")
	f.Fuzz(func(t *testing.T, raw string) {
		r, ok := parseRecord(raw)
		if !ok {
			return
		}
		if len(r.text) > len(raw) {
			t.Errorf("%q became longer: %q", raw, r.text)
		}
		if i := strings.IndexFunc(r.text, func(c rune) bool { return c < ' ' && c != '\n' && c != '\t' }); i >= 0 && !strings.ContainsRune(raw, rune(r.text[i])) {
			t.Errorf("a control character came out of an escape: %q", r.text)
		}
		for _, name := range []string{"dummy", "a_b", ""} {
			aboutModule(r.text, name)
		}
		_ = utf8.ValidString(r.text)
	})
}
