package xz

// Sizes of the LZMA model.
const (
	posStates  = 16
	litCoders  = 16 // lc + lp <= 4
	litSize    = 0x300
	probInit   = 1 << 10
	probBits   = 11
	probShift  = 5
	rangeTop   = 1 << 24
	roundUp    = 1<<probBits - 1<<probShift + 1
	firstMatch = 7 // states from here on follow a match
)

// model is the adaptive part of LZMA: for every coded bit, the probability that
// it is 0, in 1/2048. The arrays' lengths are powers of two where that saves
// bounds checks.
type model struct {
	lit        [litCoders][litSize]uint32
	isMatch    [256]uint32 // [state<<4 | posState]
	isRep0Long [256]uint32 // [state<<4 | posState]
	isRep      [16]uint32  // [state]
	isRep0     [16]uint32
	isRep1     [16]uint32
	isRep2     [16]uint32
	slot       [4][64]uint32 // [length class]
	special    [128]uint32   // low bits of middle distances, [base - slot + tree]
	align      [16]uint32    // low bits of long distances
	length     lenModel      // of matches
	repLength  lenModel      // of repeated matches
}

// lenModel codes match lengths.
type lenModel struct {
	choice  uint32
	choice2 uint32
	low     [posStates][8]uint32
	mid     [posStates][8]uint32
	high    [256]uint32
}

// reset makes 0 and 1 equally probable everywhere. Only the given number of
// literal coders is in use.
func (m *model) reset(literals int) {
	for i := range m.lit[:literals] {
		fill(m.lit[i][:])
	}
	for i := range m.slot {
		fill(m.slot[i][:])
	}
	for _, t := range [][]uint32{
		m.isMatch[:], m.isRep0Long[:], m.isRep[:], m.isRep0[:], m.isRep1[:], m.isRep2[:],
		m.special[:], m.align[:],
	} {
		fill(t)
	}
	m.length.reset()
	m.repLength.reset()
}

func (l *lenModel) reset() {
	l.choice, l.choice2 = probInit, probInit
	for i := range posStates {
		fill(l.low[i][:])
		fill(l.mid[i][:])
	}
	fill(l.high[:])
}

func fill(t []uint32) {
	for i := range t {
		t[i] = probInit
	}
}
