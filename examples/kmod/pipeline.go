package main

// windowPerWorker bounds the listings that are ready or in progress before
// their turn, for each processor. It is large enough, at some megabytes of
// text, that the others do not run out of work while one unpacks the largest
// module.
const windowPerWorker = 512

// job is an argument in progress.
type job struct {
	arg     string
	listing listing
	done    chan struct{} // receives a value when the listing is complete
}

// inspectAll answers all arguments in order and returns the exit status. The
// files are read on all processors at once.
func (in *inspector) inspectAll(args []string) int {
	workers := workersFor(len(args))
	if workers < 2 {
		return in.inspectInTurn(args)
	}
	window := workers * windowPerWorker
	// The window is the number of jobs: each goes from idle to todo and queue,
	// and back to idle when it has been printed.
	idle, todo, queue := make(chan *job, window), make(chan *job, window), make(chan *job, window)
	for range window {
		idle <- &job{listing: listing{shown: in.c.shown}, done: make(chan struct{}, 1)}
	}
	for range workers {
		go in.work(todo)
	}
	go func() {
		defer close(todo)
		defer close(queue)
		for _, arg := range args {
			j := <-idle
			j.arg = arg
			todo <- j
			queue <- j
		}
	}()
	status := success
	for j := range queue {
		<-j.done
		status = max(status, in.c.print(&j.listing))
		idle <- j
	}
	return status
}

// work completes jobs until there are no more.
func (in *inspector) work(todo <-chan *job) {
	for j := range todo {
		j.listing.reset()
		in.inspect(&j.listing, j.arg)
		j.done <- struct{}{}
	}
}

func (in *inspector) inspectInTurn(args []string) int {
	l := listing{shown: in.c.shown}
	status := success
	for _, arg := range args {
		l.reset()
		in.inspect(&l, arg)
		status = max(status, in.c.print(&l))
	}
	return status
}
