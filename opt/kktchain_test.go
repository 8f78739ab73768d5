package opt

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/entrain-dev/entrain/internal/num"
)

// system is a matrix of a step with a structure.
type system struct {
	shape           Shape
	hess, jac, d, e []float64
}

// random fills the patches of a shape.
func (s *system) random(rng *rand.Rand) {
	fill := func(n int) []float64 {
		v := make([]float64, n)
		for i := range v {
			v[i] = rng.NormFloat64()
		}
		return v
	}
	s.hess, s.jac = fill(entries(s.shape.Hessian)), fill(entries(s.shape.Jacobian))
	n, m := len(s.shape.Low), len(s.shape.Floor)
	s.d, s.e = fill(n), make([]float64, m)
}

// boundless gives a shape n free unknowns and m equalities.
func boundless(s *Shape, n, m int) {
	inf := math.Inf(1)
	for range n {
		s.Low, s.High = append(s.Low, -inf), append(s.High, inf)
	}
	s.Floor, s.Ceiling = make([]float64, m), make([]float64, m)
}

// anyChains returns a system with the most general structure: groups of
// different sizes, some empty, shared unknowns and rows in between.
func anyChains(rng *rand.Rand) *system {
	s := &system{}
	c := &Chains{First: []int{0, 3, 3, 7}, Groups: 8}
	type run struct{ first, count, group int }
	var unknowns, rows []run
	n, m := 0, 0
	add := func(list *[]run, total *int, count, group int, of *[]int) {
		*list = append(*list, run{*total, count, group})
		*total += count
		for range count {
			*of = append(*of, group)
		}
	}
	add(&unknowns, &n, 2, -1, &c.Unknown)
	add(&rows, &m, 1, -1, &c.Row)
	for g := range c.Groups {
		add(&unknowns, &n, 1+rng.IntN(4), g, &c.Unknown)
		if g != 4 {
			add(&rows, &m, 1, g, &c.Row)
		}
	}
	add(&unknowns, &n, 3, -1, &c.Unknown)
	add(&unknowns, &n, 1, 2, &c.Unknown)
	add(&rows, &m, 1, -1, &c.Row)
	boundless(&s.shape, n, m)
	s.shape.Chains = c
	chain := func(g int) int {
		k := 0
		for i, f := range c.First {
			if f <= g {
				k = i
			}
		}
		return k
	}
	meet := func(a, b int) bool {
		return a < 0 || b < 0 || chain(a) == chain(b) && max(a-b, b-a) <= 1
	}
	for i, a := range unknowns {
		s.shape.Hessian = append(s.shape.Hessian, Patch{a.first, a.first, a.count, a.count})
		for _, b := range unknowns[:i] {
			if meet(a.group, b.group) {
				s.shape.Hessian = append(s.shape.Hessian, Patch{a.first, b.first, a.count, b.count})
			}
		}
	}
	for _, a := range rows {
		for _, b := range unknowns {
			if meet(a.group, b.group) {
				s.shape.Jacobian = append(s.shape.Jacobian, Patch{a.first, b.first, a.count, b.count})
			}
		}
	}
	s.random(rng)
	return s
}

// collocation returns the system of elements of three stages in dim states,
// x' = a(x − …) + parameters, along trajectories; every third element has data.
func collocation(rng *rand.Rand, trajectories, elements, dim, p int, growth float64, free bool) *system {
	const stages = 3
	// Radau IIA of order 5.
	r := math.Sqrt(6)
	rk := [stages][stages]float64{
		{(88 - 7*r) / 360, (296 - 169*r) / 1800, (-2 + 3*r) / 225},
		{(296 + 169*r) / 1800, (88 + 7*r) / 360, (-2 - 3*r) / 225},
		{(16 - r) / 36, (16 + r) / 36, 1. / 9}}
	s := &system{}
	c := &Chains{}
	b := stages * dim
	n, m := p, 0
	for range p {
		c.Unknown = append(c.Unknown, -1)
	}
	s.shape.Hessian = append(s.shape.Hessian, Patch{0, 0, p, p})
	g := 0
	for range trajectories {
		c.First = append(c.First, g)
		start := n
		if free {
			n += dim
			for range dim {
				c.Unknown = append(c.Unknown, g)
			}
			s.shape.Hessian = append(s.shape.Hessian, Patch{start, start, dim, dim})
		}
		before := start
		for e := range elements {
			x := n
			n += b
			for range b {
				c.Unknown, c.Row = append(c.Unknown, g), append(c.Row, g)
			}
			s.shape.Hessian = append(s.shape.Hessian, Patch{x, x, b, b}, Patch{x, 0, b, p})
			s.shape.Jacobian = append(s.shape.Jacobian, Patch{m, x, b, b}, Patch{m, 0, b, p})
			if e > 0 || free {
				s.shape.Jacobian = append(s.shape.Jacobian, Patch{m, before, b, dim})
			}
			before = x + b - dim
			m += b
			g++
		}
	}
	c.Groups = g
	boundless(&s.shape, n, m)
	s.shape.Chains = c
	s.random(rng)
	at := 0
	for k, patch := range s.shape.Hessian {
		h := s.hess[at : at+patch.size()]
		at += patch.size()
		for i := range h {
			h[i] *= 1e-3
		}
		if patch.Row == patch.Col {
			for i := range patch.Rows {
				for j := range i {
					h[j*patch.Cols+i] = h[i*patch.Cols+j]
				}
				h[i*patch.Cols+i] = 1e-2
				if k == 0 || k%3 == 0 {
					h[i*patch.Cols+i] = 1
				}
			}
		}
	}
	at = 0
	for _, patch := range s.shape.Jacobian {
		j := s.jac[at : at+patch.size()]
		at += patch.size()
		switch {
		case patch.Col < p: // parameters
		case patch.Cols == dim: // the state before: −1 in every stage
			for i := range patch.Rows {
				for k := range dim {
					j[i*dim+k] = 0
					if i%dim == k {
						j[i*dim+k] = -1
					}
				}
			}
		default:
			// Stage i: X_i − x − Σ a_ik f(X_k), with slopes that grow and turn.
			for i := range patch.Rows {
				for k := range patch.Cols {
					slope := 0.3 * rng.NormFloat64()
					if i%dim == k%dim {
						slope = growth
						if i%dim == 1 {
							slope = -growth
						}
					}
					j[i*patch.Cols+k] = -rk[i/dim][k/dim] * slope
					if i == k {
						j[i*patch.Cols+k]++
					}
				}
			}
		}
	}
	for i := range s.d {
		s.d[i] = 1e-3
	}
	return s
}

