package train

import (
	"fmt"
	"math"
	"math/cmplx"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/model"
)

const (
	mostOrder   = 16
	mostLags    = 128   // columns × order
	arxGrowth   = 2     // times that a disturbance may grow over a quarter of the rows
	arxResidual = 1e-10 // least variance of residuals, scaled
	arxOrigins  = 4
	arxWorse    = 1.5 // times the smallest error of free runs that the chosen order may have
	mostARX     = 1e6 // steps of its grid, more of which are a gap
	arxGap      = 1.5 // steps between known values over which straight lines count as values
)

// arxRidges are added to the Gram matrix, a row.
var arxRidges = []float64{1e-9, 1e-3, 1e-2, 0.1, 1}

// linear is the model
//
//	x_k = c + Σ_{i=1…p} A_i x_{k−i} + Σ_{i=0…p} B_i u_{k−i}
//
// on a regular grid, in scaled units (ARX). Inputs up to the time that is forecast
// are known.
//
// Source: Ljung, System Identification (1999), section 4.2.
type linear struct {
	order  int
	step   float64
	coef   *mat.Dense // regressors × columns; regressors: 1, u_k, x_{k−1}, u_{k−1}, x_{k−2}, …
	d, m   int
	shift  []float64 // of columns, then of inputs
	scale  []float64
	inputs []string
	hold   []bool // of each input
}

// linearBaseline fits the linear model by least squares, its order chosen by
// Schwarz's criterion over the same rows for all orders, among those that do not run
// away and whose free runs over training rows are not much worse than the best: an
// order that predicts one step well may be a bad free run. If all run away, the
// coefficients are drawn to zero until one does not. Where values are missing, lags that straight lines give
// are used only within arxGap steps.
func (p *Problem) linearBaseline() (Baseline, bool) {
	g, f := p.mesh(), &p.Parts.Frame
	d, m := len(p.Train[0].Names), len(p.Train[0].Inputs)
	l := &linear{step: g.step, d: d, m: m, inputs: p.Train[0].Inputs}
	l.hold, _ = model.Holding(p.Hold, l.inputs)
	moments := data.NewMoments(p.Train...)
	for c := range d {
		l.shift, l.scale = append(l.shift, moments.Mean[c]), append(l.scale, orOne(moments.SD[c]))
	}
	l.shift, l.scale = append(l.shift, f.UShift...), append(l.scale, f.UScale...)
	rows := 0
	for _, s := range p.Train {
		rows += s.Len()
	}
	for top := min(mostOrder, mostLags/d, rows/(3*(d+m))); top > 0; top /= 2 {
		s := l.sums(p.Train, top)
		if s.count > l.width(top)*3/2 {
			drawn := slices.IndexFunc(arxRidges, func(ridge float64) bool { return l.choose(s, top, ridge, p.Train) })
			if drawn >= 0 {
				note := "ARX"
				if m == 0 {
					note = "AR"
				}
				if drawn > 0 {
					note = "ridge " + note
				}
				return Baseline{Name: BaselineLinear, Note: fmt.Sprintf("%s of order %d%s", note, l.order, g.note()), run: l.run}, true
			}
			break
		}
	}
	return Baseline{}, false
}

func orOne(v float64) float64 {
	if v > 0 {
		return v
	}
	return 1
}

// width is the number of regressors of an order.
func (l *linear) width(order int) int { return 1 + l.m + order*(l.d+l.m) }

// sums are the products of regressors with each other and with what they explain.
type sums struct {
	gram  *mat.SymDense
	cross *mat.Dense
	power []float64 // of each column
	count int
}

