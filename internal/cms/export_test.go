package cms

// Work parses der as each structure of the package, and returns how many values
// each parser read.
func Work(der []byte) map[string]int {
	values := map[string]int{}
	for what, read := range map[string]func(c *cursor){
		"a signature":   func(c *cursor) { c.contentInfo() },
		"a certificate": func(c *cursor) { c.certificate() },
		"anything":      func(c *cursor) { c.sound(0) },
	} {
		c := newCursor(der)
		read(c)
		values[what] = c.values
	}
	return values
}
