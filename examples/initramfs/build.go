package main

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/closure"
	"github.com/gokmod/gokmod/kmod/uevent"
)

// run builds the image, or lists its contents.
func (o *options) run(ctx context.Context, stdout, stderr io.Writer) error {
	db, err := kmod.Open(&kmod.Config{Root: o.root, Release: o.release})
	if err != nil {
		return err
	}
	defer db.Close()
	if o.host {
		if o.closure.Modaliases, err = hostModaliases(); err != nil {
			return err
		}
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
	a, err := o.archive(ctx, closure)
	if err != nil {
		return err
	}
	if o.output == "-" {
		return o.write(ctx, a, stdout)
	}
	return o.writeFile(ctx, a)
}

// hostModaliases are the modaliases of this machine's devices.
func hostModaliases() (iter.Seq[string], error) {
	var all []string
	for d, err := range uevent.PresentIn("/sys") {
		if err != nil {
			return nil, err
		}
		all = append(all, d.Modalias)
	}
	return slices.Values(all), nil
}

// archive collects what is in the image.
func (o *options) archive(ctx context.Context, closure *closure.Closure) (*archive, error) {
	tree, err := closure.FS(ctx, &o.image)
	if err != nil {
		return nil, err
	}
	a := &archive{}
	if err := a.addTree(tree); err != nil {
		return nil, err
	}
	for _, dir := range []string{"dev", "proc", "sys", "run", "tmp", newRoot} {
		a.addDir(dir)
	}
	a.addDevice("dev/console", 0o600, console)
	a.addDevice("dev/null", 0o666, null)
	init := o.init
	if init == "" {
		if init, err = os.Executable(); err != nil {
			return nil, err
		}
	}
	if err := a.addProgram("init", init); err != nil {
		return nil, err
	}
	if o.modprobe == "" {
		a.addLink("sbin/modprobe", "../init")
		return a, nil
	}
	return a, a.addProgram("sbin/modprobe", o.modprobe)
}

// write writes the archive, compressed if requested.
func (o *options) write(ctx context.Context, a *archive, w io.Writer) error {
	if !o.gzip {
		return a.writeTo(ctx, w)
	}
	z := gzip.NewWriter(w)
	if err := a.writeTo(ctx, z); err != nil {
		return err
	}
	return z.Close()
}

// writeFile writes the archive to a file, which is complete or does not exist,
// even after a power failure.
func (o *options) writeFile(ctx context.Context, a *archive) error {
	return replace(o.output, func(f *os.File) error {
		w := bufio.NewWriterSize(f, 1<<20)
		if err := errors.Join(o.write(ctx, a, w), w.Flush()); err != nil {
			return err
		}
		return f.Sync()
	})
}
