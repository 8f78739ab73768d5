package kernel

import (
	"fmt"
	"math"
	"testing"
)

// matrixKernel is a kernel and its specification behind one signature. All kernels here read two operands
// and write one; add says whether they start from what the result holds.
type matrixKernel struct {
	name      string
	per, add  bool
	run, spec func(out, p, q, b []float64, s shape)
	sizes     func(s shape) (out, p, q int)
	bias      bool
}

func matVecSizes(s shape) (int, int, int)  { return s.rows * s.lanes, s.weights(), s.cols * s.lanes }
func matVecTSizes(s shape) (int, int, int) { return s.cols * s.lanes, s.weights(), s.rows * s.lanes }
func outerSizes(s shape) (int, int, int)   { return s.weights(), s.rows * s.lanes, s.cols * s.lanes }

type plain = func(out, p, q []float64, rows, cols, lanes int)

func wrap(f plain) func(out, p, q, b []float64, s shape) {
	return func(out, p, q, _ []float64, s shape) { f(out, p, q, s.rows, s.cols, s.lanes) }
}

func specOf(f func(out, p, q []float64, s shape)) func(out, p, q, b []float64, s shape) {
	return func(out, p, q, _ []float64, s shape) { f(out, p, q, s) }
}

func matrixKernels() []matrixKernel {
	bias := matrixKernel{name: "MatVecBias", sizes: matVecSizes, bias: true}
	bias.run = func(y, w, x, b []float64, s shape) { MatVecBias(y, w, x, b, s.rows, s.cols, s.lanes) }
	bias.spec = func(y, w, x, b []float64, s shape) {
		for i := range y {
			y[i] = b[i/s.lanes]
		}
		specMatVec(y, w, x, s)
	}
	perLane := func(b []float64, lanes int) []float64 {
		v := make([]float64, len(b)*lanes)
		for i := range v {
			v[i] = b[i/lanes]
		}
		return v
	}
	biases := matrixKernel{name: "MatVecLanesBias", per: true, sizes: matVecSizes, bias: true}
	biases.run = func(y, w, x, b []float64, s shape) {
		MatVecLanesBias(y, w, x, perLane(b, s.lanes), s.rows, s.cols, s.lanes)
	}
	biases.spec = func(y, w, x, b []float64, s shape) {
		copy(y, perLane(b, s.lanes))
		specMatVec(y, w, x, s)
	}
	return []matrixKernel{
		bias,
		biases,
		times("MatVecTimes", false, MatVecTimes, specMatVec, matVecSizes),
		times("MatVecTTimes", false, MatVecTTimes, specMatVecT, matVecTSizes),
		times("MatVecLanesTimes", true, MatVecLanesTimes, specMatVec, matVecSizes),
		times("MatVecTLanesTimes", true, MatVecTLanesTimes, specMatVecT, matVecTSizes),
		{name: "MatVec", run: wrap(MatVec), spec: specOf(specMatVec), sizes: matVecSizes},
		{name: "MatVecAdd", add: true, run: wrap(MatVecAdd), spec: specOf(specMatVec), sizes: matVecSizes},
		{name: "MatVecT", run: wrap(MatVecT), spec: specOf(specMatVecT), sizes: matVecTSizes},
		{name: "MatVecTAdd", add: true, run: wrap(MatVecTAdd), spec: specOf(specMatVecT), sizes: matVecTSizes},
		{name: "OuterSum", add: true, run: wrap(OuterSum), spec: specOf(specOuter), sizes: outerSizes},
		{name: "MatVecLanes", per: true, run: wrap(MatVecLanes),
			spec: specOf(specMatVec), sizes: matVecSizes},
		{name: "MatVecLanesAdd", per: true, add: true, run: wrap(MatVecLanesAdd),
			spec: specOf(specMatVec), sizes: matVecSizes},
		{name: "MatVecTLanes", per: true, run: wrap(MatVecTLanes),
			spec: specOf(specMatVecT), sizes: matVecTSizes},
		{name: "MatVecTLanesAdd", per: true, add: true, run: wrap(MatVecTLanesAdd),
			spec: specOf(specMatVecT), sizes: matVecTSizes},
		{name: "OuterLanes", per: true, run: wrap(OuterLanes),
			spec: specOf(specOuter), sizes: outerSizes},
		{name: "OuterLanesAdd", per: true, add: true, run: wrap(OuterLanesAdd),
			spec: specOf(specOuter), sizes: outerSizes},
	}
}