// compare factorises with both linear algebras and solves for a random right
// side. It returns the difference relative to the solution.
func compare(t *testing.T, name string, s *system, rng *rand.Rand) float64 {
	t.Helper()
	if err := s.shape.Check(); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	n, m := len(s.shape.Low), len(s.shape.Floor)
	b := make([]float64, n+m)
	for i := range b {
		b[i] = rng.NormFloat64()
	}
	lins := []linear{newDense(s.shape), newChainSolver(s.shape)}
	if c := newCondensed(s.shape); c != nil {
		lins = append(lins, c)
	}
	x, in := make([][]float64, len(lins)), make([]num.Inertia, len(lins))
	for i, lin := range lins {
		prog := &program{n: n, m: m, shape: s.shape, hess: s.hess, jac: s.jac}
		k := newKKT(s.shape, prog, lin)
		copy(k.d, s.d)
		copy(k.e, s.e)
		got := lin.factor(s.hess, s.jac, k.d, k.e)
		in[i] = got
		if i > 0 && got.Negative > n+m { // Cholesky said no
			if in[0].Negative == m {
				t.Errorf("%s: only the dense inertia is right, not that of %T", name, lin)
			}
			return 0
		}
		x[i] = slices.Clone(b)
		if !k.solve(x[i]) {
			t.Errorf("%s: %s is useless", name, lin.name())
		}
	}
	diff := 0.0
	for k := range lins[1:] {
		if in[0] != in[1+k] {
			t.Errorf("%s: inertia %v dense, %v structured (%T)", name, in[0], in[1+k], lins[1+k])
		}
		for i := range b {
			diff = max(diff, math.Abs(x[0][i]-x[1+k][i]))
		}
	}
	return diff / largestOf(x[0])
}

func TestStructuredSolvesAsDense(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for k := range 50 {
		if d := compare(t, fmt.Sprint("any ", k), anyChains(rng), rng); !(d < 1e-9) {
			t.Errorf("random system %d: solutions differ by %.1e", k, d)
		}
	}
	for _, c := range []struct {
		trajectories, elements, dim, p int
		growth                         float64
		free                           bool
	}{
		{1, 5, 2, 3, 0.1, false}, {1, 5, 2, 3, 0.1, true}, {3, 10, 2, 7, 0.3, true}, {2, 20, 3, 40, -0.5, false},
		{1, 40, 2, 42, 0.2, false}, {1, 30, 2, 10, 1, true}, {1, 40, 2, 10, 1, true}, {1, 40, 2, 10, 1, false},
		{1, 60, 2, 5, 2, true}, {1, 60, 2, 5, 2, false}, // grows by e¹²⁰
		{4, 3, 1, 0, 0.1, true}, {1, 40, 2, 70, 0.1, true},
	} {
		s := collocation(rng, c.trajectories, c.elements, c.dim, c.p, c.growth, c.free)
		d := compare(t, fmt.Sprintf("%+v", c), s, rng)
		if !(d < 1e-9) {
			t.Errorf("%+v: solutions differ by %.1e", c, d)
		}
	}
}

