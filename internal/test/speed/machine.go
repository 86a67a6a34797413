package main

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"

	"github.com/gokmod/gokmod/kmod/kmodtest/vm"
)

// picker returns one of the lab's kernels.
type picker func(*lab) (*vm.Kernel, error)

func pick61(l *lab) (*vm.Kernel, error)  { return l.linux61() }
func pick612(l *lab) (*vm.Kernel, error) { return l.linux612() }

// machineLine describes this machine and the peers that were found on it.
func machineLine(l *lab) string {
	words := []string{fmt.Sprintf("%d × %s", runtime.NumCPU(), cpuName()), "Linux " + hostRelease(), runtime.Version()}
	peers := []string{}
	for _, t := range l.peers() {
		peers = append(peers, t.name)
	}
	peers = append(peers, l.found...)
	if qemu := qemuVersion(); qemu != "" {
		peers = append(peers, qemu)
	}
	line := "Measured on " + strings.Join(words, ", ") + "; beside " + strings.Join(peers, ", ")
	return line + "; ratios are medians (and quartiles) of rounds in which all run one after the other."
}

// foundPeer notes the version of a library to compare with.
func (l *lab) foundPeer(version string) {
	if !slices.Contains(l.found, version) {
		l.found = append(l.found, version)
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

// hostRelease is the release of this machine's kernel.
func hostRelease() string {
	text, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	return strings.TrimSpace(string(text))
}
