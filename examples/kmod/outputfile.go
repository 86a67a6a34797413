package main

import (
	"bufio"
	"os"
	"strings"
	"syscall"
)

// outputFile is a file that a tool was told to write to instead of stdout.
type outputFile struct {
	c *command
	*bufio.Writer
	name string
	file *os.File // nil for stdout
	made bool     // the file was not there before
}

// createOutput opens a file for writing, with the directories that it is in. What is
// there is written over in place, as it may be a device, a pipe such as
// /proc/self/fd/1, or a link. It reports a failure and returns nil.
func (c *command) createOutput(name string) *outputFile {
	path := c.path(name)
	if dir := path[:strings.LastIndexByte(path, '/')]; dir != "" {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			c.complain("Error: could not create parent directory for " + name + " - " + reason(err) + ".\n")
			return nil
		}
	}
	out := &outputFile{c: c, name: name}
	if err := out.open(path); err != nil {
		c.complain("Error: could not create " + name + " - " + reason(err) + "\n")
		return nil
	}
	out.Writer = bufio.NewWriterSize(out.file, 64<<10)
	return out
}

func (o *outputFile) open(path string) (err error) {
	const mode = 0o666
	if o.name == "" {
		return syscall.ENOENT
	}
	o.file, err = os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if o.made = err == nil; o.made {
		return nil
	}
	// Also after other errors than that it exists: what this one says counts.
	o.file, err = os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, mode)
	return err
}

// close writes what is left. It reports a failure and returns false; the file is then
// empty, or gone if it was not there before, as half of a list may look like a whole one.
func (o *outputFile) close() bool {
	if o.file == nil {
		return true // stdout is flushed when the tool ends
	}
	err := o.Flush()
	if err != nil {
		o.file.Truncate(0) // of devices and pipes, which keep nothing, this fails
	}
	if closed := o.file.Close(); err == nil {
		err = closed
	}
	if err == nil {
		return true
	}
	if o.made {
		os.Remove(o.file.Name())
	}
	o.c.complain("Error: could not write " + o.name + " - " + reason(err) + "\n")
	return false
}