// Where a trajectory begins with elements without data and a free start, the
// leading parts of the matrix are singular though the whole is not.
func TestStructuredWaitsForData(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 9))
	for _, without := range []int{1, 3, 6} {
		s := collocation(rng, 2, 8, 2, 4, 0.3, true)
		blind := func(i int) bool { return s.shape.Chains.Unknown[i] >= 0 && s.shape.Chains.Unknown[i]%8 < without }
		at := 0
		for _, p := range s.shape.Hessian {
			if blind(p.Row) {
				clear(s.hess[at : at+p.size()])
			}
			at += p.size()
		}
		for i := range s.d {
			if blind(i) {
				s.d[i] = 0
			}
		}
		if d := compare(t, fmt.Sprint("without ", without), s, rng); !(d < 1e-9) {
			t.Errorf("%d elements without data: solutions differ by %.1e", without, d)
		}
	}
}

func TestStructuredFindsSingularMatrices(t *testing.T) {
	s := collocation(rand.New(rand.NewPCG(1, 1)), 1, 6, 2, 3, 0.1, true)
	// The last element's first row becomes a copy of its second.
	for k := 3; k >= 1; k-- {
		p := s.shape.Jacobian[len(s.shape.Jacobian)-k]
		o := 0
		for _, q := range s.shape.Jacobian[:len(s.shape.Jacobian)-k] {
			o += q.size()
		}
		copy(s.jac[o:o+p.Cols], s.jac[o+p.Cols:o+2*p.Cols])
	}
	for _, lin := range []linear{newDense(s.shape), newChainSolver(s.shape)} {
		if in := lin.factor(s.hess, s.jac, s.d, s.e); in.Zero == 0 && in.Negative == len(s.e) {
			t.Errorf("%s does not see that two rows are equal: %v", lin.name(), in)
		}
		for j := range s.e {
			s.e[j] = 1e-8
		}
		if in := lin.factor(s.hess, s.jac, s.d, s.e); in.Zero != 0 || in.Negative != len(s.e) {
			t.Errorf("%s: inertia %v with regularised rows", lin.name(), in)
		}
		clear(s.e)
	}
}

func TestChainsThatAreRefused(t *testing.T) {
	s := collocation(rand.New(rand.NewPCG(1, 1)), 2, 3, 2, 3, 0.1, true).shape
	for name, spoil := range map[string]func(s *Shape, c *Chains){
		"an element two further on":   func(s *Shape, c *Chains) { c.Unknown[3] = 2 },
		"the next trajectory":         func(s *Shape, c *Chains) { c.Row[17] = 3 },
		"a group that does not exist": func(s *Shape, c *Chains) { c.Row[0] = 6 },
		"rows without groups":         func(s *Shape, c *Chains) { c.Row = c.Row[:5] },
		"chains out of order":         func(s *Shape, c *Chains) { c.First = []int{0, 4, 3} },
		"groups before the first":     func(s *Shape, c *Chains) { c.First = []int{1, 3} },
		"no chain":                    func(s *Shape, c *Chains) { c.First = nil },
	} {
		bad, c := s, *s.Chains
		c.Unknown, c.Row, c.First = slices.Clone(c.Unknown), slices.Clone(c.Row), slices.Clone(c.First)
		bad.Chains = &c
		if spoil(&bad, &c); bad.Check() == nil {
			t.Errorf("%s is not refused", name)
		}
	}
}

func BenchmarkLinear(b *testing.B) {
	for _, c := range []struct {
		trajectories, elements, dim, p int
		growth                         float64
		free                           bool
	}{
		{1, 66, 2, 42, 0.1, true}, {1, 66, 2, 162, 0.1, true}, {1, 66, 2, 162, 0.3, false}, {1, 66, 2, 642, 0.1, true}, {1, 264, 2, 162, 0.1, true},
		{8, 66, 2, 162, 0.1, true}, {3, 100, 5, 1282, 0.1, true},
	} {
		s := collocation(rand.New(rand.NewPCG(1, 2)), c.trajectories, c.elements, c.dim, c.p, c.growth, c.free)
		lins := []linear{newCondensed(s.shape), newChainSolver(s.shape)}
		if c.p < 600 && c.trajectories == 1 && c.elements < 100 {
			lins = append(lins, newDense(s.shape))
		}
		for _, lin := range lins {
			name := fmt.Sprintf("%dx%dx3x%d+%d/%s", c.trajectories, c.elements, c.dim, c.p, reflect.TypeOf(lin).Elem().Name())
			if c.growth > 0.2 {
				name += "-unstable"
			}
			b.Run("factor/"+name, func(b *testing.B) {
				for b.Loop() {
					lin.factor(s.hess, s.jac, s.d, s.e)
				}
			})
			x := make([]float64, len(s.d)+len(s.e))
			for i := range x {
				x[i] = 1
			}
			b.Run("solve/"+name, func(b *testing.B) {
				for b.Loop() {
					lin.solve(x)
				}
			})
		}
	}
}
