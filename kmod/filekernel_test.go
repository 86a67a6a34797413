package kmod_test

import (
	"io/fs"
	"testing/fstest"

	"github.com/gokmod/gokmod/kmod/live"
)

// fileKernel shows only files.
type fileKernel struct {
	live.Kernel
	proc, sys fstest.MapFS
}

func (k fileKernel) Proc() fs.FS { return k.proc }
func (k fileKernel) Sys() fs.FS  { return k.sys }
