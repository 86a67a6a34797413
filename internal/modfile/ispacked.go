package modfile

import "github.com/gokmod/gokmod/internal/decompress"

// Packed reports whether the file is compressed. It costs less than Form.
func (f *File) Packed() (bool, error) {
	if err := f.look(); err != nil {
		return false, err
	}
	return f.codec != decompress.None, nil
}
