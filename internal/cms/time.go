package cms

import "time"

// time reads a time in either of its two forms.
func (c *cursor) time() time.Time {
	v := c.any()
	if c.err != nil {
		return time.Time{}
	}
	if v.Class != classUniversal || v.Compound || v.Tag != tagUTCTime && v.Tag != tagGeneralizedTime {
		c.fail("tag %#x where a time is expected", tagByte(v.Class, v.Tag, v.Compound))
		return time.Time{}
	}
	t, ok := parseTime(v.Tag, v.Bytes)
	if !ok {
		c.fail("a malformed time")
	}
	return t
}

// parseTime reads the text of a time. A UTCTime is YYMMDDhhmm with a zone, and may have
// seconds; a GeneralizedTime is YYYYMMDDhhmmss with a zone, and may have a fraction of a
// second (X.680, sections 46 and 47). RFC 5280 wants seconds, no fraction and the zone Z, but
// there are certificates with other times.
func parseTime(tag int, text []byte) (time.Time, bool) {
	d := &digits{rest: text}
	general := tag == tagGeneralizedTime
	var year, second, nanosecond int
	if general {
		year = d.number(4)
	} else {
		year = pivot(d.number(2))
	}
	month, day, hour, minute := d.number(2), d.number(2), d.number(2), d.number(2)
	if general || d.next() {
		second = d.number(2)
	}
	if general {
		nanosecond = d.fraction()
	}
	zone := d.zone()
	t := time.Date(year, time.Month(month), day, hour, minute, second, nanosecond, time.UTC)
	return t.Add(-zone), !d.bad && len(d.rest) == 0 &&
		isDate(t, year, month, day) && isClock(t, hour, minute, second)
}

// pivot is the year that the two digits of a UTCTime stand for (RFC 5280, section
// 4.1.2.5.1).
func pivot(year int) int {
	if year >= 50 {
		return 1900 + year
	}
	return 2000 + year
}

// isDate and isClock report whether a time is what it was made from. Package time
// takes numbers that are too large for those of another time.
func isDate(t time.Time, year, month, day int) bool {
	y, m, d := t.Date()
	return y == year && int(m) == month && d == day
}

func isClock(t time.Time, hour, minute, second int) bool {
	h, m, s := t.Clock()
	return h == hour && m == minute && s == second
}

// digits reads the text of a time from left to right.
type digits struct {
	rest []byte
	bad  bool // something else stood where there should be digits
}

// next reports whether the next character is a digit.
func (d *digits) next() bool {
	return len(d.rest) > 0 && d.rest[0] >= '0' && d.rest[0] <= '9'
}

// number reads a number with so many digits.
func (d *digits) number(count int) int {
	n := 0
	for range count {
		if !d.next() {
			d.bad = true
			return 0
		}
		n, d.rest = 10*n+int(d.rest[0]-'0'), d.rest[1:]
	}
	return n
}

// skip reads a character, if it is next.
func (d *digits) skip(c byte) bool {
	found := len(d.rest) > 0 && d.rest[0] == c
	if found {
		d.rest = d.rest[1:]
	}
	return found
}

// fraction reads the fraction of a second, if there is one, in nanoseconds. It does
// not end with a zero (X.690, section 11.7.3).
func (d *digits) fraction() int {
	if !d.skip('.') {
		return 0
	}
	n, last := 0, 0
	for unit := int(time.Second) / 10; unit > 0 && d.next(); unit /= 10 {
		last = d.number(1)
		n += last * unit
	}
	d.bad = d.bad || last == 0
	return n
}

// zone reads a time zone: Z, or a difference from UTC that is not zero, +hhmm or -hhmm.
func (d *digits) zone() time.Duration {
	if d.skip('Z') {
		return 0
	}
	west := d.skip('-')
	d.bad = d.bad || !west && !d.skip('+')
	hours, minutes := d.number(2), d.number(2)
	d.bad = d.bad || hours > 24 || minutes > 59 || hours == 0 && minutes == 0
	zone := time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute
	if west {
		return -zone
	}
	return zone
}
