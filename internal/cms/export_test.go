package cms

import "time"

// Work parses der as each structure of the package, and returns how many values
// each parser read.
func Work(der []byte) map[string]int {
	values := map[string]int{}
	for what, read := range map[string]func(c *cursor){
		"a signature":   func(c *cursor) { c.contentInfo() },
		"a certificate": func(c *cursor) { c.certificate() },
		"a private key": func(c *cursor) { c.anyPrivateKey() },
		"anything":      func(c *cursor) { c.sound(0) },
	} {
		c := newCursor(der)
		read(c)
		values[what] = c.values
	}
	return values
}

// Next reads the value at the start of der, and returns what follows it.
func Next(der []byte) (Value, []byte, error) {
	c := newCursor(der)
	v := c.any()
	return v, c.rest, c.err
}

// Time reads the time at the start of der, and returns what follows it.
func Time(der []byte) (time.Time, []byte, error) {
	c := newCursor(der)
	t := c.time()
	return t, c.rest, c.err
}
