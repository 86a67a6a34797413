package main

import (
	"context"
	"fmt"
	"time"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/kmodtest"
)

// sleepParams are the parameters of the job that loads modules whose init functions
// sleep, as those of real drivers do, into a kernel in memory.
type sleepParams struct {
	Rounds int `json:"rounds"`
}

// The modules that sleep.
const (
	sleepers = 64
	nap      = 10 * time.Millisecond
)

// sleepParallels are the values of LoaderConfig.Parallel that are compared; the first
// stands for the peer.
var sleepParallels = []int{1, 2, 8, 16}

func parallelName(n int) string { return fmt.Sprint(n, " at a time") }

func sleep(p *sleepParams) (*report, error) {
	tree := &kmodtest.Tree{}
	var names []string
	for i := range sleepers {
		names = append(names, fmt.Sprint("m", i))
		tree.Modules = append(tree.Modules, kmodtest.Module{Name: names[i]})
	}
	db, err := tree.Open()
	if err != nil {
		return nil, err
	}
	defer db.Close()
	r := &report{}
	for range p.Rounds {
		for _, n := range sleepParallels {
			kernel := tree.Kernel()
			kernel.Delay = func(string) time.Duration { return nap }
			start := time.Now()
			loader := kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: kernel, Parallel: n})
			if _, err := loader.Load(context.Background(), names...); err != nil {
				return nil, err
			}
			r.add(parallelName(n), time.Since(start).Seconds())
		}
	}
	return r, nil
}

func measureSleep(ctx context.Context, l *lab, rounds int) (*measurement, error) {
	r, err := l.runJob(ctx, l.job, "sleep", &sleepParams{Rounds: rounds})
	if err != nil {
		return nil, err
	}
	one := parallelName(sleepParallels[0])
	m := &measurement{
		what:      fmt.Sprintf("load %d modules whose init sleeps for %v, in memory", sleepers, nap),
		samePeers: true,
	}
	for _, n := range sleepParallels[1:] {
		name := parallelName(n)
		m.quantities = append(m.quantities, quantity{name: name, unit: seconds, ours: r.Values[name],
			peers: []series{{one, r.Values[one]}}})
	}
	return m, nil
}
