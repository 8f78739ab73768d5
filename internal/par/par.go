// Package par runs independent pieces of work on all processors in such a way
// that the result does not depend on how many there are.
package par

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
)

// Map calls f(0), …, f(n−1), each once, on at most GOMAXPROCS goroutines (the
// caller's is one of them) and returns when all are done. Calls begin in
// ascending order. If f(i) depends on i alone and writes only to places of its
// own, the result is the same for any GOMAXPROCS; sums over i belong after
// Map, in order.
//
// If a call panics no further ones begin, and Map panics with a *Panic for the
// smallest i that did; which one that is does not depend on scheduling.
func Map(n int, f func(i int)) { _ = MapContext(context.Background(), n, f) }

// MapContext is Map that begins no further calls once ctx is done; calls under
// way are waited for. Its error is nil if all n calls were made, otherwise
// ctx's; the calls that were made are then f(0), …, f(m−1) for some m < n.
func MapContext(ctx context.Context, n int, f func(i int)) error {
	w := &work{n: int64(n), f: f, done: ctx.Done()}
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), n) - 1 {
		wg.Go(w.run)
	}
	w.run()
	wg.Wait()
	if w.failed != nil {
		panic(w.failed)
	}
	if w.begun.Load() < w.n {
		return ctx.Err()
	}
	return nil
}

// Chunks splits 0 … n−1 into runs of size (the last may be shorter) and calls
// f(c, lo, hi) for run c = [lo, hi) as Map does. The split depends on n and
// size only, so partial sums kept by c and added in order give the same bits
// for any GOMAXPROCS.
func Chunks(n, size int, f func(c, lo, hi int)) {
	if size < 1 {
		panic("par: a chunk holds at least one item")
	}
	Map((n+size-1)/size, func(c int) { f(c, c*size, min((c+1)*size, n)) })
}

// work is one Map under way, shared by its workers.
type work struct {
	n     int64
	f     func(i int)
	done  <-chan struct{}
	begun atomic.Int64 // calls handed out, in ascending order; may pass n
	stop  atomic.Bool  // a call panicked

	mu     sync.Mutex
	failed *Panic // of the smallest index so far
}

// run makes calls until none is left.
func (w *work) run() {
	for !w.stop.Load() {
		select {
		case <-w.done:
			return
		default:
		}
		i := w.begun.Add(1) - 1
		if i >= w.n {
			return
		}
		w.call(int(i))
	}
}

// call calls f(i) and notes its panic. Smaller indices began before i, so they
// finish and the smallest one that panics is always seen.
func (w *work) call(i int) {
	defer func() {
		v := recover()
		if v == nil {
			return
		}
		w.stop.Store(true)
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.failed == nil || i < w.failed.Index {
			w.failed = &Panic{Index: i, Value: v, Stack: debug.Stack()}
		}
	}()
	w.f(i)
}

// Panic is what Map panics with when a call does.
type Panic struct {
	Index int    // argument of the call
	Value any    // its panic value
	Stack []byte // its goroutine's stack
}

// Error gives the index, the value and the stack of the call.
func (p *Panic) Error() string {
	return fmt.Sprintf("par: call %d: %v\n\n%s", p.Index, p.Value, p.Stack)
}

// Unwrap returns the panic value if it is an error.
func (p *Panic) Unwrap() error {
	err, _ := p.Value.(error)
	return err
}
