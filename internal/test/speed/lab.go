package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/gokmod/gokmod/internal/test/kernels"
	"github.com/gokmod/gokmod/kmod/kmodtest/vm"
)

// Packages that are built.
const (
	module    = "github.com/gokmod/gokmod/"
	tools     = module + "examples/kmod"
	itself    = module + "internal/test/speed"
	lzmaPeer  = module + "internal/test/liblzmabench"
	kmodPeer  = module + "internal/test/libkmodbench"
	lzmaTag   = "liblzma"
	kmodTag   = "libkmod"
	noHeaders = "it takes the headers of %s and a C compiler"
)

// lab is what rows measure with: programs, kernels, peers and a directory for scratch.
// What is not asked for is not built.
type lab struct {
	*options
	dir string

	kmod  func() (string, error) // the tools, stripped
	job   func() (string, error) // this program without cgo, for jobs
	peers func() []tool
	found []string // what takes part, with versions

	lzma, libkmod func() (string, error) // this program with a library to compare with, for jobs

	linux61, linux612 func() (*vm.Kernel, error)
}

func newLab(ctx context.Context, o *options) (*lab, error) {
	dir, err := os.MkdirTemp("", "gokmod-speed-")
	if err != nil {
		return nil, err
	}
	l := &lab{options: o, dir: dir}
	l.kmod = sync.OnceValues(func() (string, error) { return l.build(ctx, tools, "kmod", "") })
	l.job = sync.OnceValues(func() (string, error) { return l.build(ctx, itself, "job", "") })
	l.lzma = sync.OnceValues(func() (string, error) { return l.buildPeer(ctx, lzmaPeer, lzmaTag) })
	l.libkmod = sync.OnceValues(func() (string, error) { return l.buildPeer(ctx, kmodPeer, kmodTag) })
	l.peers = sync.OnceValue(func() []tool { return l.findTools(ctx) })
	l.linux61 = sync.OnceValues(func() (*vm.Kernel, error) { return l.findKernel(ctx, kernels.Linux61, "6.1.") })
	l.linux612 = sync.OnceValues(func() (*vm.Kernel, error) { return l.findKernel(ctx, kernels.Linux612, "6.12.") })
	return l, nil
}

// close removes the scratch.
func (l *lab) close() {
	if err := os.RemoveAll(l.dir); err != nil {
		progress("%v", err)
	}
}

// progress says what is being done.
func progress(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }

// build builds a program, stripped; with a tag it has cgo.
func (l *lab) build(ctx context.Context, pkg, name, tag string) (string, error) {
	file, cgo := filepath.Join(l.dir, name), "0"
	if tag != "" {
		cgo = "1"
	}
	cmd := exec.CommandContext(ctx, "go", "build", "-tags="+tag, "-ldflags=-s -w", "-o", file, pkg)
	cmd.Env = append(os.Environ(), "CGO_ENABLED="+cgo)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s: %w\n%s", pkg, err, out)
	}
	return file, nil
}

// buildPeer builds this program with a library to compare with.
func (l *lab) buildPeer(ctx context.Context, pkg, tag string) (string, error) {
	if _, err := l.build(ctx, pkg, os.DevNull, tag); err != nil {
		progress("%v", err)
		return "", fmt.Errorf(noHeaders, tag)
	}
	return l.build(ctx, itself, tag, tag)
}

// findKernel returns a kernel of a series: one that is in the cache, or that of a
// package.
func (l *lab) findKernel(ctx context.Context, pkg, series string) (k *vm.Kernel, err error) {
	cached := vm.Cached()
	if i := slices.IndexFunc(cached, func(k *vm.Kernel) bool { return strings.HasPrefix(k.Release, series) }); i >= 0 {
		k = cached[i]
	} else if k, err = vm.Fetch(ctx, pkg, os.Stderr); err != nil {
		return nil, err
	}
	l.note(k.Release)
	return k, nil
}

// scratch makes a directory.
func (l *lab) scratch() (string, error) { return os.MkdirTemp(l.dir, "") }

// runJob runs a job on this machine.
func (l *lab) runJob(ctx context.Context, program func() (string, error), name string, params any) (*report, error) {
	file, err := program()
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(params)
	if err != nil {
		return nil, err
	}
	out, err := exec.CommandContext(ctx, file, jobWord, name, string(text)).Output()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return nil, fmt.Errorf("job %s: %w: %s", name, err, exit.Stderr)
	}
	if err != nil {
		return nil, err
	}
	return readReport(out)
}
