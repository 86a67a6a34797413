package sys

import "errors"

// ErrOverrun means that records of the kernel log were overwritten before they
// were read. Reading goes on with the oldest that is left.
var ErrOverrun = errors.New("records of the kernel log were overwritten before they could be read")

// MaxRecord is more than a record of the kernel log has, in bytes.
const MaxRecord = 16 << 10