func (l *linear) sums(train []data.Series, top int) *sums {
	w := l.width(top)
	s := &sums{gram: mat.NewSymDense(w, nil), cross: mat.NewDense(w, l.d, nil), power: make([]float64, l.d)}
	z := mat.NewVecDense(w, nil)
	for i := range train {
		x, known := l.sample(&train[i])
		u := l.drive(&train[i], nil, train[i].T[0], len(known))
		for k := top; k < len(known); k++ {
			all := true
			for lag := 0; lag <= top; lag++ {
				all = all && known[k-lag]
			}
			if !all {
				continue
			}
			l.regressors(z.RawVector().Data, x, u, k, top)
			s.gram.SymRankOne(s.gram, 1, z)
			for c := range l.d {
				v := x[k*l.d+c]
				s.power[c] += v * v
				for j := range w {
					s.cross.Set(j, c, s.cross.At(j, c)+z.AtVec(j)*v)
				}
			}
			s.count++
		}
	}
	return s
}

// regressors fills z with those of grid point k.
func (l *linear) regressors(z, x, u []float64, k, order int) {
	z[0] = 1
	at := 1 + copy(z[1:], u[k*l.m:(k+1)*l.m])
	for lag := 1; lag <= order; lag++ {
		at += copy(z[at:], x[(k-lag)*l.d:(k-lag+1)*l.d])
		at += copy(z[at:], u[(k-lag)*l.m:(k-lag+1)*l.m])
	}
}

// sample puts a recording on the grid from its first time on, scaled, and tells
// which points are known.
func (l *linear) sample(s *data.Series) (x []float64, known []bool) {
	n := 1 + int(min(mostARX, (s.T[s.Len()-1]-s.T[0])/l.step+1e-6)) // the rest is a gap
	x, known = make([]float64, n*l.d), make([]bool, n)
	for k := range known {
		known[k] = true
	}
	for c := range l.d {
		col := newLine(s.T, s.Column(c))
		for k := range n {
			t := s.T[0] + float64(k)*l.step
			x[k*l.d+c] = (col.at(t) - l.shift[c]) / l.scale[c]
			known[k] = known[k] && col.apart(t, unsteady*l.step) <= arxGap*l.step
		}
	}
	return x, known
}

// drive are the inputs at n grid points from t0 on, scaled; future, which may be
// nil, goes on where s ends.
func (l *linear) drive(s, future *data.Series, t0 float64, n int) []float64 {
	u := make([]float64, n*l.m)
	for c := range l.m {
		in := data.Series{Names: l.inputs, T: s.T, X: s.U}
		t, y := s.T, in.Column(c)
		if future != nil {
			next := data.Series{Names: l.inputs, T: future.T, X: future.U}
			t, y = append(append([]float64{}, t...), future.T...), append(y, next.Column(c)...)
		}
		col := newLine(t, y)
		for k := range n {
			at := t0 + float64(k)*l.step
			v := col.at(at)
			if l.hold[c] {
				v = col.held(at)
			}
			u[k*l.m+c] = (v - l.shift[l.d+c]) / l.scale[l.d+c]
		}
	}
	return u
}

// choose fits every order up to top and keeps the best; false if none can be
// fitted.
func (l *linear) choose(s *sums, top int, ridge float64, train []data.Series) bool {
	type fit struct {
		order          int
		coef           *mat.Dense
		criterion, off float64
	}
	var all []fit
	nearest := math.Inf(1)
	for order := 1; order <= top; order++ {
		coef, criterion := l.solve(s, order, ridge)
		if coef == nil {
			continue
		}
		if l.order, l.coef = order, coef; math.Pow(l.radius(), max(5, float64(s.count)/4)) > arxGrowth {
			continue
		}
		off := l.runsOff(train)
		all, nearest = append(all, fit{order, coef, criterion, off}), min(nearest, off)
	}
	least := math.Inf(1)
	for _, f := range all {
		if f.off <= arxWorse*nearest && f.criterion < least {
			least, l.order, l.coef = f.criterion, f.order, f.coef
		}
	}
	return !math.IsInf(least, 1)
}

