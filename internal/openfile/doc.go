// Package openfile opens files of any kind in trees that may be hostile: a
// named pipe does not block, and only regular files are accepted. It reads
// whole files within bounds, and replaces files.
package openfile
