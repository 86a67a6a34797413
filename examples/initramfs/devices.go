package main

import (
	"bytes"
	"errors"
	"io/fs"
	"iter"
	"os"
	"path"
	"slices"
)

// modaliases lists what the devices that are present call themselves, each name
// once, sorted. sysfs is what is mounted at /sys.
func modaliases(sysfs fs.FS) ([]string, error) {
	var all []string
	err := fs.WalkDir(sysfs, "devices", func(name string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist): // a device that vanished
			return nil
		case err != nil || d.IsDir() || path.Base(name) != "modalias":
			return err
		}
		text, err := fs.ReadFile(sysfs, name)
		if alias := bytes.TrimSpace(text); err == nil && len(alias) > 0 {
			all = append(all, string(alias))
		}
		return nil
	})
	slices.Sort(all)
	return slices.Compact(all), err
}

// hostModaliases are those of this machine.
func hostModaliases() (iter.Seq[string], error) {
	all, err := modaliases(os.DirFS("/sys"))
	return slices.Values(all), err
}