// solve fits one order: its coefficients, nil if there are none, and Schwarz's
// criterion.
func (l *linear) solve(s *sums, order int, ridge float64) (*mat.Dense, float64) {
	w, n := l.width(order), float64(s.count)
	gram := mat.NewSymDense(w, nil)
	for i := range w {
		for j := i; j < w; j++ {
			gram.SetSym(i, j, s.gram.At(i, j))
		}
		gram.SetSym(i, i, gram.At(i, i)+ridge*n)
	}
	var chol mat.Cholesky
	coef, cross := mat.NewDense(w, l.d, nil), s.cross.Slice(0, w, 0, l.d)
	if !chol.Factorize(gram) || chol.SolveTo(coef, cross) != nil {
		return nil, 0
	}
	criterion := float64(w*l.d) * math.Log(n)
	for c := range l.d {
		rest := s.power[c]
		for j := range w {
			rest -= coef.At(j, c) * cross.At(j, c)
		}
		criterion += n * math.Log(max(rest/n, arxResidual))
	}
	return coef, criterion
}

// radius is the largest modulus of the eigenvalues of the recursion.
func (l *linear) radius() float64 {
	n := l.d * l.order
	a := mat.NewDense(n, n, nil)
	for lag := range l.order {
		for i := range l.d {
			for c := range l.d {
				a.Set(c, lag*l.d+i, l.coef.At(1+l.m+lag*(l.d+l.m)+i, c))
			}
		}
	}
	for i := l.d; i < n; i++ {
		a.Set(i, i-l.d, 1)
	}
	values := num.Eigenvalues(a.RawMatrix().Data, n)
	if values == nil {
		return math.Inf(1)
	}
	largest := 0.0
	for _, v := range values {
		largest = max(largest, cmplx.Abs(v))
	}
	return largest
}

// runsOff is the root mean squared error, scaled, of free runs over a fifth of
// the training rows from a few origins; +Inf if one runs out of numbers.
func (l *linear) runsOff(train []data.Series) float64 {
	sum, count := 0.0, 0.0
	for i := range train {
		s := &train[i]
		n := s.Len()
		long := max(1, n/5)
		for k := 1; k <= arxOrigins; k++ {
			at := k * (n - long) / arxOrigins
			if at < 1 {
				continue
			}
			past, ahead := s.Slice(0, at), s.Slice(at, at+long)
			for j, v := range l.run(&past, &ahead) {
				if want := ahead.X[j]; !math.IsNaN(want) {
					e := (v - want) / l.scale[j%l.d]
					sum, count = sum+e*e, count+1
				}
			}
		}
	}
	if count == 0 || !isNumber(sum) {
		return math.Inf(1)
	}
	return math.Sqrt(sum / count)
}

// run is the free run behind a history, whose last values, put on the grid that
// ends at the origin, are the first lags. What runs out of numbers is NaN.
func (l *linear) run(history, future *data.Series) []float64 {
	end := history.T[history.Len()-1]
	ahead := math.Ceil((future.T[future.Len()-1]-end)/l.step - 1e-6)
	if ahead > mostARX {
		return slices.Repeat([]float64{math.NaN()}, future.Len()*l.d)
	}
	steps := int(ahead)
	t0 := end - float64(l.order-1)*l.step
	n := l.order + steps
	x := make([]float64, n*l.d)
	for c := range l.d {
		col := newLine(history.T, history.Column(c))
		for k := range l.order {
			x[k*l.d+c] = (col.at(t0+float64(k)*l.step) - l.shift[c]) / l.scale[c]
		}
	}
	u := l.drive(history, future, t0, n)
	z := make([]float64, l.width(l.order))
	for k := l.order; k < n; k++ {
		l.regressors(z, x, u, k, l.order)
		for c := range l.d {
			v := 0.0
			for j, r := range z {
				v += l.coef.At(j, c) * r
			}
			x[k*l.d+c] = v
		}
	}
	var out []float64
	for _, t := range future.T {
		q := (t - end) / l.step
		i := min(int(q+1e-6), steps-1)
		w := min(1, max(0, q-float64(i)))
		at := (l.order - 1 + i) * l.d
		for c := range l.d {
			v := l.shift[c] + l.scale[c]*(x[at+c]+w*(x[at+l.d+c]-x[at+c]))
			if !isNumber(v) {
				v = math.NaN()
			}
			out = append(out, v)
		}
	}
	return out
}
