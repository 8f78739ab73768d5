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
			if k%2 == 0 {
				i, j, p, h := a.IntN(rows), a.IntN(rows), a.IntN(rows), a.IntN(rows)
				tape.Sum([]float64{2, 0, -0.5}, []TapeRow{tape.Row(0, i), {}, tape.Row(0, j)}, tape.Row(0, h), tape.Row(0, p))
				for l := range acc {
					acc[l] = in[p*lanes+l] + in[h*lanes+l]*(2*in[i*lanes+l]-0.5*in[j*lanes+l])
				}
			}
			if k%3 == 0 {
				tape.Do(TapeStore, 0, tape.Row(2, (k+1)%(2*rows)), TapeRow{})
				copy(want[(k+1)%(2*rows)*lanes:], acc)
			}
			tape.Do(TapeStore, 0, tape.Row(2, k), TapeRow{})
			copy(want[k*lanes:], acc)
		}
		for i, v := range [][]float64{in, numbers, out} {
			tape.Bind(i, v)
		}
		tape.Run()
		checkSame(t, fmt.Sprintf("%d lanes", lanes), out, want)
		a.check(t, "tape")
	}
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
		tape.Sum([]float64{1. / 3, 0.7}, []TapeRow{tape.Row(0, 0), tape.Row(0, 0)}, tape.Row(0, 0), tape.Row(0, 0))
		tape.Do(TapeStore, 0, tape.Row(1, 0), TapeRow{})
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
	tape.Bind(0, make([]float64, 24))
	defer func() {
		if recover() == nil {
			t.Error("a vector of 23 numbers was taken for 24")
		}
	}()
	tape.Bind(0, make([]float64, 23))
}