// times is a product with factors, a power of two for each row.
func times(name string, per bool, f func(y, w, x, f []float64, rows, cols, lanes int),
	product func(out, p, q []float64, s shape), sizes func(s shape) (out, p, q int)) matrixKernel {
	factor := func(n, lanes int) []float64 {
		v := make([]float64, n)
		for i := range v {
			v[i] = math.Ldexp(1, i/lanes%7-3)
		}
		return v
	}
	return matrixKernel{name: name, per: per, sizes: sizes,
		run: func(y, w, x, _ []float64, s shape) { f(y, w, x, factor(len(y), s.lanes), s.rows, s.cols, s.lanes) },
		spec: func(y, w, x, _ []float64, s shape) {
			product(y, w, x, s)
			for i, v := range factor(len(y), s.lanes) {
				y[i] *= v
			}
		}}
}

// forShapes runs f over all test shapes of a kernel, the largest matrices per lane left out.
func forShapes(per bool, f func(s shape)) {
	for _, rows := range testSizes {
		for _, cols := range testSizes {
			for _, lanes := range testLanes {
				if s := (shape{rows, cols, lanes, per}); s.weights() <= 20000 && rows*cols*lanes <= 40000 {
					f(s)
				}
			}
		}
	}
}

// TestMatrixKernelsAddInThePromisedOrder compares bit for bit with the specification. The first operand holds
// powers of two, so products are exact and only the order of additions can differ.
func TestMatrixKernelsAddInThePromisedOrder(t *testing.T) {
	atEveryLevel(t, testMatrixKernelsAddInThePromisedOrder)
}

func testMatrixKernelsAddInThePromisedOrder(t *testing.T) {
	for _, k := range matrixKernels() {
		t.Run(k.name, func(t *testing.T) {
			forShapes(k.per, func(s shape) {
				a := newArena(uint64(s.rows*1000 + s.cols*10 + s.lanes))
				nout, np, nq := k.sizes(s)
				out, p, q, b := a.random(nout), a.powers(np), a.random(nq), a.random(s.rows)
				want := a.copy(out)
				if !k.add {
					clear(want)
				}
				k.spec(want, p, q, b, s)
				k.run(out, p, q, b, s)
				what := fmt.Sprintf("%s %+v", k.name, s)
				checkSame(t, what, out, want)
				a.check(t, what)
			})
		})
	}
}

// TestMatrixKernelsKeepLanesApart puts NaN and infinity into one lane of the operands with lanes.
func TestMatrixKernelsKeepLanesApart(t *testing.T) { atEveryLevel(t, testMatrixKernelsKeepLanesApart) }

func testMatrixKernelsKeepLanesApart(t *testing.T) {
	for _, k := range matrixKernels() {
		if k.name == "OuterSum" {
			continue // its name says that lanes are summed
		}
		forShapes(k.per, func(s shape) {
			if s.lanes == 1 || s.rows*s.cols == 0 {
				return
			}
			a := newArena(3)
			nout, np, nq := k.sizes(s)
			out, p, q, b := a.random(nout), a.random(np), a.random(nq), a.random(s.rows)
			dirty := a.copy(out)
			k.run(out, p, q, b, s)
			sick := (s.rows + s.cols) % s.lanes
			q[sick] = math.NaN()
			q[(nq/s.lanes-1)*s.lanes+sick] = math.Inf(1)
			if k.per && np > nq {
				p[sick] = math.NaN()
			}
			k.run(dirty, p, q, b, s)
			for i := range out {
				if i%s.lanes != sick && !same(out[i], dirty[i]) {
					t.Fatalf("%s %+v: lane %d changed by lane %d", k.name, s, i%s.lanes, sick)
				}
			}
		})
	}
}

// TestALaneDoesNotDependOnItsCompany runs lanes of a wide batch again as lane 3 of eight.
func TestALaneDoesNotDependOnItsCompany(t *testing.T) {
	atEveryLevel(t, testALaneDoesNotDependOnItsCompany)
}

func testALaneDoesNotDependOnItsCompany(t *testing.T) {
	const at = 3
	for _, k := range matrixKernels() {
		if k.name == "OuterSum" {
			continue // its name says that lanes are summed
		}
		for _, size := range [][2]int{{9, 50}, {50, 3}, {2, 7}, {13, 11}} {
			for _, lanes := range []int{8, 40, 64} {
				wide, narrow := shape{size[0], size[1], lanes, k.per}, shape{size[0], size[1], 8, k.per}
				a := newArena(4)
				nout, np, nq := k.sizes(wide)
				out, p, q, b := a.random(nout), a.random(np), a.random(nq), a.random(wide.rows)
				nout8, np8, nq8 := k.sizes(narrow)
				for l := range lanes {
					lane := func(v []float64, n int) []float64 {
						u := a.random(n)
						for i := range n / 8 {
							u[8*i+at] = v[i*lanes+l]
						}
						return u
					}
					out8, p8, q8 := lane(out, nout8), p, lane(q, nq8)
					if k.per {
						p8 = lane(p, np8)
					}
					was := a.copy(out)
					k.run(was, p, q, b, wide)
					k.run(out8, p8, q8, b, narrow)
					for i := range nout / lanes {
						if !same(out8[8*i+at], was[i*lanes+l]) {
							t.Fatalf("%s %v: lane %d of %d differs from lane %d of 8", k.name, size, l, lanes, at)
						}
					}
				}
			}
		}
	}
}

