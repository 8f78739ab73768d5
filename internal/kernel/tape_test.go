package kernel

import (
	"fmt"
	"math"
	"testing"
)

// tapeNaive is what the doc comments of the operations say, a lane at a time.
func tapeNaive(acc float64, code TapeCode, s, a, b float64) float64 {
	switch code {
	case TapeLoad, TapeSpread:
		return a
	case TapeMul:
		return a * b
	case TapeScale:
		return s * a
	case TapeFill:
		return s
	case TapeSub:
		return a - b
	case TapeAXPY:
		return acc + s*a
	case TapeMulAdd:
		return acc + a*b
	case TapeAdd:
		return acc + a
	case TapeTimes:
		return acc * a
	case TapeMin:
		return min(acc, a)
	}
	return acc
}

// TestTapeDoesWhatItsOperationsSay: with powers of two as operands products
// are exact.
func TestTapeDoesWhatItsOperationsSay(t *testing.T) {
	atEveryLevel(t, testTapeDoesWhatItsOperationsSay)
}

func testTapeDoesWhatItsOperationsSay(t *testing.T) {
	const rows, shared = 5, 3
	for _, lanes := range []int{1, 8, 16, 24, 32, 40, 64, 72, 104, 128, 200} {
		a := newArena(uint64(lanes))
		in, numbers, out := a.powers(rows*lanes), a.powers(shared), a.random(2*rows*lanes)
		want := a.copy(out)
		tape := NewTape(lanes, 3)
		acc := make([]float64, lanes)
		do := func(code TapeCode, s float64, i, j int) {
			x, y := tape.Row(0, i), tape.Row(0, j)
			if code == TapeSpread {
				x = tape.Number(1, i%shared)
			}
			tape.Do(code, s, x, y)
			for l := range acc {
				v := in[i*lanes+l]
				if code == TapeSpread {
					v = numbers[i%shared]
				}
				acc[l] = tapeNaive(acc[l], code, s, v, in[j*lanes+l])
			}
		}
		for k := range 2 * rows {
			starts := []TapeCode{TapeLoad, TapeMul, TapeScale, TapeFill, TapeSpread, TapeSub}
			do(starts[a.IntN(len(starts))], 0.25, a.IntN(rows), a.IntN(rows))
			for range a.IntN(4) {
				next := []TapeCode{TapeAXPY, TapeMulAdd, TapeAdd, TapeTimes, TapeMin}
				do(next[a.IntN(len(next))], -2, a.IntN(rows), a.IntN(rows))
			}
			if k%3 == 0 {
				tape.Do(TapeStore, 0, tape.Row(2, (k+1)%(2*rows)), TapeRow{})
				copy(want[(k+1)%(2*rows)*lanes:], acc)
			}
			tape.Do(TapeStore, 0, tape.Row(2, k), TapeRow{})
			copy(want[k*lanes:], acc)
		}
		tape.Finish()
		for i, v := range [][]float64{in, numbers, out} {
			tape.Bind(i, v)
		}
		tape.Run()
		checkSame(t, fmt.Sprintf("%d lanes", lanes), out, want)
		a.check(t, "tape")
	}
}

// TestTapeSumsRowsAndReadsThem, wherever they are kept, in passing or not.
func TestTapeSumsRowsAndReadsThem(t *testing.T) { atEveryLevel(t, testTapeSumsRowsAndReadsThem) }

func testTapeSumsRowsAndReadsThem(t *testing.T) {
	for _, lanes := range []int{1, 8, 16, 24, 40, 64, 72, 136} {
		for n := 1; n <= 7; n++ {
			for seed := range uint64(8) {
				s := newSummed(n, lanes, seed)
				s.sum([]float64{2, 0, -0.5})
				s.operations(20)
				s.sum([]float64{0, 0})
				s.operations(20)
				s.check(t, fmt.Sprintf("%d rows, %d lanes, seed %d", n, lanes, seed))
			}
		}
	}
}

// summed writes operations on a tape and does them on vectors of its own too.
type summed struct {
	arena    *arena
	tape     *Tape
	n, lanes int
	v, want  [][]float64 // what is given, sums, more sums, results
	acc      []float64
	done     int // results
	passing  bool
}

func newSummed(n, lanes int, seed uint64) *summed {
	a := newArena(seed)
	s := &summed{arena: a, tape: NewTape(lanes, 4), n: n, lanes: lanes, acc: make([]float64, lanes), passing: seed%2 == 0}
	s.v = [][]float64{a.powers((4*n + 1) * lanes), a.random(n * lanes), a.random(n * lanes), a.random(40 * lanes)}
	for _, v := range s.v {
		s.want = append(s.want, a.copy(v))
	}
	return s
}

func (s *summed) row(base, i int) []float64 { return s.want[base][i*s.lanes : (i+1)*s.lanes] }

