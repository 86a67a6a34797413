package depmod

import "github.com/gokmod/gokmod/internal/fileset"

// WriteOptions are the options of [Index.Write]. The zero value, or nil, means
// the defaults.
type WriteOptions struct {
	// Sync makes sure that the files are on the disk when Write returns, and
	// that a loss of power leaves the old or the new ones.
	Sync bool
}

// Write writes the index files into a folder, which must exist. At every moment,
// and also when Write is killed or the disk is full, readers see the complete
// old set or the complete new one. That needs a file system with links; on
// others each file by itself is old or new.
func (x *Index) Write(dir string, opts *WriteOptions) error {
	files, err := x.Files()
	if err != nil {
		return err
	}
	set := make([]fileset.File, len(files))
	for i, f := range files {
		set[i] = fileset.File{Name: f.Name, Data: f.Data}
	}
	return fileset.Replace(dir, set, &fileset.Options{Sync: opts != nil && opts.Sync})
}
