package main

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/cavaliergopher/cpio"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/closure"
)

// run builds the image, or lists its contents.
func (o *options) run(ctx context.Context, stdout, stderr io.Writer) error {
	db, err := kmod.Open(&kmod.Config{Root: o.root, Release: o.release})
	if err != nil {
		return err
	}
	defer db.Close()
	if o.host {
		o.closure.Machine = &closure.Machine{}
	}
	closure, err := closure.Collect(ctx, db, &o.closure, o.names...)
	if err != nil {
		return err
	}
	if o.list {
		_, err := io.WriteString(stdout, closure.String())
		return err
	}
	for _, w := range closure.Warnings {
		fmt.Fprintln(stderr, "initramfs: warning:", w)
	}
	m, err := o.contents(ctx, closure)
	if err != nil {
		return err
	}
	if o.output == "-" {
		return o.write(ctx, m, stdout)
	}
	return o.writeFile(ctx, m)
}

// image is what is in an image.
type image struct {
	modules        fs.FS
	init, modprobe string // files; "" for a link to init
}

// contents collects what is in the image.
func (o *options) contents(ctx context.Context, closure *closure.Closure) (*image, error) {
	tree, err := closure.FS(ctx, &o.image)
	if err != nil {
		return nil, err
	}
	init := o.init
	if init == "" {
		if init, err = os.Executable(); err != nil {
			return nil, err
		}
	}
	for _, file := range []string{init, o.modprobe} {
		if file == "" {
			continue
		}
		if err := checkStatic(file); err != nil {
			return nil, err
		}
	}
	return &image{tree, init, o.modprobe}, nil
}

// writeTo writes the image as an archive.
func (m *image) writeTo(ctx context.Context, w io.Writer) error {
	out := cpio.NewWriter(w)
	if err := addTree(ctx, out, m.modules); err != nil {
		return err
	}
	for _, dir := range []string{"dev", "proc", "run", "sbin", "sys", newRoot, "tmp"} {
		if err := addDir(out, dir); err != nil {
			return err
		}
	}
	modprobe := func() error { return addLink(out, "sbin/modprobe", "../init") }
	if m.modprobe != "" {
		modprobe = func() error { return addProgram(out, "sbin/modprobe", m.modprobe) }
	}
	for _, add := range []func() error{
		func() error { return addDevice(out, w, "dev/console", 0o600, console) },
		func() error { return addDevice(out, w, "dev/null", 0o666, null) },
		func() error { return addProgram(out, "init", m.init) },
		modprobe,
		out.Close,
	} {
		if err := add(); err != nil {
			return err
		}
	}
	return nil
}

// write writes the image, compressed if requested.
func (o *options) write(ctx context.Context, m *image, w io.Writer) error {
	if !o.gzip {
		return m.writeTo(ctx, w)
	}
	z := gzip.NewWriter(w)
	if err := m.writeTo(ctx, z); err != nil {
		return err
	}
	return z.Close()
}

// writeFile writes the image to a file, which is complete or does not exist,
// even after a power failure.
func (o *options) writeFile(ctx context.Context, m *image) error {
	return replace(o.output, func(f *os.File) error {
		w := bufio.NewWriterSize(f, 1<<20)
		if err := errors.Join(o.write(ctx, m, w), w.Flush()); err != nil {
			return err
		}
		return f.Sync()
	})
}
