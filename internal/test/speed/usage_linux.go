package main

import (
	"bufio"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// ownPeak is the largest memory that this process had so far, in bytes; 0 if that
// cannot be told.
func ownPeak() float64 {
	f, err := os.Open("/proc/self/status")
	if err != nil {
		return 0
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if value, found := strings.CutPrefix(lines.Text(), "VmHWM:"); found {
			kib, _ := strconv.ParseFloat(strings.Fields(value)[0], 64)
			return kib * 1024
		}
	}
	return 0
}

// peakOf is the largest memory of a process that has ended, in bytes. Where that of
// this process was larger it is the latter: the process began as a copy of it.
func peakOf(p *os.ProcessState) float64 {
	if r, ok := p.SysUsage().(*syscall.Rusage); ok {
		return float64(r.Maxrss) * 1024
	}
	return 0
}

// ownCPU is the time that this process has had of all processors.
func ownCPU() time.Duration {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		return 0
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}
