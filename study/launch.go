package study

import (
	"context"
	"runtime"
	"sync"
	"time"
)

// Launcher brings jobs to their end, here or elsewhere. A job needs nothing
// but its trial and its folder; afterwards the folder holds result.json, or, if
// ctx ended, a checkpoint to go on from.
type Launcher interface {
	// Launch returns when no job is under way any more. done is called for
	// every job that was begun, by one goroutine at a time. Jobs that were
	// not begun before ctx ended are left alone.
	Launch(ctx context.Context, jobs []*Job, done func(*Job))
}

// Local runs jobs in this process. As a job depends on its trial alone, the
// results are the same bits for any number of Jobs.
type Local struct {
	Jobs  int // at the same time; 0 = GOMAXPROCS
	Clock func() time.Time
	// Room is the memory in bytes that all jobs together may take; a trial that
	// would take more than its part is left for a machine that has it. 0 = any.
	Room float64
}

// Launch implements Launcher; jobs begin in order.
func (l *Local) Launch(ctx context.Context, jobs []*Job, done func(*Job)) {
	n := l.Jobs
	if n <= 0 {
		n = runtime.GOMAXPROCS(0)
	}
	todo := make(chan *Job)
	var workers sync.WaitGroup
	var one sync.Mutex
	for range min(n, len(jobs)) {
		workers.Go(func() {
			for j := range todo {
				j.Room = l.Room / float64(n)
				j.Run(ctx, l.Clock)
				one.Lock()
				done(j)
				one.Unlock()
			}
		})
	}
	for _, j := range jobs {
		if ctx.Err() != nil {
			break
		}
		todo <- j
	}
	close(todo)
	workers.Wait()
}
