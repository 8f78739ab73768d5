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
	workers := min(runtime.GOMAXPROCS(0), n)
	c := NewPool(workers, func(_, i int) { f(i) })
	c.done = ctx.Done()
	c.Run(n, workers)
	if c.begun.Load() < int64(n) {
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

// Pool makes the calls of Map for a function that is known beforehand. After
// NewPool nothing is allocated unless a call panics. A Pool belongs to one
// goroutine.
type Pool struct {
	f       func(worker, i int)
	workers []func() // each what one goroutine does
	n       int64
	done    <-chan struct{}
	begun   atomic.Int64 // calls handed out, in ascending order; may pass n
	stop    atomic.Bool  // a call panicked
	wait    sync.WaitGroup

	mu     sync.Mutex
	failed *Panic // of the smallest index so far
}

// NewPool prepares at most that many workers. f(worker, i) may use what belongs
// to the worker, a number from 0 on: no two calls with the same one run at the
// same time. What it makes of i must not depend on who the worker is.
func NewPool(most int, f func(worker, i int)) *Pool {
	c := &Pool{f: f}
	for w := 1; w < most; w++ {
		c.workers = append(c.workers, func() {
			defer c.wait.Done()
			c.work(w)
		})
	}
	return c
}

// Run calls f for 0 … n−1 as Map does, with at most that many workers; the
// caller's goroutine is worker 0.
func (c *Pool) Run(n, workers int) {
	c.n, c.failed = int64(n), nil
	c.begun.Store(0)
	c.stop.Store(false)
	others := c.workers[:max(0, min(workers-1, n-1, len(c.workers)))]
	c.wait.Add(len(others))
	for _, w := range others {
		go w()
	}
	c.work(0)
	c.wait.Wait()
	if c.failed != nil {
		panic(c.failed)
	}
}

// work makes calls until none is left.
func (c *Pool) work(worker int) {
	for !c.stop.Load() {
		select {
		case <-c.done:
			return
		default:
		}
		i := c.begun.Add(1) - 1
		if i >= c.n {
			return
		}
		c.call(worker, int(i))
	}
}

// call makes one call and notes its panic. Smaller indices began before i, so
// they finish and the smallest one that panics is always seen.
func (c *Pool) call(worker, i int) {
	defer func() {
		v := recover()
		if v == nil {
			return
		}
		c.stop.Store(true)
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.failed == nil || i < c.failed.Index {
			c.failed = &Panic{Index: i, Value: v, Stack: debug.Stack()}
		}
	}()
	c.f(worker, i)
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
