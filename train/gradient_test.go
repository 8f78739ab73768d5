package train

import (
	"fmt"
	"math"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/ode"
	"github.com/entrain-dev/entrain/opt"
)

// gappy makes recordings that differ in everything: length, start, spacing;
// with missing values, also in the first row and in whole rows. Inputs, if
// any, are a sine and a constant.
func gappy(states, inputs, recs int) []data.Series {
	var all []data.Series
	for rec := range recs {
		r := num.Stream(3, "gappy", uint64(rec))
		s := data.Series{ID: fmt.Sprint(rec), Time: "t", Names: []string{"x", "y", "z"}[:states], Units: make([]string, states),
			Inputs: []string{"force", "level"}[:inputs]}
		t := 2.5*float64(rec) - 1
		for i := range 12 + 5*rec {
			t += 0.1 + 0.3*r.Float64()
			s.T = append(s.T, t)
			for c := range states {
				v := 10*float64(c) + (1+2*float64(c))*math.Sin(t+float64(c)) + 0.05*r.NormFloat64()
				if r.Float64() < 0.15 || i == 3+rec || i == 0 && c == 0 {
					v = math.NaN()
				}
				s.X = append(s.X, v)
			}
			s.U = append(s.U, []float64{5 + 2*math.Cos(2*t), 0.1}[:inputs]...)
		}
		all = append(all, s)
	}
	return all
}

// fixedSteps make the solution a smooth function of all unknowns, as central
// differences need it.
func fixedSteps(s *Settings) {
	s.Solver = ode.Options{Solver: "dopri5", Step: 0.1, Save: "interpolate", MaxSteps: 10000, Memory: 1 << 20}
}

func tinyNet(augment int, timed bool) *field.MLP {
	return &field.MLP{Hidden: []int{3}, Activation: "tanh", Augment: augment, Time: timed}
}

