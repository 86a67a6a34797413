package main

import (
	"context"
	"fmt"
	"os/exec"
	"time"
)

// contender is a command that takes part in a race.
type contender struct {
	name    string
	argv    []string
	prepare func() error // before each run, if not nil
}

// use is what the runs of a contender used.
type use struct {
	name    string
	seconds []float64 // by the clock or, if that was asked for, of all processors
	memory  []float64 // the most at a time
}

// race runs the contenders one after the other, in a number of rounds. What a round
// before them took is not counted: files are read from the disk then.
func (l *lab) race(ctx context.Context, rounds int, contenders ...contender) ([]use, error) {
	uses := make([]use, len(contenders))
	for round := range rounds + 1 {
		for i, c := range contenders {
			seconds, memory, err := l.run(ctx, &c)
			if err != nil {
				return nil, err
			}
			if uses[i].name = c.name; round > 0 {
				uses[i].seconds = append(uses[i].seconds, seconds)
				uses[i].memory = append(uses[i].memory, memory)
			}
		}
	}
	return uses, nil
}

// run runs a contender once.
func (l *lab) run(ctx context.Context, c *contender) (seconds, memory float64, err error) {
	if c.prepare != nil {
		if err := c.prepare(); err != nil {
			return 0, 0, err
		}
	}
	cmd := exec.CommandContext(ctx, c.argv[0], c.argv[1:]...)
	start := time.Now()
	if err := cmd.Run(); err != nil {
		return 0, 0, fmt.Errorf("%s: %.200q: %w", c.name, c.argv, err)
	}
	seconds = time.Since(start).Seconds()
	if l.cpu {
		seconds = (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()
	}
	return seconds, peakOf(cmd.ProcessState), nil
}

// raceTools races one of the tools with those of the peers, which take the same
// arguments.
func (l *lab) raceTools(ctx context.Context, rounds int, name string, args ...string) ([]use, error) {
	return l.raceToolsIn(ctx, rounds, name, func(string) ([]string, func() error, error) { return args, nil, nil })
}

// ourName is the contender that is measured beside its peers.
const ourName = "gokmod"

// raceToolsIn is raceTools with arguments, and preparations, that depend on the
// contender.
func (l *lab) raceToolsIn(
	ctx context.Context, rounds int, name string, of func(contender string) ([]string, func() error, error),
) ([]use, error) {
	ours, err := l.kmod()
	if err != nil {
		return nil, err
	}
	all := []tool{{ourName, func(program string) ([]string, error) { return []string{ours, program}, nil }}}
	var contenders []contender
	for _, t := range append(all, l.peers()...) {
		argv, err := t.argv(name)
		if err != nil {
			return nil, err
		}
		args, prepare, err := of(t.name)
		if err != nil {
			return nil, err
		}
		contenders = append(contenders, contender{t.name, append(argv, args...), prepare})
	}
	return l.race(ctx, rounds, contenders...)
}

// timeOf is the quantity of the times of a race, whose first contender is ours.
func timeOf(name string, uses []use) quantity {
	q := quantity{name: name, unit: seconds, ours: uses[0].seconds}
	for _, u := range uses[1:] {
		q.peers = append(q.peers, series{u.name, u.seconds})
	}
	return q
}

// memoryOf is the quantity of memory in a race. It is false where the memory is not
// known, as when this process had more.
func memoryOf(uses []use) (q quantity, known bool) {
	q = quantity{name: "memory", unit: octets, ours: uses[0].memory}
	own := ownPeak()
	known = quantile(uses[0].memory, 0) > own
	for _, u := range uses[1:] {
		q.peers = append(q.peers, series{u.name, u.memory})
		known = known && quantile(u.memory, 0) > own
	}
	return q, known
}
