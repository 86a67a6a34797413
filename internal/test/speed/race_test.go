package main

import (
	"os/exec"
	"testing"
)

func TestRace(t *testing.T) {
	program, err := exec.LookPath("true")
	if err != nil {
		t.Skip(err)
	}
	l := &lab{options: &options{}}
	var order []string
	entrant := func(name string) contender {
		return contender{name, []string{program}, func() error { order = append(order, name); return nil }}
	}
	uses, err := l.race(t.Context(), 2, entrant(ourName), entrant("peer"))
	if err != nil {
		t.Fatal(err)
	}
	if len(order) != 6 || order[0] != ourName || order[1] != "peer" || order[2] != ourName {
		t.Errorf("the order is %q", order)
	}
	q := timeOf("", uses)
	if len(q.ours) != 2 || len(q.peers) != 1 || q.peers[0].name != "peer" || len(q.peers[0].values) != 2 {
		t.Errorf("%+v", q)
	}
	if _, known := memoryOf(uses); known {
		t.Errorf("a program smaller than this process has the memory %v", uses[0].memory)
	}
	bad := contender{"bad", []string{program + "-not"}, nil}
	if _, err := l.race(t.Context(), 1, bad); err == nil {
		t.Error("a race of a program that does not exist succeeds")
	}
}
