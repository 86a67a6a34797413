package modsig

import "time"

// Options are the options for verifying. The zero value, or nil, means the
// defaults.
type Options struct {
	// Time is the time at which certificates have to be valid. The zero time
	// means now.
	Time time.Time

	// IgnoreValidity accepts certificates that have expired or are not valid
	// yet, as the kernel does.
	IgnoreValidity bool

	// AllowSHA1 accepts signatures that use SHA-1, as Linux before 6.7 made
	// them in some configurations. Whoever made a module can make another one
	// with the same signature.
	AllowSHA1 bool

	// AllowAttributes accepts signatures with signed attributes, after checking
	// that they are those of the module. Kernels refuse them in modules, but
	// tools other than sign-file make them.
	AllowAttributes bool

	// MaxSize limits the size of a module in bytes, compressed or not, and the memory
	// that unpacking takes, as that of modinfo.Config does. 0 means
	// modinfo.DefaultMaxSize. The file of a module that is not compressed is read in
	// pieces, and takes two megabytes at most, whatever its size.
	MaxSize int64
}

func (o *Options) now() time.Time {
	if o.Time.IsZero() {
		return time.Now()
	}
	return o.Time
}
