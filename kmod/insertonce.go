package kmod

import (
	"context"
	"errors"
	"syscall"
	"time"

	"github.com/gokmod/gokmod/internal/modfile"
	"github.com/gokmod/gokmod/kmod/live"
)

// flight is an insert of a module that is under way in this process.
type flight struct {
	asked   asked
	done    chan struct{} // closed at the end; nil as long as nobody waits
	outcome Outcome
	err     error
}

// asked is what a caller wants inserted. The failure of an insert applies only to
// callers that asked for the same.
type asked struct {
	path, params string
	flags        live.InsertFlags
}

// insertOnce inserts the module of a step unless it is live, at most once at a time
// in this process. If files turn out to hold modules of the same name, the kernel
// sorts that out.
func (l *Loader) insertOnce(ctx context.Context, s *Step, flags live.InsertFlags, room *modfile.Room) (Outcome, error) {
	what := asked{s.Module.Path, s.Params, flags}
	for {
		name := l.knownName(s.Module)
		mine, f := l.join(name, what)
		if mine {
			defer l.leave(name, f)
			f.outcome, f.err = l.insertStep(ctx, s, flags, room)
			return f.outcome, copied(f.err)
		}
		select {
		case <-f.done:
		case <-ctx.Done():
			return OutcomeNotReached, ctx.Err()
		}
		switch {
		case f.outcome == OutcomeInserted:
			return OutcomeLive, nil
		case f.outcome == OutcomeFailed && f.asked != what:
		case f.outcome != OutcomeNotReached:
			return f.outcome, copied(f.err)
		}
		// The other caller's context ended, or it failed with what only that
		// caller gave; this one has to try itself.
	}
}

// join joins the flight of a module, and reports whether it has just begun.
func (l *Loader) join(name string, what asked) (mine bool, f *flight) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if f := l.flights[name]; f != nil {
		if f.done == nil {
			f.done = make(chan struct{})
		}
		return false, f
	}
	f = &flight{asked: what}
	l.flights[name] = f
	return true, f
}

// leave ends a flight.
func (l *Loader) leave(name string, f *flight) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.flights, name)
	if f.done != nil {
		close(f.done)
	}
}

// Bounds for how often an insert is repeated because another insert of the module, or
// its removal, was in the way: in all, and while the module is neither being inserted
// nor removed (after EEXIST, and after EBUSY). EBUSY is the kernel's answer to all
// callers that waited for an insert that failed, but may also come from an init
// function, which should not run many times over.
const (
	maxTries     = 100
	maxCalmTries = 2
	maxBusyTries = 4
)

// insertStep inserts a module unless it is live, whatever other processes do to it
// meanwhile.
func (l *Loader) insertStep(ctx context.Context, s *Step, flags live.InsertFlags, room *modfile.Room) (Outcome, error) {
	calm := 0
	name := l.knownName(s.Module)
	for try := 1; ; try++ {
		status, err := l.settled(ctx, name)
		switch {
		case err != nil:
			return OutcomeNotReached, err
		case status == live.StatusLive:
			return OutcomeLive, nil
		case status == live.StatusBuiltin:
			return OutcomeBuiltin, nil
		case s.Module.Path == "": // another process tried to insert it and failed
			return OutcomeFailed, l.db.unknown(name)
		}
		err = l.insertModule(s.Module, s.Params, flags, room)
		switch {
		case err == nil:
			return OutcomeInserted, nil
		case !errors.Is(err, ErrExists) && !errors.Is(err, ErrBusy):
			return OutcomeFailed, err
		}
		if e := (*Error)(nil); errors.As(err, &e) && e.own != "" {
			name = e.own
		}
		switch status, _ = l.liveStatus(name); {
		case status == live.StatusLive:
			return OutcomeLive, nil
		case status == live.StatusBuiltin && errors.Is(err, ErrExists):
			return OutcomeBuiltin, nil
		case status == live.StatusUnknown && errors.Is(err, ErrExists):
			return OutcomeLive, nil
		case status != live.StatusComing && status != live.StatusGoing:
			calm++
		}
		bound := maxCalmTries
		if errors.Is(err, ErrBusy) {
			bound = maxBusyTries
		}
		if calm >= bound || try == maxTries {
			return OutcomeFailed, ofInit(err)
		}
	}
}

// ofInit returns the error for an EEXIST or EBUSY while nothing else inserts or
// removes the module: it must come from the module's own init function.
func ofInit(err error) error {
	if e, ok := err.(*Error); ok && e.Op == "insert" {
		e.Err = ErrInit
	}
	return err
}

// ofInitAlone returns the error for a single try that failed. EEXIST without a module of the
// name comes from the module's own init function. So may EBUSY, but that is also the answer
// to all who waited for another insert, which then failed.
func ofInitAlone(err error) error {
	e, ok := err.(*Error)
	switch {
	case !ok || !e.alone:
	case e.Errno == syscall.EEXIST:
		return ofInit(err)
	case e.Detail == "":
		e.Detail = "there is none now: another insert of it has just failed, or its init function gives that answer"
	}
	return err
}

// The pauses between two checks of a module that is coming or going.
const (
	firstPause = time.Millisecond
	maxPause   = 100 * time.Millisecond
)

// maxSilent is how many pauses are made for a module that seems to come or go without
// the kernel saying so, a state that really lasts microseconds.
const maxSilent = 8

// settled waits until a module is neither coming nor going, and returns its status,
// StatusUnknown if the files of the kernel do not tell. It has to poll, as the kernel
// has no call to wait for that.
func (l *Loader) settled(ctx context.Context, name string) (live.Status, error) {
	silent := 0
	for wait := firstPause; ; wait = min(2*wait, maxPause) {
		status, _ := l.statusToInsert(name)
		if status != live.StatusComing && status != live.StatusGoing {
			return status, nil
		}
		if !live.Changing(l.kernel, name) {
			if silent++; silent > maxSilent {
				return live.StatusUnknown, nil
			}
		}
		if err := l.pause(ctx, wait); err != nil {
			return status, err
		}
	}
}

// pause waits for a time, or until the context ends.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
