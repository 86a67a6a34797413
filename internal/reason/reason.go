// Package reason makes errors that are also well-known ones.
package reason

// New makes an error with a text of its own for which errors.Is reports another
// error too, which the text does not repeat.
func New(text string, is error) error { return &reason{text, is} }

type reason struct {
	text string
	is   error
}

func (r *reason) Error() string { return r.text }
func (r *reason) Unwrap() error { return r.is }
