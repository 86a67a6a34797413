package main

import (
	"context"
	"fmt"
	"os"
)

// measureModinfo runs modinfo over all modules of a kernel in one process.
func measureModinfo(ctx context.Context, l *lab, rounds int) (*measurement, error) {
	m := &measurement{what: "`modinfo` of all modules"}
	for _, pick := range []picker{pick61, pick612} {
		k, err := pick(l)
		if err != nil {
			return nil, err
		}
		files, err := moduleFiles(k.ModuleDir())
		if err != nil {
			return nil, err
		}
		uses, err := l.raceTools(ctx, rounds, "modinfo", files...)
		if err != nil {
			return nil, err
		}
		m.quantities = append(m.quantities, timeOf(fmt.Sprintf("%s %s", seriesOf(k), packing(k)), uses))
	}
	return m, nil
}

// measureModprobe runs a dry run of modprobe, a short one as a process, and tells the size
// of the program, which has all tools.
func measureModprobe(ctx context.Context, l *lab, rounds int) (*measurement, error) {
	k, err := l.linux61()
	if err != nil {
		return nil, err
	}
	uses, err := l.raceTools(ctx, rounds, "modprobe", "-d", k.Dir, "-S", k.Release, "-n", "-v", knownModule)
	if err != nil {
		return nil, err
	}
	program, err := l.kmod()
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(program)
	if err != nil {
		return nil, err
	}
	return &measurement{what: "`modprobe -n -v xfs`, as a process", quantities: []quantity{
		timeOf("time", uses),
		{name: "size of the stripped binary", unit: octets, ours: []float64{float64(info.Size())}},
	}}, nil
}
