package main

import "github.com/gokmod/gokmod/internal/plain"

// openImage opens the image of a kernel, if one was named. Its modules are those of the same
// release unless another was named. It reports false if the tool cannot continue.
func (d *diagnoser) openImage() bool {
	if d.image == "" {
		return true
	}
	kernel, err := d.c.openKernel(d.image, d.systemMap)
	if err != nil {
		d.c.say(levelError, "%s", err)
		return false
	}
	d.opts.Image, d.systemMap = kernel, ""
	if d.release == "" {
		d.release = kernel.Release()
	}
	return true
}

// closeImage releases the memory of the image.
func (d *diagnoser) closeImage() {
	if d.opts.Image != nil {
		d.opts.Image.Close()
	}
}

// noSymbols says why nothing is known of what the kernel exports, as far as a file is to
// blame that was named.
func (d *diagnoser) noSymbols() string {
	const none = ": it lists no symbols of the kernel."
	switch {
	case d.symvers != "":
		return d.symvers + " is not a Module.symvers" + none
	case d.systemMap != "":
		return d.systemMap + " is not a System.map" + none
	}
	return "nothing says what the kernel " + plain.Name(d.release) + " exports; see --kernel and --symvers."
}
