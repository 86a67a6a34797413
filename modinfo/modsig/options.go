package modsig

import "time"

// Options are the options for verifying. The zero value, or nil, means the
// defaults.
type Options struct {
	// Time is the time at which certificates must be valid. The zero time means
	// now.
	Time time.Time

	// IgnoreValidity accepts certificates that have expired or are not valid
	// yet, as the kernel does.
	IgnoreValidity bool

	// AllowSHA1 accepts signatures that use SHA-1, as Linux before 6.7 made
	// them in some configurations. The author of a module can make another one
	// with the same signature.
	AllowSHA1 bool

	// AllowAttributes accepts signatures with signed attributes, after checking
	// that they match the module. Kernels refuse them in modules, but tools
	// other than sign-file make them.
	AllowAttributes bool

	// MaxSize limits the size of a module in bytes, compressed or not, and the memory
	// for unpacking it, as in modinfo.Config. 0 means modinfo.DefaultMaxSize. An
	// uncompressed file is read in pieces, and takes at most two megabytes, whatever
	// its size.
	MaxSize int64
}

func (o *Options) now() time.Time {
	if o.Time.IsZero() {
		return time.Now()
	}
	return o.Time
}
