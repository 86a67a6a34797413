// Package modfile reads module files, compressed or not. It opens them below a root
// or by a path of this machine, unpacks them within one limit into memory of one pool,
// and knows in which forms the kernel can take them.
//
// Input is untrusted: package decompress documents the cost of unpacking, and
// package openfile which files are opened. Errors do not name the file, as those
// of callers do.
package modfile
