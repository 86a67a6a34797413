package main

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"github.com/gokmod/gokmod/kmod"
)

// The same with libkmod, in builds with its tag.
var (
	libkmodCold func(dir, name string) error
	libkmodWarm func(dir, name string) (lookup func(n int) error, err error)
)

// lookupParams are the parameters of the job that looks a name up: once in a DB that it
// opens and closes, with the dependencies, or often in an open one.
type lookupParams struct {
	Root    string `json:"root"`
	Release string `json:"release"`
	Dir     string `json:"dir"` // the module directory
	Name    string `json:"name"`
	Cold    bool   `json:"cold,omitempty"`
	Rounds  int    `json:"rounds"`
	CPU     bool   `json:"cpu"`
}

// Numbers of look-ups in a round.
const (
	coldLookups = 200
	warmLookups = 20000
)

// allocations is the value with the number of allocations of a look-up.
const allocations = "allocations"

// lookup looks the name up with both libraries.
func lookup(p *lookupParams) (*report, error) {
	if p.Cold {
		return lookupCold(p)
	}
	return lookupWarm(p)
}

// lookupCold alternates between the libraries after each look-up, like a program that
// asks one question.
func lookupCold(p *lookupParams) (*report, error) {
	r := &report{}
	for range p.Rounds {
		var ours, theirs time.Duration
		before := mallocs()
		for range coldLookups {
			clock := stopwatch(p.CPU)
			if err := coldOurs(p); err != nil {
				return nil, err
			}
			ours += clock()
			clock = stopwatch(p.CPU)
			if err := libkmodCold(p.Dir, p.Name); err != nil {
				return nil, err
			}
			theirs += clock()
		}
		r.add(allocations, float64(mallocs()-before)/coldLookups)
		r.add(ourName, ours.Seconds()/coldLookups)
		r.add(kmodTag, theirs.Seconds()/coldLookups)
	}
	return r, nil
}

// coldOurs opens a DB, looks a module and its dependencies up, and closes it.
func coldOurs(p *lookupParams) error {
	db, err := kmod.Open(&kmod.Config{Root: p.Root, Release: p.Release})
	if err != nil {
		return err
	}
	defer db.Close()
	found, err := db.Lookup(p.Name)
	if err != nil {
		return err
	}
	needs, err := db.Dependencies(p.Name)
	if err == nil && len(found)+len(needs) < 2 {
		err = fmt.Errorf("%s is %v and needs %v", p.Name, found, needs)
	}
	return err
}

// lookupWarm takes turns with many look-ups in an open DB.
func lookupWarm(p *lookupParams) (*report, error) {
	db, err := kmod.Open(&kmod.Config{Root: p.Root, Release: p.Release})
	if err != nil {
		return nil, err
	}
	defer db.Close()
	peer, err := libkmodWarm(p.Dir, p.Name)
	if err != nil {
		return nil, err
	}
	r := &report{}
	for range p.Rounds {
		before, clock := mallocs(), stopwatch(p.CPU)
		for range warmLookups {
			if _, err := db.Lookup(p.Name); err != nil {
				return nil, err
			}
		}
		r.add(ourName, clock().Seconds()/warmLookups)
		r.add(allocations, float64(mallocs()-before)/warmLookups)
		clock = stopwatch(p.CPU)
		if err := peer(warmLookups); err != nil {
			return nil, err
		}
		r.add(kmodTag, clock().Seconds()/warmLookups)
	}
	return r, nil
}

// mallocs is the number of allocations of this process so far.
func mallocs() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.Mallocs
}

// Names that are looked up: a module that needs another one, and what a network card
// calls itself.
const (
	knownModule = "xfs"
	knownAlias  = "pci:v00008086d0000100Esv00001AF4sd00001100bc02sc00i00"
)

func measureOpen(ctx context.Context, l *lab, rounds int) (*measurement, error) {
	q, err := measureLookup(ctx, l, "", &lookupParams{Name: knownModule, Cold: true, Rounds: rounds})
	return &measurement{what: "open, look `xfs` up with its dependencies, close", quantities: []quantity{q}}, err
}

func measureWarm(ctx context.Context, l *lab, rounds int) (*measurement, error) {
	m := &measurement{what: "look up, warm"}
	for _, look := range []struct{ name, of string }{{"a name", knownModule}, {"a PCI modalias", knownAlias}} {
		q, err := measureLookup(ctx, l, look.name, &lookupParams{Name: look.of, Rounds: rounds})
		if err != nil {
			return nil, err
		}
		m.quantities = append(m.quantities, q)
	}
	return m, nil
}

// measureLookup runs the job in the tree of a kernel.
func measureLookup(ctx context.Context, l *lab, name string, p *lookupParams) (q quantity, err error) {
	k, err := l.linux61()
	if err != nil {
		return q, err
	}
	p.Root, p.Release, p.Dir, p.CPU = k.Dir, k.Release, k.ModuleDir(), l.cpu
	r, err := l.runJob(ctx, l.libkmod, "lookup", p)
	if err != nil {
		return q, err
	}
	version := libkmodVersion()
	l.note(version)
	return quantity{
		name: name, unit: seconds, ours: r.Values[ourName],
		note:  fmt.Sprintf("%.0f allocations", median(r.Values[allocations])),
		peers: []series{{version, r.Values[kmodTag]}},
	}, nil
}
