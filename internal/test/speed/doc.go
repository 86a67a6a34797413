// Speed measures this repository beside its peers, and prints the tables of the
// README as Markdown:
//
//	go run ./internal/test/speed                                # everything, about an hour
//	go run ./internal/test/speed -list                          # names of the rows
//	go run ./internal/test/speed -rows 'depmod|modprobe' -n 3   # some of them, with three rounds each
//
// In each round of a row ours and each peer run once, one after the other, so that other
// load on the machine hits them alike, and the ratio is taken of the times of one round.
// The table has the medians of times and of ratios, and the quartiles of the ratios.
// Processes run once before the first round, since they read files from the disk then.
//
// Peers are Debian's kmod, the newest one (package kmodref), and the libraries libkmod and
// liblzma where a C compiler finds their headers. The kernels are those in the user's
// cache, where tests leave the kernels that they boot. A row that lacks something is left
// out, with the reason below the table.
//
// Measurements within a process are made in processes of their own, called jobs, as are
// those in virtual machines: this program stays small, because what Linux says about the
// memory of a process includes that of its parent.
package main
