// Package reason makes errors that match well-known ones.
package reason

// New makes an error with the given text that errors.Is also reports as another
// error, whose text it does not repeat.
func New(text string, is error) error { return &reason{text, is} }

type reason struct {
	text string
	is   error
}

func (r *reason) Error() string { return r.text }
func (r *reason) Unwrap() error { return r.is }
