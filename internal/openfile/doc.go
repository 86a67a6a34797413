// Package openfile opens files that may be anything, in trees that may be
// hostile: a named pipe does not block, and only regular files are accepted. It
// reads them whole within bounds, and replaces them.
package openfile
