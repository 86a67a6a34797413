//go:build !linux

package sys

import "time"

// Removal watches files.
type Removal struct{}

// WatchRemoval starts watching files.
func WatchRemoval(names []string) *Removal { return &Removal{} }

// Wait waits until all of the files are gone.
func (r *Removal) Wait(limit time.Duration) bool { return false }
