// Package modtest builds kernel module files for tests: for every ELF class,
// byte order and machine, with the sections that tools read. The modules
// contain no code; no kernel would accept them.
package modtest
