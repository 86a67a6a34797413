package cms

import (
	"errors"
	"math"
)

// Classes of tags (X.690, section 8.1.2.2).
const (
	classUniversal = 0
	classContext   = 2
)

// Universal tags (X.680, section 8.4).
const (
	tagBoolean         = 1
	tagInteger         = 2
	tagBitString       = 3
	tagOctetString     = 4
	tagOID             = 6
	tagSequence        = 16
	tagSet             = 17
	tagUTCTime         = 23
	tagGeneralizedTime = 24
)

// Parts of the first byte of a value: its class is in the two highest bits.
const (
	compoundBit = 0x20
	tagBits     = 0x1f // all of them set: the tag's number follows
)

// What can be wrong with tags, lengths and numbers.
var (
	errTruncated  = errors.New("a truncated value")
	errIndefinite = errors.New("a value of indefinite length")
	errForm       = errors.New("a tag or length that is not in its shortest form")
	errLarge      = errors.New("a tag or length that is too large")
)

// Value is a value of any type (X.690, section 8.1).
type Value struct {
	Class, Tag int
	Compound   bool   // it consists of other values
	Bytes      []byte // its contents
	Full       []byte // all of it, with tag and length
}

// readValue reads the value at the start of der, and returns what follows it.
func readValue(der []byte) (Value, []byte, error) {
	v, rest, err := readTag(der)
	if err != nil {
		return Value{}, nil, err
	}
	length, rest, err := readLength(rest)
	if err != nil {
		return Value{}, nil, err
	}
	if length > len(rest) {
		return Value{}, nil, errTruncated
	}
	v.Bytes, rest = rest[:length], rest[length:]
	v.Full = der[:len(der)-len(rest)]
	return v, rest, nil
}

// readTag reads the tag of a value. One below 31 takes one byte.
func readTag(der []byte) (Value, []byte, error) {
	if len(der) == 0 {
		return Value{}, nil, errTruncated
	}
	first, rest := int(der[0]), der[1:]
	v := Value{Class: first >> 6, Compound: first&compoundBit != 0, Tag: first & tagBits}
	if v.Tag != tagBits {
		return v, rest, nil
	}
	number, rest, err := readNumber(rest)
	if err == nil && number < tagBits {
		err = errForm
	}
	v.Tag = number
	return v, rest, err
}

// readNumber reads a number below 2^31 in base 128, as in long tags and object
// identifiers. All bytes but its last have the high bit set.
func readNumber(der []byte) (int, []byte, error) {
	var number int64
	for i, digit := range der {
		if i == 0 && digit == 0x80 {
			return 0, nil, errForm
		}
		if number = number<<7 | int64(digit&0x7f); number > math.MaxInt32 {
			return 0, nil, errLarge
		}
		if digit < 0x80 {
			return int(number), der[i+1:], nil
		}
	}
	return 0, nil, errTruncated
}

// maxLengthBytes is how many bytes a length below 2^31 has behind its first.
const maxLengthBytes = 4

// readLength reads a length below 2^31. One below 128 takes one byte; the first of
// a longer one is the count of those that follow.
func readLength(der []byte) (int, []byte, error) {
	if len(der) == 0 {
		return 0, nil, errTruncated
	}
	first, rest := int(der[0]), der[1:]
	count := first - 0x80
	switch {
	case first < 0x80:
		return first, rest, nil
	case count == 0:
		return 0, nil, errIndefinite
	case count > len(rest):
		return 0, nil, errTruncated
	case rest[0] == 0:
		return 0, nil, errForm
	case count > maxLengthBytes:
		return 0, nil, errLarge
	}
	var length int64
	for _, b := range rest[:count] {
		length = length<<8 | int64(b)
	}
	switch {
	case length > math.MaxInt32:
		return 0, nil, errLarge
	case length < 0x80:
		return 0, nil, errForm
	}
	return int(length), rest[count:], nil
}
