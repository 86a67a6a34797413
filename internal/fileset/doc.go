// Package fileset replaces several files of one folder at once.
package fileset
