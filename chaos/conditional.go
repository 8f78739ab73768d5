package chaos

import (
	"context"
	"fmt"
	"math"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/program"
)

// ConditionalSpectrum returns the Lyapunov exponents of a copy of a flow that is
// coupled to it:
//
//	x' = f(x),  y' = f(y) − g·(y − x)
//
// for small differences of y from x, with a gain g, per unit of user time, for every
// state. If all are negative the copy follows the original (it synchronises), and
// gradients along a coupled run stay bounded. Equal gains lower all exponents by as
// much.
// Status and errors as those of LyapunovSpectrum; the checks of a free flow are not made.
// Source: Pecora, Carroll, Phys. Rev. Lett. 64 (1990) 821.
func ConditionalSpectrum(ctx context.Context, f *model.Flow, gains []float64, o SpectrumOptions) (*Spectrum, error) {
	n := f.Dim()
	if f.IsMap() {
		return nil, fmt.Errorf("a coupling is a rate; maps have none")
	}
	if len(gains) != n {
		return nil, fmt.Errorf("%d gains for %d states", len(gains), n)
	}
	for _, g := range gains {
		if !(g >= 0) || math.IsInf(g, 1) {
			return nil, fmt.Errorf("gains must be finite and not negative")
		}
	}
	if o.Count == 0 {
		o.Count = n
	}
	if err := o.check(n); err != nil {
		return nil, err
	}
	b, err := newBundleOf(withCopy(f, gains), o.Count, n)
	if err != nil {
		return nil, err
	}
	return spectrumOf(ctx, b, o)
}

// withCopy is a flow beside its coupled copy.
func withCopy(f *model.Flow, gains []float64) *model.Flow {
	n := f.Dim()
	b := program.New()
	for _, name := range []string{"t", "theta"} {
		if i, ok := f.Program.Input(name); ok {
			b.Input(name, i.Rows, i.Cols, i.Batched)
		}
	}
	z := b.Batched("x", 2*n, 1)
	x, y := b.Slice(z, 0, n, 1), b.Slice(z, n, n, 1)
	apart := b.Sub(x, y)
	var pulls []program.Value
	for i, g := range gains {
		pulls = append(pulls, b.Scale(g*f.Frame.Time, b.Slice(apart, i, 1, 1)))
	}
	free := b.Call(f.Program, map[string]program.Value{"x": x})["dx"]
	copied := b.Call(f.Program, map[string]program.Value{"x": y})["dx"]
	b.Output("dx", b.Concat(free, b.Add(copied, b.Concat(pulls...))))
	p, err := b.Done()
	if err != nil {
		panic(fmt.Sprintf("chaos: a copy of a valid program is invalid: %v", err))
	}
	g := *f
	g.Program, g.Frame, g.Start = p, doubled(f.Frame), append(append([]float64{}, f.Start...), f.Start...)
	return &g
}

func doubled(f field.Frame) field.Frame {
	twice := func(v []float64) []float64 { return append(append([]float64{}, v...), v...) }
	f.Shift, f.Scale = twice(f.Shift), twice(f.Scale)
	names := append([]string{}, f.States...)
	for _, s := range f.States {
		names = append(names, s+"_copy")
	}
	f.States = names
	return f
}

// couplingSteps halve the interval in which a gain lies.
const couplingSteps = 10

// SmallestCoupling returns the gain, per unit of user time, with which a copy coupled
// through the chosen states follows a flow: its largest conditional exponent is
// −margin there. It is +Inf if no gain up to most is enough.
func SmallestCoupling(ctx context.Context, f *model.Flow, through []bool, margin, most float64) (float64, error) {
	at := func(g float64) (float64, error) {
		gains := make([]float64, f.Dim())
		for i, on := range through {
			if on {
				gains[i] = g
			}
		}
		s, err := ConditionalSpectrum(ctx, f, gains, SpectrumOptions{Count: 1, Error: 0.05})
		if err == nil && len(s.Exponents) == 0 {
			err = fmt.Errorf("no exponents: %s", s.Reason)
		}
		if err != nil {
			return math.NaN(), err
		}
		return s.Exponents[0] + margin, nil
	}
	free, err := at(0)
	if err != nil || free <= 0 {
		return 0, err
	}
	if held, err := at(most); err != nil || held > 0 {
		return math.Inf(1), err
	}
	lo, hi := 0.0, most
	for range couplingSteps {
		mid := (lo + hi) / 2
		v, err := at(mid)
		if err != nil {
			return math.NaN(), err
		}
		if v > 0 {
			lo = mid
		} else {
			hi = mid
		}
	}
	return hi, nil
}
