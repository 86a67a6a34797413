package main

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

// notSymbols says what the file is not from which the kernel's exports were to be taken.
func (d *diagnoser) notSymbols() string {
	switch {
	case d.symvers != "":
		return d.symvers + " is not a Module.symvers"
	case d.image != "":
		return d.image + " is not a kernel with modules"
	}
	return d.systemMap + " is not a System.map"
}
