package ere

// Expression is an expression that was parsed: a machine with states that match one byte,
// and others that lead to these. It starts in the first state, and ends behind the last.
type Expression []state

// state is a state of the machine. The states that follow it are told relative to it, so
// that a part of an expression can be moved and repeated.
type state struct {
	kind  kind
	next  int  // of a fork and of a jump
	other int  // of a fork
	set   *set // of a byte
}

type kind uint8

const (
	oneByte kind = iota // in the set; the state after it follows
	begin               // of the text; the state after it follows
	end                 // of the text; the state after it follows
	fork                // two states follow
	jump                // another state follows
)

// set has an element for each byte.
type set [256]bool

// Match reports whether some part of a text matches.
func (e Expression) Match(text string) bool {
	m := matching{added: make([]int, len(e)+1)}
	for m.at = 0; m.at <= len(text); m.at++ {
		m.advance()
		m.add(0) // a match may begin anywhere
		for i := 0; i < len(m.states); i++ {
			if m.states[i] == len(e) {
				return true
			}
			m.step(e, m.states[i], text)
		}
	}
	return false
}

// matching is a machine at a place of a text, in all states that it can be in.
type matching struct {
	at     int
	states []int
	after  []int // those one byte later that are known
	added  []int // for each state, the last place at which it was added, plus one
}

// advance takes the states that were found at the place before.
func (m *matching) advance() {
	found := m.after
	m.states, m.after = m.states[:0], nil
	for _, state := range found {
		m.add(state)
	}
	m.after = found[:0]
}

func (m *matching) add(state int) {
	if m.added[state] <= m.at {
		m.added[state] = m.at + 1
		m.states = append(m.states, state)
	}
}

// step adds the states that follow one.
func (m *matching) step(e Expression, at int, text string) {
	switch s := &e[at]; s.kind {
	case oneByte:
		if m.at < len(text) && s.set[text[m.at]] {
			m.after = append(m.after, at+1)
		}
	case begin:
		if m.at == 0 {
			m.add(at + 1)
		}
	case end:
		if m.at == len(text) {
			m.add(at + 1)
		}
	case fork:
		m.add(at + s.next)
		m.add(at + s.other)
	case jump:
		m.add(at + s.next)
	}
}