// sum makes the sums x + h Σ coef k, x being the last rows given, then h.
func (s *summed) sum(coef []float64) {
	row := func(i int) TapeRow { return s.tape.Row(0, i) }
	s.tape.Sum(s.n, coef, []TapeRow{row(0), row(s.n), row(2 * s.n)}, row(4*s.n), row(3*s.n), s.tape.Row(1, 0), s.tape.Row(2, 0))
	for i := range s.n {
		for l := range s.lanes {
			v := 0.0
			for k, c := range coef {
				v += c * s.row(0, k*s.n+i)[l]
			}
			v = s.row(0, 3*s.n+i)[l] + s.row(0, 4*s.n)[l]*v
			s.row(1, i)[l], s.row(2, i)[l] = v, v
		}
	}
}

// operations are two on any rows and a store, n times. The stores are to results and now and then into a sum.
func (s *summed) operations(n int) {
	starts := []TapeCode{TapeLoad, TapeMul, TapeScale, TapeSub}
	then := []TapeCode{TapeAXPY, TapeMulAdd, TapeAdd, TapeTimes, TapeMin}
	for range n {
		for _, codes := range [][]TapeCode{starts, then} {
			code, c := codes[s.arena.IntN(len(codes))], []float64{-1, 0.25}[s.arena.IntN(2)]
			b, p, i, j := s.arena.IntN(2), s.arena.IntN(2), s.arena.IntN(s.n), s.arena.IntN(s.n)
			s.tape.Do(code, c, s.tape.Row(b, i), s.tape.Row(p, j))
			for l := range s.acc {
				s.acc[l] = tapeNaive(s.acc[l], code, c, s.row(b, i)[l], s.row(p, j)[l])
			}
		}
		s.store(3, s.done)
		if s.done++; s.arena.IntN(8) == 0 && !s.passing {
			s.tape.Do(TapeScale, 2, s.tape.Row(0, 0), TapeRow{})
			for l := range s.acc {
				s.acc[l] = 2 * s.row(0, 0)[l]
			}
			s.store(1, s.arena.IntN(s.n))
		}
	}
}

func (s *summed) store(base, i int) {
	s.tape.Do(TapeStore, 0, s.tape.Row(base, i), TapeRow{})
	copy(s.row(base, i), s.acc)
}

func (s *summed) check(t *testing.T, what string) {
	t.Helper()
	if s.passing {
		s.tape.Finish(1)
	} else {
		s.tape.Finish()
	}
	for i, v := range s.v {
		s.tape.Bind(i, v)
	}
	s.tape.Run()
	for i, v := range s.v {
		if i != 1 || !s.passing {
			checkSame(t, what, v, s.want[i])
		}
	}
	s.arena.check(t, what)
}

// TestTapeReadsWhatItWrote: x ↦ sin(2x) + x, three times, in place.
func TestTapeReadsWhatItWrote(t *testing.T) { atEveryLevel(t, testTapeReadsWhatItWrote) }

func testTapeReadsWhatItWrote(t *testing.T) {
	for _, lanes := range []int{1, 8, 80} {
		a := newArena(1)
		x, w := a.random(2*lanes), a.random(2*lanes)
		want := a.copy(x)
		tape := NewTape(lanes, 2)
		for range 3 {
			for i := range 2 {
				tape.Do(TapeScale, 2, tape.Row(0, i), TapeRow{})
				tape.Do(TapeStore, 0, tape.Row(1, i), TapeRow{})
			}
			tape.Act(tape.Row(1, 0), tape.Row(1, 0), 2, Sin, 0)
			for i := range 2 {
				tape.Do(TapeLoad, 0, tape.Row(1, i), TapeRow{})
				tape.Do(TapeAdd, 0, tape.Row(0, i), TapeRow{})
				tape.Do(TapeStore, 0, tape.Row(0, i), TapeRow{})
			}
			y := make([]float64, len(want))
			Scale(y, 2, want)
			Act(y, y, Sin, 0)
			AddTo(want, y)
		}
		tape.Finish()
		tape.Bind(0, x)
		tape.Bind(1, w)
		tape.Run()
		checkSame(t, fmt.Sprintf("%d lanes", lanes), x, want)
		a.check(t, "tape")
	}
}

// TestTapeKeepsLanesApart: a lane that is no number harms nobody, and its place does not matter.
func TestTapeKeepsLanesApart(t *testing.T) { atEveryLevel(t, testTapeKeepsLanesApart) }

