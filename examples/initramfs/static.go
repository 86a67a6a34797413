package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
)

// errDynamic is for programs with shared libraries, which the image does not
// have.
var errDynamic = errors.New("it is linked dynamically, and the image has no shared libraries (build it with CGO_ENABLED=0)")

// checkStatic refuses a program that needs a dynamic loader: it would not start,
// and the kernel's message for that is hard to understand.
func checkStatic(file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	if needsLoader(f) {
		return fmt.Errorf("put %s into the image: %w", file, errDynamic)
	}
	return nil
}

// needsLoader reports whether an ELF program names a dynamic loader: whether one
// of its program headers has the type 3, PT_INTERP. See elf(5).
func needsLoader(f io.ReaderAt) bool {
	head := make([]byte, 64)
	if _, err := f.ReadAt(head, 0); err != nil || string(head[:4]) != "\x7fELF" {
		return false
	}
	var order binary.ByteOrder = binary.LittleEndian
	if head[5] == 2 {
		order = binary.BigEndian
	}
	at, size, count := int64(order.Uint32(head[28:])), order.Uint16(head[42:]), order.Uint16(head[44:])
	if head[4] == 2 { // 64 bits
		at, size, count = int64(order.Uint64(head[32:])), order.Uint16(head[54:]), order.Uint16(head[56:])
	}
	kind := make([]byte, 4)
	for range count {
		if _, err := f.ReadAt(kind, at); err != nil {
			return false
		}
		if order.Uint32(kind) == 3 {
			return true
		}
		at += int64(size)
	}
	return false
}
