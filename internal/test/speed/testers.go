package main

import "path"

// testers are modules whose init functions only run the kernel's own tests or benchmarks,
// which takes as long under any loader, by patterns. Those in the set were found by what
// the job "load" says about the slowest steps. The init functions of raid6_pq, xor and
// jitterentropy_rng, which the same list shows, measure or test as well; but modules need
// these, and they do their work afterwards.
var testers = map[string]string{
	"tcrypt":      "tests every algorithm that it finds, for seconds, and then fails on purpose",
	"*_kunit":     "runs unit tests",
	"test_*":      "runs tests of the kernel's library",
	"*_test":      "runs tests of one part of the kernel",
	"*selftest*":  "runs tests of one part of the kernel",
	"*_benchmark": "measures one part of the kernel",
	"*torture":    "runs tests until it is removed",
}

// withoutTesters returns the modules that do not only test.
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
