package par

import (
	"context"
	"errors"
	"io"
	"math"
	"runtime"
	"sync/atomic"
	"testing"
)

// procs runs f under several values of GOMAXPROCS.
func procs(t *testing.T, f func(t *testing.T)) {
	old := runtime.GOMAXPROCS(0)
	defer runtime.GOMAXPROCS(old)
	for _, p := range []int{1, 2, 3, 16} {
		runtime.GOMAXPROCS(p)
		f(t)
	}
}

func TestMapCallsEachIndexOnce(t *testing.T) {
	procs(t, func(t *testing.T) {
		for _, n := range []int{0, 1, 2, 7, 1000} {
			calls := make([]atomic.Int32, n)
			Map(n, func(i int) { calls[i].Add(1) })
			for i := range calls {
				if c := calls[i].Load(); c != 1 {
					t.Fatalf("n = %d: index %d called %d times", n, i, c)
				}
			}
		}
	})
}

func TestMapNeverRunsMoreThanGOMAXPROCS(t *testing.T) {
	procs(t, func(t *testing.T) {
		var now, most atomic.Int32
		Map(200, func(int) {
			n := now.Add(1)
			for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
			}
			runtime.Gosched()
			now.Add(-1)
		})
		if m := int(most.Load()); m > runtime.GOMAXPROCS(0) {
			t.Errorf("%d at once", m)
		}
	})
}

func TestChunkSumsHaveTheSameBitsForAnyGOMAXPROCS(t *testing.T) {
	const n, size = 1003, 64
	var want uint64
	procs(t, func(t *testing.T) {
		part := make([]float64, (n+size-1)/size)
		Chunks(n, size, func(c, lo, hi int) {
			if hi-lo > size || hi > n || lo != c*size {
				t.Errorf("chunk %d is [%d, %d)", c, lo, hi)
			}
			for i := lo; i < hi; i++ {
				part[c] += math.Sin(float64(i)) * 1e3
			}
		})
		var sum float64
		for _, p := range part {
			sum += p
		}
		if want == 0 {
			want = math.Float64bits(sum)
		}
		if math.Float64bits(sum) != want {
			t.Errorf("sum %x, want %x", math.Float64bits(sum), want)
		}
	})
}

func TestPanicOfSmallestIndexReachesTheCaller(t *testing.T) {
	procs(t, func(t *testing.T) {
		for range 20 {
			func() {
				defer func() {
					p, ok := recover().(*Panic)
					if !ok || p.Index != 5 || !errors.Is(p, io.EOF) || len(p.Stack) == 0 {
						t.Errorf("recovered %v", p)
					}
				}()
				Map(100, func(i int) {
					if i >= 5 {
						panic(io.EOF)
					}
					runtime.Gosched()
				})
				t.Error("no panic")
			}()
		}
	})
}

func TestMapContextStopsAfterAPrefix(t *testing.T) {
	procs(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		done := make([]bool, 1000)
		err := MapContext(ctx, len(done), func(i int) {
			done[i] = true
			if i == 10 {
				cancel()
			} else if i > 10 {
				<-ctx.Done()
			}
		})
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("error %v", err)
		}
		ended := false
		for i, d := range done {
			if d && ended {
				t.Fatalf("call %d was made after a gap", i)
			}
			ended = ended || !d
		}
		if !done[10] || !ended {
			t.Error("stopped too early or not at all")
		}
	})
	if err := MapContext(context.Background(), 3, func(int) {}); err != nil {
		t.Error(err)
	}
}

func TestPoolMakesEachCallOnceAndAllocatesNothing(t *testing.T) {
	procs(t, func(t *testing.T) {
		var calls [200]atomic.Int32
		var busy [4]atomic.Bool
		c := NewPool(4, func(worker, i int) {
			if !busy[worker].CompareAndSwap(false, true) {
				t.Errorf("two calls of worker %d at once", worker)
			}
			calls[i].Add(1)
			runtime.Gosched()
			busy[worker].Store(false)
		})
		runs := 0
		if a := testing.AllocsPerRun(20, func() {
			c.Run(len(calls), runs%6)
			runs++
		}); a > 0 {
			t.Errorf("%v allocations", a)
		}
		for i := range calls {
			if n := int(calls[i].Load()); n != runs {
				t.Fatalf("call %d was made %d times in %d runs", i, n, runs)
			}
		}
	})
}

func TestPoolGoesOnAfterAPanic(t *testing.T) {
	bad, sum := true, atomic.Int32{}
	c := NewPool(2, func(_, i int) {
		if bad && i == 3 {
			panic("three")
		}
		sum.Add(int32(i))
	})
	func() {
		defer func() {
			if p, ok := recover().(*Panic); !ok || p.Index != 3 || p.Value != "three" {
				t.Errorf("recovered %v", p)
			}
		}()
		c.Run(10, 2)
	}()
	bad = false
	sum.Store(0)
	c.Run(10, 2)
	if s := sum.Load(); s != 45 {
		t.Errorf("the sum is %d", s)
	}
}