// TestTimesIsAProductAndMul checks bit for bit, with a factor of its own for every value.
func TestTimesIsAProductAndMul(t *testing.T) { atEveryLevel(t, testTimesIsAProductAndMul) }

func testTimesIsAProductAndMul(t *testing.T) {
	type timed = func(y, w, x, f []float64, rows, cols, lanes int)
	for _, k := range []struct {
		name  string
		per   bool
		plain plain
		times timed
		sizes func(s shape) (out, p, q int)
	}{
		{"MatVec", false, MatVec, MatVecTimes, matVecSizes}, {"MatVecT", false, MatVecT, MatVecTTimes, matVecTSizes},
		{"MatVecLanes", true, MatVecLanes, MatVecLanesTimes, matVecSizes},
		{"MatVecTLanes", true, MatVecTLanes, MatVecTLanesTimes, matVecTSizes},
	} {
		forShapes(k.per, func(s shape) {
			a := newArena(uint64(s.rows + s.cols))
			n, np, nq := k.sizes(s)
			got, want, f, w, x := a.random(n), a.random(n), a.random(n), a.random(np), a.random(nq)
			k.plain(want, w, x, s.rows, s.cols, s.lanes)
			Mul(want, want, f)
			k.times(got, w, x, f, s.rows, s.cols, s.lanes)
			what := fmt.Sprintf("%s %+v", k.name, s)
			checkSame(t, what, got, want)
			a.check(t, what)
		})
	}
}

// TestLanesBiasIsACopyAndMatVecLanesAdd, bit for bit, with a bias of its own for every value.
func TestLanesBiasIsACopyAndMatVecLanesAdd(t *testing.T) {
	atEveryLevel(t, func(t *testing.T) {
		forShapes(true, func(s shape) {
			if s.lanes == 1 {
				return // as MatVecBias
			}
			a := newArena(uint64(s.rows + s.cols))
			n, np, nq := matVecSizes(s)
			got, b, w, x := a.random(n), a.random(n), a.random(np), a.random(nq)
			want := a.copy(b)
			MatVecLanesAdd(want, w, x, s.rows, s.cols, s.lanes)
			MatVecLanesBias(got, w, x, b, s.rows, s.cols, s.lanes)
			what := fmt.Sprintf("%+v", s)
			checkSame(t, what, got, want)
			a.check(t, what)
		})
	})
}

// TestTransposeIsAdjoint checks ⟨y, W x⟩ = ⟨Wᵀ y, x⟩ lane by lane.
func TestTransposeIsAdjoint(t *testing.T) { atEveryLevel(t, testTransposeIsAdjoint) }

func testTransposeIsAdjoint(t *testing.T) {
	const rows, cols = 7, 9
	for _, lanes := range testLanes {
		a := newArena(5)
		norm := func() float64 { return a.NormFloat64() }
		w, x, y := a.slice(rows*cols, norm), a.slice(cols*lanes, norm), a.slice(rows*lanes, norm)
		wx, wty := a.random(rows*lanes), a.random(cols*lanes)
		MatVec(wx, w, x, rows, cols, lanes)
		MatVecT(wty, w, y, rows, cols, lanes)
		for l := range lanes {
			var left, right float64
			for i := range rows {
				left += y[i*lanes+l] * wx[i*lanes+l]
			}
			for j := range cols {
				right += wty[j*lanes+l] * x[j*lanes+l]
			}
			if !(math.Abs(left-right) <= 1e-12) {
				t.Errorf("lanes %d: ⟨y, Wx⟩ = %v, ⟨Wᵀy, x⟩ = %v", lanes, left, right)
			}
		}
	}
}

func TestWrongShapesPanic(t *testing.T) { atEveryLevel(t, testWrongShapesPanic) }

func testWrongShapesPanic(t *testing.T) {
	v := make([]float64, 64)
	for name, f := range map[string]func(){
		"seven lanes":  func() { MatVec(v, v[:1], v, 1, 1, 7) },
		"no lanes":     func() { Spread(v, v, 1, 0) },
		"short y":      func() { MatVec(v[:7], v[:1], v, 1, 1, 8) },
		"short weight": func() { OuterLanesAdd(v[:15], v, v, 1, 2, 8) },
		"order":        func() { Act(v, v, Tanh, 5) },
		"pair order":   func() { ActPair(v[:8], v[8:16], v, Tanh, 4) },
		"unknown kind": func() { Act(v, v, Kind(200), 0) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			f()
		})
	}
}
