package main

import (
	"fmt"
	"reflect"
	"testing"
)

func woken(p *pending) bool {
	select {
	case <-p.wake:
		return true
	default:
		return false
	}
}

func TestPending(t *testing.T) {
	p := newPending()
	if aliases, all := p.take(); aliases != nil || all || woken(p) {
		t.Errorf("at first: %v, %t", aliases, all)
	}
	for _, alias := range []string{"a", "b", "a"} {
		p.add(alias)
	}
	if !woken(p) || woken(p) {
		t.Error("not woken once")
	}
	if aliases, all := p.take(); !reflect.DeepEqual(aliases, []string{"a", "b"}) || all {
		t.Errorf("aliases %v, %t", aliases, all)
	}
	p.add("a")
	if aliases, _ := p.take(); !reflect.DeepEqual(aliases, []string{"a"}) {
		t.Errorf("again: %v", aliases)
	}
	p.add("a")
	p.resync()
	p.add("b")
	if aliases, all := p.take(); aliases != nil || !all || !woken(p) {
		t.Errorf("everything: %v, %t", aliases, all)
	}
}

// TestPendingFlood: the waiting work is bounded.
func TestPendingFlood(t *testing.T) {
	p := newPending()
	for i := range 100000 {
		p.add(fmt.Sprint("usb:v", i))
	}
	if len(p.known) > maxPending {
		t.Errorf("%d aliases wait", len(p.known))
	}
	if aliases, all := p.take(); len(aliases) != 0 || !all {
		t.Errorf("%d aliases, %t", len(aliases), all)
	}
}
