package chaos

import (
	"context"
	"math"
	"slices"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/ode"
	"github.com/entrain-dev/entrain/program"
)

// lanes is the number of orbits that go side by side.
const lanes = 8

// bundle is eight orbits with their tangents, in scaled units.
type bundle struct {
	f        *model.Flow
	n, count int
	unit     float64 // user time of one unit of scaled time
	interval float64 // user time between orthonormalisations

	field  field.Field
	point  field.Point
	rate   program.Batch
	solver *ode.Solver
	ivp    ode.IVP
	tr     *ode.Trajectory

	norms  []float64 // R_jj since the last logarithm, count × lanes
	failed string

	trace traces
}

func newBundle(f *model.Flow, count int) (*bundle, error) {
	n := f.Dim()
	rows := n * (count + 1)
	b := &bundle{f: f, n: n, count: count, unit: f.Frame.Time, norms: slices.Repeat([]float64{1}, count*lanes)}
	var theta program.Batch
	b.field, theta = f.TangentField(count, lanes)
	x := program.NewBatch(rows, lanes)
	start := make([]float64, n)
	f.Scaled(start, f.Start)
	for l := range lanes {
		for i, v := range start {
			x.Set(i, l, v)
		}
		for j := range count {
			x.Set(n*(j+1)+j, l, 1)
		}
	}
	b.point = field.Point{T: make([]float64, lanes), X: x, Theta: theta}
	b.rate = program.NewBatch(rows, lanes)
	b.trace = newTraces(f)
	if f.IsMap() {
		return b, nil
	}
	o := f.Solver
	o.Save = ""
	var err error
	if b.solver, err = ode.NewSolver(b.field, o); err != nil {
		return nil, err
	}
	b.ivp = ode.IVP{Field: b.field, X0: x, Theta: theta, T0: b.point.T, Times: make([]float64, lanes)}
	b.tr = ode.NewTrajectory(1, rows, lanes)
	return b, nil
}

// advance moves all orbits and tangents by a user time; a whole number of
// iterations of a map.
func (b *bundle) advance(time float64) bool {
	if b.f.IsMap() {
		h := b.f.Frame.Step / b.f.Frame.Time
		for range int(math.Round(time / b.f.Frame.Step)) {
			b.field.Eval(b.rate, &b.point)
			for i, v := range b.rate.V {
				b.point.X.V[i] += h * v
			}
			for l := range b.point.T {
				b.point.T[l] += h
			}
		}
	} else {
		for l := range lanes {
			b.ivp.Times[l] = b.point.T[l] + time/b.unit
		}
		b.solver.Solve(b.tr, &b.ivp)
		for l, s := range b.tr.Status {
			if s != ode.StatusOK {
				b.failed = s.String()
				return false
			}
			b.point.T[l] = b.ivp.Times[l]
		}
		copy(b.point.X.V, b.tr.X)
	}
	for _, v := range b.point.X.V[:b.n*lanes] {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			b.failed = ode.StatusNonFinite.String()
			return false
		}
	}
	return true
}

// whole is a time as the bundle can go it.
func (b *bundle) whole(time float64) float64 {
	if h := b.f.Frame.Step; h > 0 {
		return h * max(1, math.Round(time/h))
	}
	return time
}

// scale chooses transient and longest span from the speed of the flow, and
// returns a time in which tangents do not change much.
func (b *bundle) scale(o *SpectrumOptions) float64 {
	short := b.f.Frame.Step
	if !b.f.IsMap() {
		short = 0.1 / max(b.norm(), 1e-9) * b.unit
	}
	if o.Transient == 0 {
		o.Transient = 2000 * short
	}
	if o.Longest == 0 {
		o.Longest = mostReturns * 50 * short
	}
	return short
}

// norm is the Frobenius norm of the Jacobian where the bundle is, per unit of
// scaled time, divided by √n: a typical rate.
func (b *bundle) norm() float64 {
	return b.trace.norm(&b.point, b.n)
}

// settle lets the orbit reach its attractor, and places the eight along it: lane
// l begins l eighths of the transient later, so that the averages overlap little.
// The frames turn into their directions meanwhile.
func (b *bundle) settle(ctx context.Context, transient, short float64) bool {
	held := make([]float64, b.n*lanes)
	if !b.turn(ctx, transient, short) {
		return false
	}
	for l := range lanes {
		if !b.turn(ctx, transient/lanes, short) {
			return false
		}
		for i := range b.n {
			held[i*lanes+l] = b.point.X.At(i, 0)
		}
	}
	copy(b.point.X.V[:b.n*lanes], held)
	return b.turn(ctx, transient/2, short)
}

// turn goes on for a time without counting; tangents are orthonormalised before
// they become one.
func (b *bundle) turn(ctx context.Context, time, short float64) bool {
	piece := b.whole(short)
	for range max(1, int(math.Ceil(time/piece-1e-9))) {
		if ctx.Err() != nil || !b.advance(piece) {
			return false
		}
		b.orthonormalise()
		for i := range b.norms {
			b.norms[i] = 1
		}
	}
	return true
}

// rms is the root mean square rate of the states.
func (b *bundle) rms() float64 {
	b.field.Eval(b.rate, &b.point)
	sum := 0.0
	for _, v := range b.rate.V[:b.n*lanes] {
		sum += v * v
	}
	return math.Sqrt(sum / float64(b.n*lanes))
}

func (b *bundle) orthonormalise() {
	num.Orthonormalise(b.point.X.V[b.n*lanes:], b.n, b.count, lanes, b.norms)
}

// tune finds the time in which first and last tangent grow apart by e^spread.
func (b *bundle) tune(ctx context.Context, short float64) float64 {
	b.interval = b.whole(short)
	pilot := blocks{size: 16}
	for range 8 {
		if ctx.Err() != nil || !b.average(16, &pilot) {
			return b.interval
		}
	}
	mean, _ := pilot.merged(fewestPieces)
	lo, hi := mean[0], mean[0]
	for _, v := range mean {
		lo, hi = min(lo, v), max(hi, v)
	}
	apart := max(hi-lo, math.Abs(hi), math.Abs(lo))
	if b.f.IsMap() {
		b.interval = b.whole(min(8*short, max(short, spread/max(apart, 1e-9)/2)))
		return b.interval
	}
	b.interval = min(100*short, max(short, spread/max(apart, 1e-9)/2))
	return b.interval
}

// average makes one block: k intervals, their logarithms gathered.
func (b *bundle) average(k int, all *blocks) bool {
	sums := make([]float64, b.count*lanes)
	trace, seen, since := 0.0, 0, 0
	for i := range k {
		if b.count == b.n && !b.f.IsMap() && (i == 0 || b.n <= 4) {
			trace += b.trace.mean(&b.point, b.n)
			seen++
		}
		if !b.advance(b.interval) {
			return false
		}
		b.orthonormalise()
		if since++; since == gathered || b.extreme() {
			b.gather(sums)
			since = 0
		}
	}
	b.gather(sums)
	time := float64(k) * b.interval
	for i := range sums {
		sums[i] /= time
	}
	all.add(sums, b.count, trace/float64(max(seen, 1))/b.unit)
	return true
}

// gathered intervals share a logarithm.
const gathered = 8

// extreme tells that a product of norms may soon leave the floats.
func (b *bundle) extreme() bool {
	for _, v := range b.norms {
		if v < 1e-150 || v > 1e150 {
			return true
		}
	}
	return false
}

func (b *bundle) gather(sums []float64) {
	for i, v := range b.norms {
		sums[i] += math.Log(v)
		b.norms[i] = 1
	}
}
