//go:build !linux

package sys

// Release fails with an error that wraps errors.ErrUnsupported.
func Release() (string, error) {
	return "", unsupported("asking for the kernel's release")
}
