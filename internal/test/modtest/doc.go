// Package modtest builds kernel module files for tests: of every ELF class,
// byte order and machine, with the sections that tools read. The modules hold
// no code; no kernel would accept them.
package modtest
