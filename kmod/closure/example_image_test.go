package closure_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"strings"

	"github.com/cavaliergopher/cpio"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/closure"
	"github.com/gokmod/gokmod/kmod/kmodtest"
)

// writeImage writes an initial root file system that has the drivers of all disks, and
// the modules with these names.
func writeImage(ctx context.Context, w io.Writer, db *kmod.DB, names ...string) error {
	c, err := closure.Collect(ctx, db, &closure.Options{Select: []closure.Selection{{Drivers: closure.BlockDrivers}}}, names...)
	if err != nil {
		return err
	}
	tree, err := c.FS(ctx, &closure.TreeOptions{Uncompressed: true, BinaryIndexes: true})
	if err != nil {
		return err
	}
	out := cpio.NewWriter(w)
	return errors.Join(writeCPIO(out, tree), out.Close())
}

// writeCPIO writes everything in a file system, whose files have less than 4 GiB.
func writeCPIO(out *cpio.Writer, tree fs.FS) error {
	return fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || name == "." {
			return err
		}
		f, err := tree.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		info, err := f.Stat()
		if err != nil {
			return err
		}
		h, err := cpio.FileInfoHeader(info, "")
		if err != nil {
			return err
		}
		h.Name = name
		if err := out.WriteHeader(h); err != nil || d.IsDir() {
			return err
		}
		_, err = io.Copy(out, f)
		return err
	})
}

// An image builder: the two functions above are all of it.
func Example_image() {
	db, err := (&kmodtest.Tree{Modules: []kmodtest.Module{
		{Name: "disk", Path: "kernel/drivers/block/disk.ko", Depends: []string{"bus"}},
		{Name: "bus"},
		{Name: "xfs", Path: "kernel/fs/xfs/xfs.ko", Softdeps: []string{"pre: crc32c"}},
		{Name: "crc-fast", Aliases: []string{"crc32c"}},
		{Name: "sound"},
	}}).Open()
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	var image bytes.Buffer
	if err := writeImage(context.Background(), &image, db, "xfs"); err != nil {
		log.Fatal(err)
	}

	r := cpio.NewReader(&image)
	for h, err := r.Next(); err != io.EOF; h, err = r.Next() {
		if err != nil {
			log.Fatal(err)
		}
		if strings.Contains(h.Name, "/kernel") {
			fmt.Println(h.Mode, h.Name)
		}
	}
	// Output:
	// 040755 lib/modules/6.1.0-test/kernel
	// 0100644 lib/modules/6.1.0-test/kernel/bus.ko
	// 0100644 lib/modules/6.1.0-test/kernel/crc-fast.ko
	// 040755 lib/modules/6.1.0-test/kernel/drivers
	// 040755 lib/modules/6.1.0-test/kernel/drivers/block
	// 0100644 lib/modules/6.1.0-test/kernel/drivers/block/disk.ko
	// 040755 lib/modules/6.1.0-test/kernel/fs
	// 040755 lib/modules/6.1.0-test/kernel/fs/xfs
	// 0100644 lib/modules/6.1.0-test/kernel/fs/xfs/xfs.ko
}
