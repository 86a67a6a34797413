package ksymtab

import "testing"

// TestTable: records, a part of them, and what is not a whole record.
func TestTable(t *testing.T) {
	data := make([]byte, 3*8+7)
	for i := range data {
		data[i] = byte(i)
	}
	table := table{addr: 0x1000, data: data, form: form{true, 2}}
	m := memoryOf(8, 0x1000, data)
	if n := table.len(m); n != 3 {
		t.Errorf("%d records", n)
	}
	record, addr := table.record(m, 2)
	if addr != 0x1010 || len(record) != 8 || record[0] != 16 {
		t.Errorf("%d at %#x", record, addr)
	}
	part := table.part(m, 1, 3)
	if part.addr != 0x1008 || len(part.data) != 16 || part.data[0] != 8 || part.form != table.form {
		t.Errorf("%+v", part)
	}
}

// TestGPLOnly: by the table or by the first bit of the flags.
func TestGPLOnly(t *testing.T) {
	flagged := table{flags: []byte{0, 1, 0x80, 0x81, 2}}
	for i, want := range []bool{false, true, false, true, false, false} {
		if got := flagged.gplOnly(i); got != want {
			t.Errorf("%d: %v", i, got)
		}
	}
	if !(&table{gpl: true}).gplOnly(0) || (&table{}).gplOnly(0) {
		t.Error("the table does not tell")
	}
}

// TestTableNamespace: a record leads to a namespace, to none, or is none.
func TestTableNamespace(t *testing.T) {
	m := memoryOf(4, 0x1000, []byte("\x00\x00\x00\x00\x00\x00\x00\x00\x0c\x10\x00\x00NS\x00\x01\x00"))
	for at, want := range map[byte]struct {
		text string
		ok   bool
	}{0x0c: {"NS", true}, 0x0e: {"", true}, 0x0f: {"\x01", false}, 0x11: {"", false}, 0x80: {"", false}} {
		m.Parts[0].Data[8] = at
		table := table{addr: 0x1000, data: m.Parts[0].Data[:12], form: form{false, 3}}
		if text, ok := table.namespace(m, 0); string(text) != want.text || ok != want.ok {
			t.Errorf("at %#x: %q, %v", at, text, ok)
		}
		table.form = form{false, 2}
		if text, ok := table.namespace(m, 0); text != nil || !ok {
			t.Errorf("without namespaces: %q, %v", text, ok)
		}
	}
}