func testTapeKeepsLanesApart(t *testing.T) {
	run := func(x []float64) []float64 {
		lanes := len(x)
		tape, y := NewTape(lanes, 2), make([]float64, lanes)
		tape.Do(TapeScale, 1./3, tape.Row(0, 0), TapeRow{})
		tape.Do(TapeAXPY, 1./7, tape.Row(0, 0), TapeRow{})
		tape.Do(TapeMulAdd, 0, tape.Row(0, 0), tape.Row(0, 0))
		tape.Do(TapeStore, 0, tape.Row(1, 0), TapeRow{})
		tape.Sum(1, []float64{1. / 3, 0.7}, []TapeRow{tape.Row(1, 0), tape.Row(0, 0)}, tape.Row(0, 0), tape.Row(0, 0), tape.Row(1, 0))
		tape.Finish()
		tape.Bind(0, x)
		tape.Bind(1, y)
		tape.Run()
		return y
	}
	x := newArena(3).random(104)
	want := run(x)
	for _, first := range []int{96, 64, 8} {
		checkSame(t, "a part", run(x[first:first+8]), want[first:first+8])
	}
	x[5], x[70], x[100] = math.NaN(), math.Inf(1), math.NaN()
	for l, v := range run(x) {
		if l != 5 && l != 70 && l != 100 && v != want[l] {
			t.Errorf("lane %d changed", l)
		}
	}
}

func TestTapeRefusesShortVectors(t *testing.T) {
	tape := NewTape(8, 1)
	tape.Do(TapeStore, 0, tape.Row(0, 2), TapeRow{})
	tape.Finish()
	tape.Bind(0, make([]float64, 24))
	defer func() {
		if recover() == nil {
			t.Error("a vector of 23 numbers was taken for 24")
		}
	}()
	tape.Bind(0, make([]float64, 23))
}

// TestTapeNeedsWhatItNames: a number that is filled in is read from nowhere.
func TestTapeNeedsWhatItNames(t *testing.T) {
	const lanes = 8
	tape := NewTape(lanes, 2)
	tape.Do(TapeSpread, 0, tape.Number(0, 0), TapeRow{})
	tape.Do(TapeStore, 0, tape.Row(1, 0), TapeRow{})
	tape.Do(TapeFill, 3, TapeRow{}, TapeRow{})
	tape.Do(TapeStore, 0, tape.Row(1, 1), TapeRow{})
	tape.Finish()
	out := make([]float64, 2*lanes)
	tape.Bind(0, []float64{2})
	tape.Bind(1, out)
	tape.Run()
	for i, v := range out {
		if want := float64(2 + i/lanes); v != want {
			t.Errorf("value %d is %v, want %v", i, v, want)
		}
	}
}

// TestTapeFollowsLevelAndVectors: a tape may be bound anew and run at another level than the one it was made at.
func TestTapeFollowsLevelAndVectors(t *testing.T) {
	defer restore(Level())
	for _, lanes := range []int{1, 24, 72} {
		for _, made := range Levels() {
			restore(made)
			tape := NewTape(lanes, 2)
			tape.Sum(2, []float64{4}, []TapeRow{tape.Row(0, 0)}, tape.Row(0, 2), tape.Row(0, 1), tape.Row(1, 0))
			tape.Finish()
			for _, at := range Levels() {
				restore(at)
				a := newArena(7)
				x, y := a.powers(3*lanes), a.random(2*lanes)
				tape.Bind(0, x)
				tape.Bind(1, y)
				tape.Run()
				want := a.copy(y)
				for i := range want {
					want[i] = x[lanes+i] + x[2*lanes+i%lanes]*4*x[i]
				}
				checkSame(t, fmt.Sprintf("%d lanes, made at %s, run at %s", lanes, made, at), y, want)
				a.check(t, "tape")
			}
		}
	}
}

// TestTapeLeavesOutWhatPasses: sums that are read from registers alone are not written.
func TestTapeLeavesOutWhatPasses(t *testing.T) { atEveryLevel(t, testTapeLeavesOutWhatPasses) }

func testTapeLeavesOutWhatPasses(t *testing.T) {
	for _, lanes := range []int{1, 16, 72} {
		a := newArena(11)
		x, y := a.powers(5*lanes), a.random(4*lanes)
		want := a.copy(y)
		tape := NewTape(lanes, 2)
		tape.Sum(3, nil, nil, TapeRow{}, tape.Row(0, 0), tape.Row(1, 0))
		tape.Do(TapeSub, 0, tape.Row(1, 2), tape.Row(1, 0))
		tape.Do(TapeTimes, 0, tape.Row(1, 1), TapeRow{})
		tape.Do(TapeStore, 0, tape.Row(1, 3), TapeRow{})
		for l := range lanes {
			want[3*lanes+l] = (x[2*lanes+l] - x[l]) * x[lanes+l]
		}
		tape.Finish(1)
		tape.Bind(0, x)
		tape.Bind(1, y)
		tape.Run()
		checkSame(t, fmt.Sprintf("%d lanes", lanes), y, want)
	}
}
