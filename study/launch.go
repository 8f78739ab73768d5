package study

import (
	"context"
	"runtime"
	"sync"
)

// Launcher brings the trials in folders to their end, here or elsewhere. A trial
// needs nothing but its folder and the recordings that are named there;
// afterwards the folder holds result.json, or, if ctx ended, a checkpoint to go
// on from. RunTrial is what carries one out.
type Launcher interface {
	// Launch returns when no trial is under way any more. done is called for
	// every trial that was begun, by one goroutine at a time, with the error of
	// RunTrial. Trials that were not begun before ctx ended are left alone.
	Launch(ctx context.Context, folders []string, done func(folder string, err error))
}

// Local runs trials in this process. As a trial depends on its folder alone, the
// results are the same bits for any number of Jobs.
type Local struct {
	TrialOptions     // Room is for all trials together; one that would take more than its part is left for a machine that has it
	Jobs         int // at the same time; 0 = GOMAXPROCS
}

// Launch implements Launcher; trials begin in order.
func (l *Local) Launch(ctx context.Context, folders []string, done func(string, error)) {
	Together(ctx, l.Jobs, l.TrialOptions, folders, func(dir string, o TrialOptions, one sync.Locker) {
		err := RunTrial(ctx, dir, o)
		one.Lock()
		done(dir, err)
		one.Unlock()
	})
}

// Together calls run for each folder, begun in order until ctx ends, for so many at the same time
// (0: GOMAXPROCS), and waits for all. The options of each have its part of the room and notes that come
// one at a time; one is held while a note is taken, and is for what else has to be.
func Together(ctx context.Context, jobs int, o TrialOptions, folders []string, run func(dir string, o TrialOptions, one sync.Locker)) {
	if jobs <= 0 {
		jobs = runtime.GOMAXPROCS(0)
	}
	o.Room /= float64(jobs)
	todo := make(chan string)
	var workers sync.WaitGroup
	var one sync.Mutex
	if note := o.Note; note != nil {
		o.Note = func(dir, text string) {
			one.Lock()
			defer one.Unlock()
			note(dir, text)
		}
	}
	for range min(jobs, len(folders)) {
		workers.Go(func() {
			for dir := range todo {
				run(dir, o, &one)
			}
		})
	}
	for _, dir := range folders {
		if ctx.Err() != nil {
			break
		}
		todo <- dir
	}
	close(todo)
	workers.Wait()
}
