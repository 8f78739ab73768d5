package bucket

import (
	"context"
	"crypto/rand"
	"errors"
	"os"
	"strings"
	"time"

	"github.com/entrain-dev/entrain/study"
)

// Folders of a study in a bucket, beside those that it has anywhere.
const (
	claimsFolder  = "claims/"  // which worker is at which trial
	workersFolder = "workers/" // a sign of life of each
)

// How often a worker gives a sign of life, and how long it counts as alive without one. Both ends of
// that time are told by the clock of the store, so clocks of machines may differ.
const (
	usualBeat  = 30 * time.Second
	usualLease = 3 * time.Minute
)

// worker is this process as others see it.
type worker struct {
	*Mirror
	id          string
	beat, lease time.Duration
	bare        func() // is told that the store has no conditions
}

func newWorker(m *Mirror) *worker {
	host, err := os.Hostname()
	if err != nil || !plain(host) {
		host = "worker"
	}
	return &worker{Mirror: m, id: host + "-" + strings.ToLower(rand.Text()[:12]), bare: func() {}, beat: usualBeat, lease: usualLease}
}

// alive gives signs of life until stop, which takes them back.
func (w *worker) alive(ctx context.Context) (stop func(), err error) {
	sign := func(ctx context.Context) error { return w.put(ctx, workersFolder+w.id, []byte(w.id+"\n"), always) }
	if err := sign(ctx); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx)) // a trial that is told to stop is saved first
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-ctx.Done():
				return
			case <-time.After(w.beat):
				_ = sign(ctx) // one that gets lost is followed by others
			}
		}
	}()
	return func() {
		cancel()
		<-done
		ctx, cancel := lasting(ctx)
		defer cancel()
		_ = w.remove(ctx, workersFolder+w.id)
	}, nil
}

// ToTheEnd is how long what is to be saved may take when a process is told to stop: less than
// schedulers leave.
const ToTheEnd = 40 * time.Second

// lasting is a context that outlives one which ended, for a while.
func lasting(ctx context.Context) (context.Context, context.CancelFunc) {
	if ctx.Err() == nil {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(context.WithoutCancel(ctx), ToTheEnd)
}

// claim takes a trial for this worker; by is who has it otherwise, "" if nobody is known.
func (w *worker) claim(ctx context.Context, key string) (ours bool, by string, err error) {
	err = w.put(ctx, claimsFolder+key, []byte(w.id), ifAbsent)
	if errors.Is(err, errPlain) { // some may be done twice, with the same bits
		w.bare()
		return true, "", nil
	}
	if !errors.Is(err, errTaken) {
		return err == nil, "", err
	}
	text, etag, err := w.get(ctx, claimsFolder+key)
	switch {
	case errors.Is(err, errAbsent): // given back meanwhile
		return false, "", nil
	case err != nil:
		return false, "", err
	case string(text) == w.id: // the store said no to the second try of what it had done at the first
		return true, "", nil
	}
	by = string(text)
	lives, err := w.lives(ctx, by)
	if err != nil || lives {
		return false, by, err
	}
	err = w.put(ctx, claimsFolder+key, []byte(w.id), etag) // of all who see that, one is first
	if errors.Is(err, errTaken) || errors.Is(err, errAbsent) {
		return false, by, nil
	}
	return err == nil, by, err
}

// lives tells that another worker gave a sign of life not long before the last of this one.
func (w *worker) lives(ctx context.Context, id string) (bool, error) {
	list, err := w.list(ctx, workersFolder)
	if err != nil {
		return false, err
	}
	mine, its := find(list, w.id), find(list, id)
	if its == nil {
		return false, nil
	}
	return mine == nil || mine.Modified.Sub(its.Modified) < w.lease, nil
}

// free gives a trial back.
func (w *worker) free(ctx context.Context, key string) error {
	return w.remove(ctx, claimsFolder+key)
}

// around marks trouble with the store as trouble around a trial.
func around(err error) error {
	if err == nil {
		return nil
	}
	return &study.RecordError{Err: err}
}
