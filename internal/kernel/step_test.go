package kernel

import (
	"fmt"
	"math"
	"testing"
)

var stepRows = []int{0, 1, 2, 3, 4, 9, 50}

// TestCombinationAddsStagesInOrder: powers of two as stages make products exact. Unused stages are NaN or nil.
func TestCombinationAddsStagesInOrder(t *testing.T) {
	atEveryLevel(t, testCombinationAddsStagesInOrder)
}

func testCombinationAddsStagesInOrder(t *testing.T) {
	coefs := [][]float64{
		{}, {0, 0}, {0.5}, {0, 3}, {1. / 3, 0, 0.7}, {0.1, 0.2, 0, 0.3, 0.4}, {1, 2, 3, 4, 5, 6, 7},
	}
	for _, rows := range stepRows {
		for _, lanes := range testLanes {
			for c, coef := range coefs {
				a := newArena(uint64(c))
				n := rows * lanes
				x, h := a.random(n), a.powers(lanes)
				k := make([][]float64, len(coef)+1)
				for s, cs := range coef {
					switch {
					case cs != 0:
						k[s] = a.powers(n)
					case s == 0:
						k[s] = a.slice(n, math.NaN)
					}
				}
				dst, want := a.random(n), a.copy(x)
				for i := range want {
					v, used := 0., false
					for s, cs := range coef {
						if cs != 0 {
							v, used = v+cs*k[s][i], true
						}
					}
					if used {
						want[i] += h[i%lanes] * v
					}
				}
				what := fmt.Sprintf("rows %d lanes %d coefficients %v", rows, lanes, coef)
				stageSum(dst, x, h, coef, k, rows, lanes)
				checkSame(t, what, dst, want)
				inPlace := a.copy(x)
				stageSum(inPlace, inPlace, h, coef, k, rows, lanes)
				checkSame(t, what+", dst = x", inPlace, want)
				if len(coef) > 0 && coef[len(coef)-1] != 0 {
					last := k[len(coef)-1]
					stageSum(last, x, h, coef, k, rows, lanes)
					checkSame(t, what+", dst = k", last, want)
				}
				a.check(t, what)
			}
		}
	}
}

func TestCombinationKeepsLanesApart(t *testing.T) { atEveryLevel(t, testCombinationKeepsLanesApart) }

func testCombinationKeepsLanesApart(t *testing.T) {
	const rows, lanes = 3, 16
	a := newArena(1)
	x, h, k := a.random(rows*lanes), a.random(lanes), [][]float64{a.random(rows * lanes), a.random(rows * lanes)}
	clean, dirty := a.random(rows*lanes), a.random(rows*lanes)
	stageSum(clean, x, h, []float64{1, 2}, k, rows, lanes)
	x[lanes+5], k[1][5], h[7] = math.NaN(), math.Inf(1), math.NaN()
	stageSum(dirty, x, h, []float64{1, 2}, k, rows, lanes)
	for i := range clean {
		if l := i % lanes; l != 5 && l != 7 && clean[i] != dirty[i] {
			t.Fatalf("lane %d changed", l)
		}
	}
}

func TestErrNormIsTheRootMeanSquare(t *testing.T) { atEveryLevel(t, testErrNormIsTheRootMeanSquare) }

func testErrNormIsTheRootMeanSquare(t *testing.T) {
	const rtol, atol = 1e-3, 1e-6
	for _, rows := range stepRows {
		for _, lanes := range testLanes {
			a := newArena(uint64(rows))
			n := rows * lanes
			e, x0, x1, norm := a.random(n), a.random(n), a.random(n), a.random(lanes)
			ErrNorm(norm, e, x0, x1, rtol, atol, rows, lanes)
			for l := range lanes {
				var squares float64
				for i := range rows {
					at := i*lanes + l
					q := e[at] / (atol + rtol*math.Max(math.Abs(x0[at]), math.Abs(x1[at])))
					squares += q * q / float64(rows)
				}
				if want := math.Sqrt(squares); !(math.Abs(norm[l]-want) <= 1e-14*want) {
					t.Fatalf("rows %d, lane %d of %d: %v, want %v", rows, l, lanes, norm[l], want)
				}
			}
			a.check(t, "ErrNorm")
		}
	}
}

// TestErrNormSeesNaN in each operand, in its own lane only.
func TestErrNormSeesNaN(t *testing.T) { atEveryLevel(t, testErrNormSeesNaN) }

func testErrNormSeesNaN(t *testing.T) {
	for _, lanes := range testLanes {
		for operand := range 3 {
			v := [3][]float64{}
			for i := range v {
				v[i] = newArena(1).random(9 * lanes)
			}
			norm, sick := make([]float64, lanes), 4%lanes
			v[operand][8*lanes+sick] = math.NaN()
			ErrNorm(norm, v[0], v[1], v[2], 1e-3, 1e-6, 9, lanes)
			for l, q := range norm {
				if (q != q) != (l == sick) {
					t.Errorf("operand %d: norm of lane %d is %v, the sick lane is %d", operand, l, q, sick)
				}
			}
		}
	}
}

// TestErrNormOfManyRowsWithoutAbsoluteTolerance: what lies behind the last row counts for nothing, though it is 0/0 there.
// More rows than one call in assembly takes are added up in the same order.
func TestErrNormOfManyRowsWithoutAbsoluteTolerance(t *testing.T) {
	atEveryLevel(t, func(t *testing.T) {
		for _, rows := range []int{1, 2, 3, 4, 8, 9, 13, 16, 70001} {
			a := newArena(uint64(rows))
			e, x0, x1, norm := a.random(rows), a.random(rows), a.random(rows), []float64{0}
			ErrNorm(norm, e, x0, x1, 1e-3, 0, rows, 1)
			if want := errNormRowGo(e, x0, x1, 1e-3, 0); !same(norm[0], want) || want != want {
				t.Errorf("%d rows: %v, want %v", rows, norm[0], want)
			}
		}
	})
}

// stageSum combines stages once.
func stageSum(dst, x, h, coef []float64, k [][]float64, rows, lanes int) {
	NewCombination(coef, k).Step(dst[:rows*lanes], x, h[:lanes])
}
