package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"
)

// defaultConfig is the default path of the policy, and maxPolicy the size that it may have.
const (
	defaultConfig = "/etc/ondemand.conf"
	maxPolicy     = 1 << 20
)

// readPolicy reads the policy file. "" means the default one, which may be missing: then
// everything is allowed. A pipe would be waited for.
func readPolicy(name string) (*policy, error) {
	path := cmp.Or(name, defaultConfig)
	info, err := os.Stat(path)
	switch {
	case name == "" && errors.Is(err, fs.ErrNotExist):
		return &policy{}, nil
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is not a regular file of at most 1 MiB", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxPolicy+1))
	if err == nil && len(text) > maxPolicy {
		err = fmt.Errorf("%s is not a regular file of at most 1 MiB", path)
	}
	if err != nil {
		return nil, err
	}
	return parsePolicy(path, string(text))
}

// policyFile is the file of the policy, watched for changes. It is not safe for concurrent
// use.
type policyFile struct {
	name       string // "" for the default
	read, seen stamp  // when it was read, and looked at, the last time
}

// load reads the policy.
func (f *policyFile) load() (*policy, error) {
	f.read = f.look()
	f.seen = f.read
	return readPolicy(f.name)
}

// changed reports whether the file, or what a link of that name leads to, is not the one
// that was read: by what it is now, and was already the last time, as it may be half
// written when it has just changed.
func (f *policyFile) changed() bool {
	before := f.seen
	f.seen = f.look()
	return f.seen.same(before) && !f.seen.same(f.read)
}

func (f *policyFile) look() stamp {
	info, err := os.Stat(cmp.Or(f.name, defaultConfig))
	if err != nil {
		return stamp{err: err.Error()}
	}
	return stamp{info, info.Size(), info.ModTime(), info.Mode(), ""}
}

// stamp tells a file from another one, and from what it was before.
type stamp struct {
	fs.FileInfo
	size int64
	time time.Time
	mode fs.FileMode
	err  string // why there is none
}

func (s stamp) same(other stamp) bool {
	if s.FileInfo == nil || other.FileInfo == nil {
		return s.FileInfo == other.FileInfo && s.err == other.err
	}
	return os.SameFile(s.FileInfo, other.FileInfo) && s.size == other.size && s.time.Equal(other.time) && s.mode == other.mode
}
