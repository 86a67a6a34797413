package debs

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/gokmod/gokmod/internal/sys"
)

// lockInterval is how often a lock held by another process is tried.
const lockInterval = 200 * time.Millisecond

// Lock waits for the lock on a file, which it creates if necessary. The lock
// works between processes, and ends with the process that holds it.
func Lock(ctx context.Context, name string) (unlock func(), err error) {
	file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	tick := time.NewTicker(lockInterval)
	defer tick.Stop()
	for {
		ok, err := sys.TryLock(file)
		if ok {
			return func() { file.Close() }, nil
		}
		if err != nil {
			file.Close()
			return nil, err
		}
		select {
		case <-ctx.Done():
			file.Close()
			return nil, fmt.Errorf("wait for the lock %s: %w", name, ctx.Err())
		case <-tick.C:
		}
	}
}
