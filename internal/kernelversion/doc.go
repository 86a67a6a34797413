// Package kernelversion reads versions of kernels from the names of releases, such as 6.12.48+deb13-amd64.
//
// All functions are safe for concurrent use.
package kernelversion
