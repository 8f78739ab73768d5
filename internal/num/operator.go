package num

import (
	"math"
	"sort"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// Eigenpair is an eigenvalue with its vector. Residual is ‖H·v − λ·v‖ of the vector of unit length,
// so an eigenvalue of H lies within it of Value.
type Eigenpair struct {
	Value    float64   `json:"value"`
	Residual float64   `json:"residual"`
	Vector   []float64 `json:"-"`
}

// eigenTol is the residual, in units of the largest eigenvalue, at which an
// eigenpair is found.
const eigenTol = 1e-9

// TopEigenpairs returns the n eigenpairs whose values are largest in magnitude, the
// largest first, by at most steps Lanczos steps from a random start. There are
// fewer if H has fewer.
func TopEigenpairs(op Operator, n, steps int, seed uint64) []Eigenpair {
	k := &krylov{}
	k.begin(gaussian(op.Size(), seed, "hessian/top", 0))
	for extend(op, []*krylov{k}) && len(k.alpha) < steps {
		if m := len(k.alpha); m%8 == 0 && m > n && k.found(n) {
			break
		}
	}
	values, s := k.ritz()
	var out []Eigenpair
	for _, i := range byMagnitude(values)[:min(n, len(values))] {
		e := Eigenpair{Value: values[i], Vector: k.vector(s, i)}
		out = append(out, e)
	}
	measure(op, out)
	return out
}

// measure computes the residuals of eigenpairs by products.
func measure(op Operator, all []Eigenpair) {
	v, w := make([][]float64, len(all)), make([][]float64, len(all))
	for i := range all {
		v[i], w[i] = all[i].Vector, make([]float64, op.Size())
	}
	op.Apply(w, v)
	for i := range all {
		floats.AddScaled(w[i], -all[i].Value, v[i])
		all[i].Residual = floats.Norm(w[i], 2)
	}
}

// found tells that the n largest eigenvalues have residuals that are small.
func (k *krylov) found(n int) bool {
	values, s := k.ritz()
	order := byMagnitude(values)
	for _, i := range order[:n] {
		if k.residual(s, i) > eigenTol*math.Abs(values[order[0]]) {
			return false
		}
	}
	return true
}

func byMagnitude(values []float64) []int {
	order := make([]int, len(values))
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(a, b int) bool { return math.Abs(values[order[a]]) > math.Abs(values[order[b]]) })
	return order
}

// gaussian is a vector of standard normal numbers of a named stream.
func gaussian(n int, seed uint64, name string, index uint64) []float64 {
	r := Stream(seed, name, index)
	v := make([]float64, n)
	for i := range v {
		v[i] = r.NormFloat64()
	}
	return v
}

// rademacher is a vector of signs of a named stream.
func rademacher(n int, seed uint64, name string, index uint64) []float64 {
	r := Stream(seed, name, index)
	v := make([]float64, n)
	for i := range v {
		v[i] = float64(2*r.IntN(2) - 1)
	}
	return v
}

// OperatorEigenvalues returns all eigenvalues, ascending, from as many products as H
// has columns; what rounding makes unsymmetric is averaged.
func OperatorEigenvalues(op Operator) []float64 {
	h := operatorMatrix(op)
	var e mat.EigenSym
	if !e.Factorize(h, false) {
		panic("num: the eigenvalues of a symmetric matrix were not found")
	}
	return e.Values(nil)
}

// operatorMatrix is H itself.
func operatorMatrix(op Operator) *mat.SymDense {
	n := op.Size()
	v, w := make([][]float64, n), make([][]float64, n)
	for i := range v {
		v[i], w[i] = make([]float64, n), make([]float64, n)
		v[i][i] = 1
	}
	op.Apply(w, v)
	h := mat.NewSymDense(n, nil)
	for i := range n {
		for j := i; j < n; j++ {
			h.SetSym(i, j, (w[i][j]+w[j][i])/2)
		}
	}
	return h
}

// Trace is an estimate of the sum of all eigenvalues. Error is its standard
// error; 0 if it is exact.
type Trace struct {
	Value  float64 `json:"value"`
	Error  float64 `json:"error"`
	Probes int     `json:"probes"`
}

// NewTrace averages ⟨v, H·v⟩ over random signs v. A matrix with no more columns
// than there are probes is summed exactly instead.
//
// Source: Hutchinson, Comm. Statist. Simulation Comput. 18 (1989) 1059.
func NewTrace(op Operator, probes int, seed uint64) Trace {
	n := op.Size()
	exact := n <= probes
	if exact {
		probes = n
	}
	v, w := make([][]float64, probes), make([][]float64, probes)
	for j := range v {
		w[j] = make([]float64, n)
		if exact {
			v[j] = make([]float64, n)
			v[j][j] = 1
		} else {
			v[j] = rademacher(n, seed, "hessian/trace", uint64(j))
		}
	}
	op.Apply(w, v)
	sample := make([]float64, probes)
	for j := range v {
		sample[j] = floats.Dot(v[j], w[j])
	}
	if exact {
		return Trace{Value: floats.Sum(sample), Probes: n}
	}
	mean, se := MeanError(sample)
	return Trace{mean, se, probes}
}
