package main

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gokmod/gokmod/kmod/kmodtest/vm"
)

// picker returns one of the lab's kernels.
type picker func(*lab) (*vm.Kernel, error)

func pick61(l *lab) (*vm.Kernel, error)  { return l.linux61() }
func pick612(l *lab) (*vm.Kernel, error) { return l.linux612() }

// seriesOf is the series of a kernel, such as 6.12.
func seriesOf(k *vm.Kernel) string {
	return strings.Join(strings.SplitN(k.Release, ".", 3)[:2], ".")
}

// about describes this machine and what rows found to compare with.
func (l *lab) about() string {
	text := fmt.Sprintf("Measured on %d × %s, Linux %s, %s",
		runtime.NumCPU(), cpuName(), hostRelease(), runtime.Version())
	if len(l.found) > 0 {
		text += ", with " + strings.Join(l.found, ", ")
	}
	return wrap(text + ". Ratios are medians (and quartiles) of rounds in which all run in turn.")
}

// wrap breaks a text into lines of at most 120 columns.
func wrap(text string) string {
	const width = 120
	var b strings.Builder
	column := 0
	for _, word := range strings.Fields(text) {
		n := utf8.RuneCountInString(word)
		switch {
		case column == 0:
		case column+1+n > width:
			b.WriteByte('\n')
			column = 0
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += n
	}
	return b.String() + "\n"
}

// note remembers something that takes part, with its version.
func (l *lab) note(name string) {
	if name != "" && !slices.Contains(l.found, name) {
		l.found = append(l.found, name)
	}
}

// cpuName is what the processor calls itself.
func cpuName() string {
	text, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(text)) {
		if name, value, found := strings.Cut(line, ":"); found && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}

// hostRelease is the version of this machine's kernel, without what its vendor adds.
func hostRelease() string {
	text, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	version, _, _ := strings.Cut(strings.TrimSpace(string(text)), "-")
	return version
}
