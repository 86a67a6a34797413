package sys

import "errors"

// ErrOverrun means that records of the kernel log were overwritten before they
// were read. Reading continues with the oldest remaining one.
var ErrOverrun = errors.New("records of the kernel log were overwritten before they could be read")

// MaxRecord exceeds the size of any record of the kernel log, in bytes.
const MaxRecord = 16 << 10