func mustProblem(t testing.TB, recs []data.Series, arch field.Architecture, change ...func(*Settings)) *Problem {
	t.Helper()
	s := DefaultSettings()
	for _, c := range change {
		c(&s)
	}
	p, err := NewProblem(recs, "mlp", arch, s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// variants are problems that take every path from unknowns to losses.
func variants(t testing.TB) map[string]*Problem {
	set := func(scale, initial, hold string, more ...func(*Settings)) func(*Settings) {
		return func(s *Settings) {
			fixedSteps(s)
			s.Scale, s.Initial, s.Hold, s.Seed = scale, initial, hold, 2
			for _, m := range more {
				m(s)
			}
		}
	}
	known := func(s *Settings) { s.Start = []float64{1, 9} }
	return map[string]*Problem{
		"one recording":    mustProblem(t, gappy(2, 0, 1), tinyNet(0, false), set("auto", "learn", "linear")),
		"three recordings": mustProblem(t, gappy(2, 0, 3), tinyNet(0, false), set("auto", "learn", "linear")),
		"one state":        mustProblem(t, gappy(1, 0, 2), tinyNet(0, true), set("auto", "data", "linear")),
		"linear inputs":    mustProblem(t, gappy(2, 2, 2), tinyNet(0, false), set("auto", "learn", "linear")),
		"held inputs":      mustProblem(t, gappy(3, 2, 1), tinyNet(0, true), set("auto", "learn", "zero")),
		"hidden states":    mustProblem(t, gappy(2, 0, 2), tinyNet(2, false), set("auto", "learn", "linear")),
		"all at once":      mustProblem(t, gappy(2, 1, 3), tinyNet(1, true), set("auto", "learn", "zero")),
		"unscaled":         mustProblem(t, gappy(2, 1, 2), tinyNet(0, false), set("none", "learn", "linear")),
		"half seen":        mustProblem(t, halfSeen(gappy(2, 1, 2)), tinyNet(0, false), set("auto", "learn", "linear")),
		"known start":      mustProblem(t, gappy(2, 0, 2), tinyNet(0, false), set("auto", "known", "linear", known)),
	}
}

// seenVariants are variants with one whose columns only show states, for what does not draw
// them to data.
func seenVariants(t testing.TB) map[string]*Problem {
	all := variants(t)
	all["shown by others"] = mustProblem(t, gappy(2, 1, 2), throughOthers(), fixedSteps, func(s *Settings) { s.Seed = 2 })
	return all
}

// throughOthers is a law of two hidden states of which the columns of gappy show
// a product, with an input.
func throughOthers() *field.Equations {
	return &field.Equations{Text: "a' = b - k*a\nb' = -a + 0.3*force", Observe: map[string]string{"x": "a*(1 + k*b)", "y": "nn(a) + b + 0.2*force"},
		Parameters: map[string]field.Unknown{"k": {Start: 0.3}}, Start: map[string]float64{"a": 0.5, "b": 0.2}}
}

// halfSeen takes the values of the second column away, from row 5 of the last
// recording on.
func halfSeen(all []data.Series) []data.Series {
	s := &all[len(all)-1]
	for k := 5; k < s.Len(); k++ {
		s.Row(k)[1] = math.NaN()
	}
	return all
}

// differs reports whether got is more than tol (relative to 1 + its size) off.
func differs(got, want, tol float64) bool {
	return !(math.Abs(got-want) <= tol*(1+math.Abs(want)))
}

// checkGradient compares every stride-th derivative.
func checkGradient(t *testing.T, o opt.Objective, z []float64, stride int) {
	t.Helper()
	if o.Size() != len(z) {
		t.Fatalf("%d unknowns, the problem has %d", o.Size(), len(z))
	}
	grad := make([]float64, len(z))
	for i := range grad {
		grad[i] = math.NaN() // must be overwritten
	}
	if l := o.Eval(grad, z, 0); l.Fail != "" {
		t.Fatal(l.Fail)
	}
	for i := 0; i < len(z); i += stride {
		const h = 1e-5
		v := z[i]
		z[i] = v + h
		hi := o.Eval(nil, z, 0).Value
		z[i] = v - h
		lo := o.Eval(nil, z, 0).Value
		z[i] = v
		if want := (hi - lo) / (2 * h); differs(grad[i], want, 1e-7) {
			t.Fatalf("derivative %d of %d is %.10g, differences say %.10g", i, len(z), grad[i], want)
		}
	}
}

func TestGradientsOfLossesAgreeWithDifferences(t *testing.T) {
	unhurried(t)
	for name, p := range seenVariants(t) {
		for _, members := range []int{1, 3, 8} {
			t.Run(fmt.Sprintf("%s, %d members", name, members), func(t *testing.T) {
				z, err := p.begin(members)
				if err != nil {
					t.Fatal(err)
				}
				free, err := newTrajectoryLoss(newRollout(p, p.Parts.Field, p.inputs(members, false), members, false))
				if err != nil {
					t.Fatal(err)
				}
				checkGradient(t, free, z, max(1, members-1)) // all members in turn
				drawn, err := newCoupledLoss(p, members, -1, func(int) float64 { return 2 })
				if err != nil {
					t.Fatal(err)
				}
				checkGradient(t, drawn, z, max(1, members-1))
				if f, d := free.loss[0], drawn.loss[0]; !(d < f) && p.onlyStates("") == nil {
					t.Errorf("the coupled trajectory is no nearer to the data: loss %g, free %g", d, f)
				}
			})
		}
	}
}

// An independent way to the loss: one solve a recording, then the definition.
func TestLossIsMeanSquareOfScaledDistances(t *testing.T) {
	for name, p := range seenVariants(t) {
		z, err := p.begin(3)
		if err != nil {
			t.Fatal(err)
		}
		o, err := newTrajectoryLoss(newRollout(p, p.Parts.Field, p.inputs(3, false), 3, false))
		if err != nil {
			t.Fatal(err)
		}
		o.Eval(nil, z, 0)
		for member := range 3 {
			m := p.model("test", z, 3, []int{member})
			sum, n := 0.0, 0.0
			for rec, s := range p.Train {
				f, err := m.Forecast(rec, s.T, &s)
				if err != nil {
					t.Fatal(err)
				}
				for i, want := range s.X {
					if e := (f.X[i] - want) / p.Parts.Frame.Scale[i%len(s.Names)]; !math.IsNaN(want) {
						sum, n = sum+e*e, n+1
					}
				}
			}
			if differs(o.loss[member], sum/n, 1e-10) {
				t.Errorf("%s, member %d: loss %.12g, by forecasts %.12g", name, member, o.loss[member], sum/n)
			}
		}
	}
}

func checkJacobian(t *testing.T, r opt.Residual, z []float64) {
	t.Helper()
	m, n := r.Size()
	if n != len(z) {
		t.Fatalf("%d unknowns, the problem has %d", n, len(z))
	}
	res, jac := make([]float64, m), make([]float64, m*n)
	hi, lo := make([]float64, m), make([]float64, m)
	for i := range jac {
		jac[i] = math.NaN()
	}
	if fail := r.Residuals(res, jac, z, 0); fail != "" {
		t.Fatal(fail)
	}
	r.Residuals(lo, nil, z, 0)
	for q := range res {
		if differs(res[q], lo[q], 1e-12) {
			t.Fatalf("residual %d is %.15g with the Jacobian, %.15g without", q, res[q], lo[q])
		}
	}
	for i, v := range z {
		const h = 1e-5
		z[i] = v + h
		r.Residuals(hi, nil, z, 0)
		z[i] = v - h
		r.Residuals(lo, nil, z, 0)
		z[i] = v
		for q := range res {
			if want := (hi[q] - lo[q]) / (2 * h); differs(jac[q*n+i], want, 1e-7) {
				t.Fatalf("∂r%d/∂z%d is %.10g, differences say %.10g", q, i, jac[q*n+i], want)
			}
		}
	}
}

// halves cuts every recording in two, if starts can be learnt.
func halves(p *Problem) []segment {
	var segs []segment
	for rec, s := range p.Train {
		mid := s.Len() / 2
		if !p.learnsStarts() {
			mid = s.Len()
		}
		segs = append(segs, segment{rec: rec, from: 0, to: mid})
		if mid < s.Len() {
			segs = append(segs, segment{rec: rec, from: mid, to: s.Len()})
		}
	}
	return segs
}

func TestJacobiansOfResidualsAgreeWithDifferences(t *testing.T) {
	for name, p := range seenVariants(t) {
		for _, couple := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, coupled %v", name, couple), func(t *testing.T) {
				sigma := []float64{0.1, 0.3, 0.2}[:len(p.Train[0].Names)]
				r, err := newTrajectoryResidual(p, halves(p), sigma, couple)
				if err != nil {
					t.Fatal(err)
				}
				r.gain = 2
				theta, err := field.Draw(p.Parts, "torch", 3, 0)
				if err != nil {
					t.Fatal(err)
				}
				z := append(theta, r.starts()...)
				checkJacobian(t, r, z)
				if len(p.Parts.Start) == 0 && !couple {
					checkJacobian(t, newMatching(r), z)
				}
			})
		}
	}
}

