package kernel

import (
	"fmt"
	"math"
	"testing"
)

// TestScriptsAreTheFunctionsTheyName, joined at other places too.
func TestScriptsAreTheFunctionsTheyName(t *testing.T) {
	atEveryLevel(t, func(t *testing.T) {
		for _, n := range []int{1, 2, 3, 4, 9, 32} {
			a := newArena(uint64(n))
			w, b, x, h := a.random(n*n), a.random(n), a.random(n), a.random(1)
			y, d, z := a.random(n), a.random(n), a.random(n)
			all := a.random(3 * n)
			sum := NewCombination([]float64{1, 0, 2}, [][]float64{all[:n], nil, all[n : 2*n]})
			one := NewScript(5) // w, b, x, y, d
			one.Do(ScriptOp{Code: ScriptMatVecBias, Dst: ScriptPlace{3, 0, n}, A: ScriptPlace{0, 0, n * n}, B: ScriptPlace{2, 0, n},
				C: ScriptPlace{1, 0, n}, Rows: n, Cols: n})
			one.Do(ScriptOp{Code: ScriptActPair, Kind: GELU, Dst: ScriptPlace{3, 0, n}, C: ScriptPlace{4, 0, n}, A: ScriptPlace{3, 0, n},
				Rows: n, Cols: 1})
			s := NewScript(5) // w, b, x, y with d behind it and z behind that, h
			s.Join(one, []ScriptPlace{{Base: 0}, {Base: 1}, {Base: 2}, {Base: 3}, {Base: 3, At: n}})
			s.Do(ScriptOp{Code: ScriptSum, Sum: sum, Dst: ScriptPlace{3, 2 * n, n}, A: ScriptPlace{2, 0, n}, B: ScriptPlace{4, 0, 1}})
			for k, v := range [][]float64{w, b, x, all, h} {
				s.Bind(k, v)
			}
			s.Run()
			MatVecBias(y, w, x, b, n, n, 1)
			ActPair(y, d, append([]float64{}, y...), GELU, 0)
			NewCombination([]float64{1, 2}, [][]float64{y, d}).Step(z, x, h)
			what := fmt.Sprintf("%d units", n)
			checkSame(t, what+", values", all[:n], y)
			checkSame(t, what+", slopes", all[n:2*n], d)
			checkSame(t, what+", sum", all[2*n:], z)
			a.check(t, what)
		}
	})
}

// TestScriptsOfLanesAreTheFunctionsTheyName: products with a matrix for every lane, of few numbers and of more than one
// call makes.
func TestScriptsOfLanesAreTheFunctionsTheyName(t *testing.T) {
	type product func(dst, w, src, b []float64, rows, cols, lanes int)
	plain := func(f func(dst, w, src []float64, rows, cols, lanes int)) product {
		return func(dst, w, src, _ []float64, rows, cols, lanes int) { f(dst, w, src, rows, cols, lanes) }
	}
	functions := map[ScriptCode]product{
		ScriptMatVec: plain(MatVecLanes), ScriptMatVecAdd: plain(MatVecLanesAdd), ScriptMatVecBias: MatVecLanesBias,
		ScriptMatVecTimes: MatVecLanesTimes, ScriptMatVecT: plain(MatVecTLanes), ScriptMatVecTAdd: plain(MatVecTLanesAdd),
		ScriptMatVecTTimes: MatVecTLanesTimes, ScriptOuter: plain(OuterLanes), ScriptOuterSum: plain(OuterLanesAdd),
	}
	atEveryLevel(t, func(t *testing.T) {
		for _, s := range []shape{{4, 3, 1, true}, {3, 2, 8, true}, {2, 9, 8, true}, {17, 5, 24, true}, {257, 260, 8, true}} {
			for code, f := range functions {
				a := newArena(uint64(s.rows))
				dst, src, out := s.rows*s.lanes, s.cols*s.lanes, s.weights()
				if code == ScriptMatVecT || code == ScriptMatVecTAdd || code == ScriptMatVecTTimes {
					dst, src = src, dst
				}
				w, x, y, b := a.random(out), a.random(src), a.random(dst), a.random(dst)
				one := ScriptOp{Code: code, Dst: ScriptPlace{0, 0, dst}, A: ScriptPlace{1, 0, out}, B: ScriptPlace{2, 0, src},
					C: ScriptPlace{3, 0, dst}, Rows: s.rows, Cols: s.cols, Lanes: s.lanes}
				if code == ScriptOuter || code == ScriptOuterSum {
					y, w = w, y
					one.Dst, one.A = ScriptPlace{0, 0, out}, ScriptPlace{1, 0, dst}
				}
				want := a.copy(y)
				f(want, w, x, b, s.rows, s.cols, s.lanes)
				script := NewScript(4)
				script.Do(one)
				for k, v := range [][]float64{y, w, x, b} {
					script.Bind(k, v)
				}
				script.Run()
				what := fmt.Sprintf("operation %d, %+v", code, s)
				checkSame(t, what, y, want)
				a.check(t, what)
			}
		}
	})
}

// TestScriptsRefuseSumsThatCannotBe: of no terms, and of terms shorter than the result.
func TestScriptsRefuseSumsThatCannotBe(t *testing.T) {
	k := [][]float64{{1, math.NaN()}}
	for name, op := range map[string]ScriptOp{
		"no terms":    {Code: ScriptSum, Sum: NewCombination([]float64{0}, k), Dst: ScriptPlace{Len: 2}},
		"short terms": {Code: ScriptSum, Sum: NewCombination([]float64{1}, k), Dst: ScriptPlace{Len: 3}},
		"no rows":     {Code: ScriptSum, Sum: NewCombination([]float64{1}, k)},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: accepted", name)
				}
			}()
			NewScript(1).Do(op)
		}()
	}
}
