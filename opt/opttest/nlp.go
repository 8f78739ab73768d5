package opttest

import (
	"math"
	"strconv"
	"strings"

	"github.com/entrain-dev/entrain/opt"
)

// Program is a nonlinear program written as text, with a known answer. Its
// NLP method makes it an opt.NLP.
type Program struct {
	Name      string
	Start     []float64
	Bounds    []string // "x >= 0" (all), "x3 <= 5", "1 <= x2 <= 4"
	Define    []string // "name = formula", each may use those before
	Objective string
	Rows      []string // "formula = 0", "formula >= 0", "1 <= formula <= 2"
	Best      float64  // the objective at the best solution that is known
	Other     float64  // at another local minimum near the start, 0 = none known
}

// text is a Program as an opt.NLP: dense, with exact derivatives.
type text struct {
	shape     opt.Shape
	jets      *jets
	objective int
	rows      []int
}

// NLP reads the formulas. It panics at one that is not understood.
func (p *Program) NLP() opt.NLP {
	n := len(p.Start)
	t := newTape(n)
	for _, d := range p.Define {
		name, formula, ok := strings.Cut(d, "=")
		if !ok {
			panic("opttest: definition " + d + " has no =")
		}
		t.names[strings.TrimSpace(name)] = t.formula(formula)
	}
	e := &text{objective: t.formula(p.Objective)}
	e.shape = opt.Shape{Low: make([]float64, n), High: make([]float64, n),
		Hessian: []opt.Patch{{Rows: n, Cols: n}}}
	for i := range n {
		e.shape.Low[i], e.shape.High[i] = math.Inf(-1), math.Inf(1)
	}
	for _, b := range p.Bounds {
		low, name, high := relation(b)
		for i := range n {
			if name == "x" || name == "x"+strconv.Itoa(i+1) {
				e.shape.Low[i], e.shape.High[i] = max(e.shape.Low[i], low), min(e.shape.High[i], high)
			}
		}
	}
	for _, r := range p.Rows {
		low, formula, high := relation(r)
		e.rows = append(e.rows, t.formula(formula))
		e.shape.Floor, e.shape.Ceiling = append(e.shape.Floor, low), append(e.shape.Ceiling, high)
	}
	if m := len(e.rows); m > 0 {
		e.shape.Jacobian = []opt.Patch{{Rows: m, Cols: n}}
	}
	e.jets = newJets(t)
	return e
}

// relation splits "a <= f <= b", "f >= a", "f <= b" and "f = a".
func relation(r string) (low float64, formula string, high float64) {
	r = strings.ReplaceAll(r, " ", "")
	low, high = math.Inf(-1), math.Inf(1)
	if parts := strings.Split(r, "<="); len(parts) == 3 {
		return value(parts[0]), parts[1], value(parts[2])
	} else if len(parts) == 2 {
		return low, parts[0], value(parts[1])
	}
	if f, v, ok := strings.Cut(r, ">="); ok {
		return value(v), f, high
	}
	f, v, ok := strings.Cut(r, "=")
	if !ok {
		panic("opttest: relation " + r + " has no sign")
	}
	return value(v), f, value(v)
}

func value(s string) float64 {
	t := newTape(0)
	v, ok := t.isConst(t.formula(s))
	if !ok {
		panic("opttest: bound " + s + " is not a number")
	}
	return v
}

// Shape implements opt.NLP.
func (e *text) Shape() opt.Shape { return e.shape }

// Values implements opt.NLP.
func (e *text) Values(c, x []float64) (float64, string) {
	e.jets.run(x, 0)
	for j, at := range e.rows {
		c[j], _, _ = e.jets.at(at)
	}
	f, _, _ := e.jets.at(e.objective)
	return f, ""
}

// Slopes implements opt.NLP.
func (e *text) Slopes(grad, jac, x []float64) string {
	e.jets.run(x, 1)
	_, g, _ := e.jets.at(e.objective)
	copy(grad, g)
	for j, at := range e.rows {
		_, g, _ := e.jets.at(at)
		copy(jac[j*len(x):], g)
	}
	return ""
}

// Curvature implements opt.NLP.
func (e *text) Curvature(hess, x []float64, w float64, y []float64) string {
	e.jets.run(x, 2)
	clear(hess)
	e.add(hess, e.objective, w)
	for j, at := range e.rows {
		e.add(hess, at, y[j])
	}
	return ""
}

func (e *text) add(hess []float64, at int, w float64) {
	if w == 0 {
		return
	}
	_, _, h := e.jets.at(at)
	n, k := e.jets.t.n, 0
	for r := range n {
		for c := range r + 1 {
			hess[r*n+c] += w * h[k]
			k++
		}
	}
}