// The two formulations must be the same number: ½‖r‖² of residuals with
// σ = 1 is the mean square times half the number of values.
func TestResidualsAndLossAgree(t *testing.T) {
	for name, p := range seenVariants(t) {
		z, err := p.begin(1)
		if err != nil {
			t.Fatal(err)
		}
		whole := segmentsOfWholeRecordings(p)
		r, err := newTrajectoryResidual(p, whole, []float64{1, 1, 1}[:len(p.Train[0].Names)], false)
		if err != nil {
			t.Fatal(err)
		}
		m, _ := r.Size()
		res := make([]float64, m)
		if fail := r.Residuals(res, nil, z, 0); fail != "" {
			t.Fatal(fail)
		}
		sum := 0.0
		for _, v := range res {
			sum += v * v
		}
		o, err := newTrajectoryLoss(newRollout(p, p.Parts.Field, p.inputs(1, false), 1, false))
		if err != nil {
			t.Fatal(err)
		}
		if loss := o.Eval(nil, z, 0).Value; differs(loss, sum/float64(r.count), 1e-10) {
			t.Errorf("%s: loss %.12g, residuals say %.12g", name, loss, sum/float64(r.count))
		}
	}
}

func segmentsOfWholeRecordings(p *Problem) []segment {
	var segs []segment
	for rec, s := range p.Train {
		segs = append(segs, segment{rec: rec, to: s.Len()})
	}
	return segs
}

func TestLossAllocatesNothing(t *testing.T) {
	for name, p := range variants(t) {
		for _, members := range []int{1, 3, 8} {
			z, err := p.begin(members)
			if err != nil {
				t.Fatal(err)
			}
			o, err := newCoupledLoss(p, members, -1, func(int) float64 { return 1 })
			if err != nil {
				t.Fatal(err)
			}
			grad := make([]float64, len(z))
			o.Eval(grad, z, 0)
			if n := testing.AllocsPerRun(3, func() { o.Eval(grad, z, 0) }); n != 0 {
				t.Errorf("%s, %d members: %g allocations an evaluation", name, members, n)
			}
		}
	}
}
