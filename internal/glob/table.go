package glob

// maxTabled is the length of the longest text that gets a table, which takes 2
// MiB if all bytes occur. The places of a longer text are examined one by one.
const maxTabled = 1 << 16

// A table has a row for each byte that occurs in a text, with a bit for each
// place where it does.
type table struct {
	made  bool
	rows  []uint64   // nil when the matcher has room for them
	index [256]int16 // of a byte's row, from 1
}

// row returns the places where c occurs, nil if there are none or the budget
// ran out.
func (m *Matcher) row(c byte) []uint64 {
	words := len(m.text)/64 + 1
	if !m.table.made {
		if !m.Spend(len(m.text)) {
			return nil
		}
		m.makeTable(words)
	}
	at := int(m.table.index[c])
	if at == 0 {
		return nil
	}
	return m.rows()[(at-1)*words : at*words]
}

func (m *Matcher) rows() []uint64 {
	if m.table.rows == nil {
		return m.room[bitsRoom:]
	}
	return m.table.rows
}

func (m *Matcher) makeTable(words int) {
	t, count := &m.table, 0
	t.made = true
	for i := range len(m.text) {
		if at := &t.index[m.text[i]]; *at == 0 {
			count++
			*at = int16(count)
		}
	}
	if count*words > rowsRoom {
		t.rows = make([]uint64, count*words)
	}
	rows := m.rows()
	for i := range len(m.text) {
		at := int(t.index[m.text[i]]) - 1
		rows[at*words+i/64] |= 1 << (i % 64)
	}
}
