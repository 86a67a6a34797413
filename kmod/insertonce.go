package kmod

import (
	"context"
	"errors"
	"time"
)

// flight is the insert of a module that is under way in this process.
type flight struct {
	done    chan struct{}
	outcome Outcome
	err     error
}

// insertOnce inserts the module of a step unless it is live, in this process at
// most once at a time.
func (l *Loader) insertOnce(ctx context.Context, s *Step, opts *RunOptions) (Outcome, error) {
	if opts.DryRun {
		if l.isLive(s) {
			return OutcomeLive, nil
		}
		return OutcomeInserted, nil
	}
	for {
		mine, f := l.join(s.Module.Name)
		if mine {
			f.outcome, f.err = l.insertStep(ctx, s, opts.Flags)
			l.leave(s.Module.Name, f)
			return f.outcome, ownCopy(f.err)
		}
		select {
		case <-f.done:
		case <-ctx.Done():
			return OutcomeNotReached, ctx.Err()
		}
		switch {
		case f.outcome == OutcomeInserted:
			return OutcomeLive, nil
		case f.outcome != OutcomeNotReached:
			return f.outcome, ownCopy(f.err)
		}
		// The other caller's context ended; this one has to try itself.
	}
}

// join enters a module's flight, and reports whether it has just begun.
func (l *Loader) join(name string) (mine bool, f *flight) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if f := l.flights[name]; f != nil {
		return false, f
	}
	f = &flight{done: make(chan struct{})}
	l.flights[name] = f
	return true, f
}

// leave ends a flight.
func (l *Loader) leave(name string, f *flight) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.flights, name)
	close(f.done)
}

// ownCopy copies an error that several callers get, as each adds its own chain
// of modules to it.
func ownCopy(err error) error {
	if e, ok := err.(*InsertError); ok {
		own := *e
		return &own
	}
	return err
}

// maxTries bounds how often an insert is repeated because another one of the
// same module, or its removal, was in the way.
const maxTries = 5

// insertStep inserts a module unless it is live, whatever other processes do
// with it meanwhile.
func (l *Loader) insertStep(ctx context.Context, s *Step, flags InsertFlags) (Outcome, error) {
	var err error
	for range maxTries {
		status, ctxErr := l.settled(ctx, s.Module.Name)
		switch {
		case ctxErr != nil:
			return OutcomeNotReached, ctxErr
		case status == StatusLive:
			return OutcomeLive, nil
		}
		if err = l.insertModule(s.Module, s.Params, flags); err == nil {
			return OutcomeInserted, nil
		}
		if errors.Is(err, ErrExists) {
			return l.existing(ctx, s.Module.Name, err)
		}
		if !errors.Is(err, ErrBusy) {
			break
		}
	}
	return OutcomeFailed, err
}

// existing decides what EEXIST means: the module is there by now, or is built
// in, or it is not there and its own init function said so.
func (l *Loader) existing(ctx context.Context, name string, err error) (Outcome, error) {
	status, ctxErr := l.settled(ctx, name)
	switch {
	case ctxErr != nil:
		return OutcomeNotReached, ctxErr
	case status == StatusBuiltin:
		return OutcomeBuiltin, nil
	case status == StatusAbsent:
		if insertErr := (*InsertError)(nil); errors.As(err, &insertErr) {
			insertErr.Err = ErrInit
		}
		return OutcomeFailed, err
	}
	return OutcomeLive, nil
}

// The pauses between two looks at a module that is coming or going.
const (
	firstPause = time.Millisecond
	maxPause   = 100 * time.Millisecond
)

// settled waits until a module neither comes nor goes, and returns its status.
// The kernel has no call to wait for that.
func (l *Loader) settled(ctx context.Context, name string) (Status, error) {
	for wait := firstPause; ; wait = min(2*wait, maxPause) {
		status, _ := l.liveStatus(name)
		if status != StatusComing && status != StatusGoing {
			return status, nil
		}
		if err := l.pause(ctx, wait); err != nil {
			return status, err
		}
	}
}

// pause waits for some time, or until the context ends.
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
