package modtest

import "strings"

// kernelTables are the tables of exports while they are made.
type kernelTables struct {
	*kernelMemory
	records []KernelExport // with those that come twice
	plain   int            // how many of them are in the first table
	strings kernelStrings
}

// exports adds the tables, in the order in which kernels have them.
func (m *kernelMemory) exports() {
	t := &kernelTables{kernelMemory: m}
	for i, e := range m.k.Exports() {
		t.records = append(t.records, e)
		if m.k.Twice && i%3 == 0 {
			t.records = append(t.records, e)
		}
	}
	for t.plain < len(t.records) && (m.k.Flags || !t.records[t.plain].GPLOnly) {
		t.plain++
	}
	t.strings.merged = m.k.Merged
	for _, e := range m.k.Symbols {
		t.strings.add(e.Name)
		if e.Namespace != "" {
			t.strings.add(e.Namespace)
		}
	}
	t.add()
}

func (t *kernelTables) add() {
	t.align(8)
	versions := len(t.data) // where those lie that offsets lead to
	if t.k.Versions == OffsetVersions {
		for _, e := range t.records {
			t.data = t.k.order().AppendUint32(t.data, e.CRC)
		}
		t.align(8)
	}
	text := t.stringsAt()
	t.split("__ksymtab", func(i int) { t.record(i, text) })
	if t.k.version() > 0 {
		t.align(t.k.version())
		t.split("__kcrctab", func(i int) { t.version(i, versions) })
	}
	if from := len(t.data); t.k.Flags {
		for _, e := range t.records {
			t.data = append(t.data, byte(btoi(e.GPLOnly))|0x80) // and another flag
		}
		t.span("__kflagstab", from)
	}
	from := len(t.data)
	t.data = append(t.data, t.strings.text...)
	t.span("__ksymtab_strings", from)
}

// stringsAt is where the strings will be.
func (t *kernelTables) stringsAt() int {
	end := len(t.data) + len(t.records)*t.k.fields()*t.k.field()
	if size := t.k.version(); size > 0 {
		end += -end&(size-1) + len(t.records)*size
	}
	if t.k.Flags {
		end += len(t.records)
	}
	return end
}

// split adds an entry for each record, in a table and that for the GPL.
func (t *kernelTables) split(name string, add func(i int)) {
	from := len(t.data)
	for i := range t.records {
		if i == t.plain {
			t.span(name, from)
			from, name = len(t.data), name+"_gpl"
		}
		add(i)
	}
	t.span(name, from)
}

// record adds a record; text is where the strings are. Some symbols without a namespace
// have an empty one.
func (t *kernelTables) record(i, text int) {
	e := t.records[i]
	t.list(len(t.data), "__ksymtab_"+e.Name)
	t.field(16 * i)
	t.field(text + t.strings.at[e.Name])
	switch {
	case t.k.NoNamespaces:
	case e.Namespace != "":
		t.field(text + t.strings.at[e.Namespace])
	case i%2 == 0:
		t.field(text + strings.IndexByte(t.strings.text, 0))
	default:
		t.data = append(t.data, make([]byte, t.k.field())...)
	}
}

// field adds a field that leads to an offset.
func (t *kernelTables) field(to int) {
	if t.k.Pointers {
		t.data = t.k.long(t.data, t.k.base()+uint64(to))
	} else {
		t.data = t.k.order().AppendUint32(t.data, uint32(to-len(t.data)))
	}
}

// long adds a number of the size of a pointer.
func (k *KernelImage) long(b []byte, n uint64) []byte {
	if k.Is32 {
		return k.order().AppendUint32(b, uint32(n))
	}
	return k.order().AppendUint64(b, n)
}

func (t *kernelTables) version(i, versions int) {
	switch crc := t.records[i].CRC; t.k.Versions {
	case LongVersions:
		t.data = t.k.long(t.data, uint64(crc))
	case OffsetVersions:
		t.data = t.k.order().AppendUint32(t.data, uint32(versions+4*i-len(t.data)))
	default:
		t.data = t.k.order().AppendUint32(t.data, crc)
	}
}

// kernelStrings are NUL-terminated strings, each once.
type kernelStrings struct {
	text   string
	at     map[string]int
	merged bool
}

func (s *kernelStrings) add(text string) {
	if s.at == nil {
		s.at = map[string]int{}
	}
	if _, known := s.at[text]; known {
		return
	}
	if at := strings.Index(s.text, text+"\x00"); s.merged && at >= 0 {
		s.at[text] = at
		return
	}
	s.at[text] = len(s.text)
	s.text += text + "\x00"
}
