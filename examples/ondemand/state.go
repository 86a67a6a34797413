package main

import (
	"container/list"
	"errors"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/gokmod/gokmod/kmod"
)

// outcome is what became of a module, or of a device that policy ignores.
type outcome struct {
	Module   string    `json:"module,omitempty"`
	File     string    `json:"file,omitempty"`
	Alias    string    `json:"alias,omitempty"`    // the modalias of a device that it is for
	NeededBy string    `json:"neededBy,omitempty"` // the module that it is for
	Params   string    `json:"params,omitempty"`
	Rule     string    `json:"rule,omitempty"` // the line of the policy that denies it
	At       string    `json:"at,omitempty"`   // where that is, or a blacklist line
	Error    string    `json:"error,omitempty"`
	Times    int       `json:"times"` // how often that happened
	Seconds  float64   `json:"seconds,omitempty"`
	Last     time.Time `json:"last"`
}

// state is what became of modules and devices. It is safe for concurrent use.
type state struct {
	mu                            sync.Mutex
	live, failed, denied, ignored *table
}

func newState() *state {
	return &state{live: newTable(), failed: newTable(), denied: newTable(), ignored: newTable()}
}

// forget forgets what other modules, or another policy, may change.
func (s *state) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failed, s.denied, s.ignored = newTable(), newTable(), newTable()
}

// ignore records a device that policy ignores.
func (s *state) ignore(alias string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := outcome{Alias: alias}
	o.because(err)
	s.ignored.put(alias, o)
}

// record records the outcome of a step.
func (s *state) record(r *kmod.StepResult) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := r.Step.Module
	o := outcome{Module: m.Name, File: m.Path, Params: r.Step.Params, Seconds: r.Duration.Seconds()}
	o.causedBy(r.Step.Reasons)
	o.because(r.Err)
	var to *table
	switch {
	case r.Outcome == kmod.OutcomeInserted, r.Outcome == kmod.OutcomeRan:
		to = s.live
	case r.Err == nil && r.Outcome == kmod.OutcomeNotReached: // it was not its turn yet
		return
	case errors.Is(r.Err, kmod.ErrForbidden), errors.Is(r.Err, kmod.ErrBlacklisted) && o.Alias != "":
		to = s.denied
	case r.Err != nil && r.Outcome != kmod.OutcomeSkipped:
		to = s.failed
	}
	if to != s.live {
		o.Params, o.Seconds = "", 0
	}
	for _, t := range []*table{s.failed, s.denied} {
		if t != to {
			t.remove(m.Name)
		}
	}
	if to != nil {
		to.put(m.Name, o)
	}
}

// causedBy records what a module is for.
func (o *outcome) causedBy(reasons []kmod.Reason) {
	for _, why := range reasons {
		if why.Kind == kmod.ReasonRequested && o.Alias == "" {
			o.Alias = why.Of
		} else if why.Kind != kmod.ReasonRequested && o.NeededBy == "" {
			o.NeededBy = why.Of
		}
	}
}

// because records why something was not done.
func (o *outcome) because(err error) {
	if err == nil {
		return
	}
	o.Error = err.Error()
	var rule *denial
	var step *kmod.Error
	if errors.As(err, &rule) {
		o.Rule, o.At = rule.rule, rule.at
	} else if errors.As(err, &step) && step.Origin != nil {
		o.At = step.Origin.String()
	}
}

// Bounds for what is remembered, as devices can call themselves anything.
const (
	maxEntries = 1024 // in a table
	maxText    = 1024 // bytes
)

// table has the outcomes that came last, by module or alias.
type table struct {
	byName  map[string]*list.Element
	order   *list.List // of *row, the one that came last at the front
	dropped uint64     // outcomes that are no longer there
}

type row struct {
	name string
	outcome
}

func newTable() *table { return &table{byName: map[string]*list.Element{}, order: list.New()} }

// put records an outcome, in place of an earlier one of that name.
func (t *table) put(name string, o outcome) {
	o.Last = time.Now()
	for _, text := range []*string{&o.Module, &o.File, &o.Alias, &o.NeededBy, &o.Params, &o.Rule, &o.At, &o.Error} {
		*text = cut(*text)
	}
	name = strings.Clone(name)
	if e := t.byName[name]; e != nil {
		o.Times = e.Value.(*row).Times
		t.order.Remove(e)
	} else if t.order.Len() >= maxEntries {
		t.remove(t.order.Back().Value.(*row).name)
		t.dropped++
	}
	o.Times++
	t.byName[name] = t.order.PushFront(&row{name, o})
}

func (t *table) remove(name string) {
	if e := t.byName[name]; e != nil {
		t.order.Remove(e)
		delete(t.byName, name)
	}
}

// list are the outcomes, the last one first.
func (t *table) list() []outcome {
	outcomes := make([]outcome, 0, t.order.Len())
	for e := t.order.Front(); e != nil; e = e.Next() {
		outcomes = append(outcomes, e.Value.(*row).outcome)
	}
	return outcomes
}

// cut shortens a text.
func cut(text string) string {
	if len(text) <= maxText {
		return text
	}
	end := maxText
	for end > maxText-utf8.UTFMax && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "…"
}
