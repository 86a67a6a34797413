package main

import "path"

// quickDirs are the parts of the set with modules whose init functions do little: those of
// file systems make caches and threads, and btrfs needs what measures.
var quickDirs = []string{"kernel/crypto", "kernel/net/netfilter", "kernel/net/sched", "kernel/fs/nls"}

// testers are modules whose init functions, or those of modules that they need, only run the
// kernel's own tests or benchmarks, which takes as long under any loader, by patterns. Those
// in the set were found by what the job "load" says about the slowest steps.
var testers = map[string]string{
	"tcrypt":            "tests every algorithm that it finds, for seconds, and then fails on purpose",
	"jitterentropy_rng": "tests how much the processor's clock trembles, longest of all",
	"xor":               "measures which of its functions is the fastest",
	"async_*":           "needs xor, or raid6_pq, which does the same",
	"*_kunit":           "runs unit tests",
	"test_*":            "runs tests of the kernel's library",
	"*_test":            "runs tests of one part of the kernel",
	"*selftest*":        "runs tests of one part of the kernel",
	"*_benchmark":       "measures one part of the kernel",
	"*torture":          "runs tests until it is removed",
}

// withoutTesters returns the modules that do not test.
func withoutTesters(modules []string) []string {
	var kept []string
	for _, name := range modules {
		if !isTester(name) {
			kept = append(kept, name)
		}
	}
	return kept
}

func isTester(module string) bool {
	for pattern := range testers {
		if found, _ := path.Match(pattern, module); found {
			return true
		}
	}
	return false
}
