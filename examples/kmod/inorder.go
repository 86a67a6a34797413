package main

import "runtime"

// workersFor is how many of the items are processed at a time.
func workersFor(items int) int { return min(runtime.GOMAXPROCS(0), items) }

// inOrder does something with all items, on all processors at once, and passes the
// results on in the order of the items. At most ahead results for each processor
// are ready before their turn.
func inOrder[T, R any](items []T, ahead int, do func(T) R, take func(R)) {
	type task struct {
		item   T
		result chan R // receives one
	}
	workers := workersFor(len(items))
	todo, queue := make(chan task, workers), make(chan task, workers*ahead)
	for range workers {
		go func() {
			for t := range todo {
				t.result <- do(t.item)
			}
		}()
	}
	go func() {
		defer close(todo)
		defer close(queue)
		for _, item := range items {
			t := task{item, make(chan R, 1)}
			queue <- t
			todo <- t
		}
	}()
	for t := range queue {
		take(<-t.result)
	}
}
