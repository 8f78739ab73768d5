package fieldtest

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/program"
)

// derivatives: one step of differences, and two transposes.
func derivatives(t *testing.T, p *field.Parts) {
	r := rand.New(rand.NewPCG(2, 3))
	for _, lanes := range []int{1, 8, 16} {
		for _, members := range []bool{false, true} {
			for _, f := range []field.Field{field.New(p.Field, lanes, members), field.New(field.Tangent(p.Field, 1), lanes, members)} {
				differences(t, f, p, members, r)
				transpose(t, f, p, members, r)
			}
		}
	}
}

// point is near where training begins: parameters at their starts, weights of
// size one half.
func point(s field.Shape, p *field.Parts, members bool, r *rand.Rand) *field.Point {
	at := direction(s, members, r)
	for i, v := range p.Theta0 {
		for l := range at.Theta.Lanes {
			at.Theta.V[i*at.Theta.Lanes+l] += v
		}
	}
	return at
}

// direction is a random tangent or cotangent.
func direction(s field.Shape, members bool, r *rand.Rand) *field.Point {
	fill := func(rows, lanes int) program.Batch {
		b := program.NewBatch(rows, lanes)
		for i := range b.V {
			b.V[i] = 0.5 * r.NormFloat64()
		}
		return b
	}
	lanes := 1
	if members {
		lanes = s.Lanes
	}
	return &field.Point{T: fill(1, s.Lanes).V, X: fill(s.State, s.Lanes), U: fill(s.Input, s.Lanes), Theta: fill(s.Theta, lanes)}
}

// differences compares JVP with central differences along one direction.
func differences(t *testing.T, f field.Field, p *field.Parts, members bool, r *rand.Rand) {
	t.Helper()
	const h = 1e-5
	s := f.Shape()
	at, v := point(s, p, members, r), direction(s, members, r)
	moved := func(h float64) program.Batch {
		q := &field.Point{T: plus(at.T, h, v.T), X: along(at.X, h, v.X), U: along(at.U, h, v.U), Theta: along(at.Theta, h, v.Theta)}
		dx := program.NewBatch(s.State, s.Lanes)
		f.Eval(dx, q)
		return dx
	}
	up, down, got := moved(h), moved(-h), program.NewBatch(s.State, s.Lanes)
	f.JVP(got, at, v)
	for i := range got.V {
		if want := (up.V[i] - down.V[i]) / (2 * h); !(math.Abs(got.V[i]-want) <= 1e-6*(1+math.Abs(want))) {
			t.Errorf("JVP gives %g, central differences %g (%d lanes, members %v)", got.V[i], want, s.Lanes, members)
			return
		}
	}
}

func plus(a []float64, h float64, b []float64) []float64 {
	out := make([]float64, len(a))
	for i := range out {
		out[i] = a[i] + h*b[i]
	}
	return out
}

func along(a program.Batch, h float64, b program.Batch) program.Batch {
	a.V = plus(a.V, h, b.V)
	return a
}

// transpose checks ⟨c, J·v⟩ = ⟨Jᵀ·c, v⟩.
func transpose(t *testing.T, f field.Field, p *field.Parts, members bool, r *rand.Rand) {
	t.Helper()
	s := f.Shape()
	at, v, g := point(s, p, members, r), direction(s, members, r), direction(s, members, r)
	v.T, g.T = nil, nil // a VJP gives no cotangent of time
	for _, b := range []program.Batch{g.X, g.U, g.Theta} {
		clear(b.V)
	}
	c, dd := direction(s, false, r).X, program.NewBatch(s.State, s.Lanes)
	f.JVP(dd, at, v)
	f.VJP(g, at, c)
	left := dot(c.V, dd.V)
	right := dot(g.X.V, v.X.V) + dot(g.U.V, v.U.V) + dot(g.Theta.V, v.Theta.V)
	size := math.Sqrt(dot(c.V, c.V) * dot(dd.V, dd.V))
	if !(math.Abs(left-right) <= 1e-12*(1+size)) {
		t.Errorf("⟨c,Jv⟩ = %.15g, ⟨Jᵀc,v⟩ = %.15g (%d lanes, members %v)", left, right, s.Lanes, members)
	}
}

func dot(a, b []float64) float64 {
	sum := 0.0
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}

// strangers: a lane has the same bits whatever is beside it, and agrees with
// the field of one lane to rounding; so have members.
func strangers(t *testing.T, p *field.Parts) {
	const lanes = 16
	r := rand.New(rand.NewPCG(4, 5))
	for _, members := range []bool{false, true} {
		f := field.New(p.Field, lanes, members)
		s := f.Shape()
		at, other := point(s, p, members, r), point(s, p, members, r)
		first, second := program.NewBatch(s.State, lanes), program.NewBatch(s.State, lanes)
		f.Eval(first, at)
		const kept = 5
		for l := range lanes {
			if l == kept {
				continue
			}
			at.T[l] = other.T[l]
			for _, b := range [][2]program.Batch{{at.X, other.X}, {at.U, other.U}, {at.Theta, other.Theta}} {
				for i := range b[0].Rows {
					if b[0].Lanes == lanes {
						b[0].V[i*lanes+l] = b[1].V[i*lanes+l]
					}
				}
			}
		}
		f.Eval(second, at)
		alone := single(p, at, kept)
		for i := range s.State {
			if a, b := first.V[i*lanes+kept], second.V[i*lanes+kept]; a != b {
				t.Errorf("component %d of a lane changed from %v to %v with its company (members %v)", i, a, b, members)
			}
			if a, b := second.V[i*lanes+kept], alone.V[i]; !(math.Abs(a-b) <= 1e-12*(1+math.Abs(b))) {
				t.Errorf("component %d of a lane is %v, alone %v (members %v)", i, a, b, members)
			}
		}
	}
}

// single evaluates lane l of a point by itself.
func single(p *field.Parts, at *field.Point, l int) program.Batch {
	f := field.New(p.Field, 1, false)
	pick := func(b program.Batch) program.Batch {
		out := program.NewBatch(b.Rows, 1)
		for i := range out.V {
			out.V[i] = b.V[i*b.Lanes+min(l, b.Lanes-1)]
		}
		return out
	}
	dx := program.NewBatch(f.Shape().State, 1)
	f.Eval(dx, &field.Point{T: at.T[l : l+1], X: pick(at.X), U: pick(at.U), Theta: pick(at.Theta)})
	return dx
}
