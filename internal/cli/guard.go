package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/entrain-dev/entrain/internal/kernel"
	"github.com/entrain-dev/entrain/train"
)

// grace is how long a command may take to end in good order once it was asked
// to: with the rest of the way out it is over within two seconds.
const grace = time.Second

// guard ends a command when the person wants to, when its time is over, or
// when it takes too much memory, whatever the command is doing: one that does
// not end by itself is left behind, and the process with it.
type guard struct {
	user    context.Context // ends when the person wants to stop
	ctx     context.Context // ends then too, at the limit, or for want of memory; its cause says why
	stop    context.CancelCauseFunc
	learnt  chan struct{} // closed when a fit has its model: only scores and files are left, a bounded amount of work
	settled chan struct{} // closed when only files are left to be written
	limit   time.Duration // of the command; 0: none
	until   time.Time     // when it is over
	scoring time.Duration // what is kept of it for the scores and pages of the model that there is then
	began   time.Time
	memory  memory

	mu   sync.Mutex
	far  time.Duration // that what is saved takes to get to another machine
	save func() string // brings the state of what is under way to the disk, and says how to go on; nil: there is none
}

// watch begins to listen to the person. The function it returns ends that.
func (a *app) watch() func() {
	if a.Interrupt == nil { // nobody to listen to
		a.Interrupt = func(ctx context.Context) (context.Context, context.CancelFunc) { return context.WithCancel(ctx) }
	}
	user, ignore := a.Interrupt(context.Background())
	a.guard = &guard{user: user, learnt: make(chan struct{}), settled: make(chan struct{}), began: time.Now()}
	a.ctx, a.stop = context.WithCancelCause(user)
	return func() {
		a.stop(nil)
		ignore()
	}
}

// deadline makes the context end so long from now; 0: never.
func (g *guard) deadline(limit time.Duration) {
	if limit > 0 {
		g.limit, g.until = limit, time.Now().Add(limit)
		t := time.AfterFunc(limit, func() { g.stop(train.ErrLimit) })
		context.AfterFunc(g.ctx, func() { t.Stop() })
	}
}

// training is the context of a fit, which ends a little before the limit.
func (g *guard) training() (context.Context, context.CancelFunc) {
	if g.limit == 0 {
		return g.ctx, func() {}
	}
	return context.WithDeadlineCause(g.ctx, g.until.Add(-g.scoring), train.ErrLimit)
}

// saving says how the state of what is under way is saved if it cannot end by
// itself.
func (g *guard) saving(save func() string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.save = save
}

// saved saves the state and says how to go on.
func (g *guard) saved() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.save == nil {
		return ""
	}
	return g.save()
}

// guarded runs a command and returns its exit code: its own, or that of the
// reason for which it was left behind.
func (a *app) guarded(command func() int) int {
	done := make(chan int, 1)
	go func() {
		defer func() {
			if v := recover(); v != nil {
				done <- a.fault(v, debug.Stack())
			}
		}()
		done <- command()
	}()
	select {
	case code := <-done:
		return code
	case <-a.ctx.Done():
	}
	if a.user.Err() == nil { // time or memory
		select {
		case code := <-done:
			return code
		case <-time.After(grace):
			return a.finishing(done)
		case <-a.memory.over:
			return a.leave()
		case <-a.settled:
			select {
			case code := <-done:
				return code
			case <-a.user.Done():
			}
		case <-a.user.Done():
		}
	}
	select {
	case code := <-done:
		return code
	case <-time.After(a.patience()):
		return a.finishing(done)
	}
}

// finishing waits for the scores and files of a fit that has its model, however slow the machine is:
// what was learnt is not lost for want of a second. Anything else is left behind. Whoever
// interrupts twice ends the process.
func (a *app) finishing(done <-chan int) int {
	select {
	case <-a.learnt:
	default:
		return a.leave()
	}
	select {
	case code := <-done:
		return code
	case <-a.memory.over:
		return a.leave()
	}
}

// patience is how long to wait for what may save its state itself.
func (g *guard) patience() time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.save == nil {
		return 0
	}
	return grace + g.far
}

// farAway says how long the state of what is under way may take to get to another machine.
func (g *guard) farAway(d time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.far = d
}

// leave explains why the command is left behind.
func (a *app) leave() int {
	then := a.saved()
	switch cause := context.Cause(a.ctx); {
	case a.user.Err() != nil:
		if then == "" {
			then = "there was nothing to save yet"
		}
		fmt.Fprintf(a.Stderr, "interrupted; %s\n", then)
		return exitInterrupted
	case errors.Is(cause, train.ErrMemory):
		fmt.Fprintf(a.Stderr, "entrain: %s\n", a.memory.words(then))
	case then == "":
		fmt.Fprintln(a.Stderr, "entrain: the time limit was reached before there was anything to keep; give a longer one with limit=, or less to do")
	default:
		fmt.Fprintf(a.Stderr, "entrain: the time limit was reached in the middle of a step that could not end at once; %s\n", then)
	}
	return exitFailed
}

// fault says that the program has hit a fault of its own, and writes down what
// a report of it needs.
func (a *app) fault(v any, stack []byte) int {
	said, _, _ := strings.Cut(fmt.Sprint(v), "\n") // a parallel map puts the stack behind it
	text := fmt.Sprintf("entrain %s, %s, %s/%s, kernels: %s\narguments: %q\n\n%v\n\n%s", version(), runtime.Version(),
		runtime.GOOS, runtime.GOARCH, kernel.Level(), a.Args, v, stack)
	where := ""
	for _, dir := range []string{".", os.TempDir()} {
		f, err := os.CreateTemp(dir, "entrain-fault-*.txt")
		if err != nil {
			continue
		}
		_, err = f.WriteString(text)
		if e := f.Close(); err == nil && e == nil {
			where = f.Name()
			break
		}
		os.Remove(f.Name())
	}
	if where == "" {
		fmt.Fprintln(a.Stderr, text)
		where = "the text above"
	}
	fmt.Fprintf(a.Stderr, "entrain: this is a fault of Entrain, not of what it was given: %s; please report it with %s\n", said, where)
	if then := a.saved(); then != "" {
		fmt.Fprintln(a.Stderr, then)
	}
	return exitFault
}
