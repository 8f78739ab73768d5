package bucket

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"github.com/entrain-dev/entrain/study"
)

// Launcher runs trials in this process and brings them to the bucket; it is a study.Launcher.
// Any number of processes, on any machines, may run trials of one study at the same time: each
// trial is run by one of them, and by another one if that dies.
type Launcher struct {
	study.TrialOptions
	Mirror *Mirror
	Jobs   int                    // at the same time; 0 = GOMAXPROCS
	Waits  func(n int, by string) // is told of trials that others are at
	Warn   func(text string)      // is told what is wrong with the store

	beat, lease, ask time.Duration // for tests; 0 = as usual
}

// How often it is asked for trials that others are at.
const (
	firstAsk = 2 * time.Second
	lastAsk  = 15 * time.Second
)

// Launch implements study.Launcher. It ends when all trials are done, be it by others.
func (l *Launcher) Launch(ctx context.Context, folders []string, done func(string, error)) {
	w := newWorker(l.Mirror)
	w.bare = sync.OnceFunc(func() {
		l.Warn("the object store has no conditional writes: workers at the same time may do a trial twice, with the same bits")
	})
	if l.beat > 0 {
		w.beat, w.lease = l.beat, l.lease
	}
	stop, err := w.alive(ctx)
	if err != nil {
		for _, dir := range folders {
			done(dir, around(err))
		}
		return
	}
	defer stop()
	pause := firstAsk
	if l.ask > 0 {
		pause = l.ask
	}
	for {
		left, by := l.round(ctx, w, folders, done)
		if len(left) == 0 || ctx.Err() != nil {
			return
		}
		l.Waits(len(left), by)
		if len(left) < len(folders) {
			pause = max(pause/4, firstAsk)
		}
		folders = left
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
			pause = min(lastAsk, 2*pause)
		}
	}
}

// round runs the trials that nobody is at, and returns the others with one who is at them.
func (l *Launcher) round(ctx context.Context, w *worker, folders []string, done func(string, error)) (left []string, by string) {
	study.Together(ctx, l.Jobs, l.TrialOptions, folders, func(dir string, o study.TrialOptions, one sync.Locker) {
		ours, who, err := w.trial(ctx, dir, o)
		one.Lock()
		defer one.Unlock()
		if ours || err != nil && ctx.Err() == nil {
			done(dir, err)
		} else {
			left, by = append(left, dir), cmp.Or(who, by)
		}
	})
	return left, by
}

// trial claims a trial, runs it unless it is done, and brings it to the bucket.
func (w *worker) trial(ctx context.Context, dir string, o study.TrialOptions) (ours bool, by string, err error) {
	key := filepath.Base(dir)
	ours, by, err = w.claim(ctx, key)
	if err != nil || !ours {
		return false, by, around(err)
	}
	err = w.run(ctx, key, o)
	ctx, cancel := lasting(ctx)
	defer cancel()
	if e := w.free(ctx, key); err == nil {
		err = around(e)
	}
	return true, "", err
}

// run runs a trial that is claimed.
func (w *worker) run(ctx context.Context, key string, o study.TrialOptions) error {
	there, err := w.trials(ctx, key)
	if err != nil {
		return around(err)
	}
	files := there[key]
	result := find(files, study.ResultFile)
	switch {
	case result != nil && !w.knows(key, result.ETag): // another one did it meanwhile
		return around(w.pull(ctx, key, files))
	case result != nil: // and is to be done again
		err = w.remove(ctx, result.Name)
	case find(files, study.CheckpointFile) != nil && !exists(filepath.Join(w.folder(key), study.CheckpointFile)):
		err = w.pull(ctx, key, files)
	}
	if err != nil {
		return around(err)
	}
	if err := study.RunTrial(ctx, w.folder(key), o); err != nil {
		return err
	}
	ctx, cancel := lasting(ctx)
	defer cancel()
	if err := w.push(ctx, key); err != nil {
		return around(fmt.Errorf("trial %s is done, but not in the bucket: %w", key, err))
	}
	return nil
}
