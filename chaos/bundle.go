package chaos

import (
	"context"
	"math"
	"slices"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/kernel"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/ode"
	"github.com/entrain-dev/entrain/program"
)

// Orbits that go side by side: of a map more, whose steps cost little beside what
// it takes to begin one.
const (
	flowLanes = 8
	mapLanes  = 32
	mapRows   = 24 // of states and tangents; larger maps have no more orbits than flows
)

// bundle is a number of orbits with their tangents, in scaled units.
type bundle struct {
	f        *model.Flow
	n, count int
	lanes    int
	copied   int     // so many first states are there twice, and tangents are of the copy
	unit     float64 // user time of one unit of scaled time
	interval float64 // user time between orthonormalisations

	field  field.Field
	point  field.Point
	rate   program.Batch
	solver *ode.Solver
	ivp    ode.IVP
	tr     *ode.Trajectory
	wide   *wide // instead of solver; nil: none

	norms    []float64 // R_jj since the last logarithm, count × lanes
	work     []float64
	vanished []bool // exponents of which a norm was 0
	state    []float64
	box      *box // of the states of the first orbit, user units, since the average began
	failed   string

	trace traces
}

func newBundle(f *model.Flow, count int) (*bundle, error) { return newBundleOf(f, count, 0) }

// newBundleOf has tangents along the states from copied on.
func newBundleOf(f *model.Flow, count, copied int) (*bundle, error) {
	n := f.Dim()
	rows := n * (count + 1)
	lanes := flowLanes
	if f.IsMap() && rows <= mapRows {
		lanes = mapLanes
	}
	b := &bundle{f: f, n: n, count: count, lanes: lanes, copied: copied, unit: f.Frame.Time,
		norms: slices.Repeat([]float64{1}, count*lanes), work: make([]float64, 2*count*lanes),
		vanished: make([]bool, count), state: make([]float64, n), box: &box{}}
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
			x.Set(n*(j+1)+copied+j, l, 1)
		}
	}
	b.point = field.Point{T: make([]float64, lanes), X: x, Theta: theta}
	b.rate = program.NewBatch(rows, lanes)
	if f.IsMap() {
		return b, nil
	}
	b.trace = newTraces(f, lanes)
	o := f.Solver
	o.Save = "land" // intervals are longer than steps: states inside would cost more
	var err error
	b.ivp = ode.IVP{Field: b.field, X0: x, Theta: theta, T0: b.point.T, Times: make([]float64, lanes)}
	if o.Step > 0 && count >= fewestWide {
		b.wide, err = newWide(f, count, lanes, o)
		return b, err
	}
	if b.solver, err = ode.NewSolver(b.field, o); err != nil {
		return nil, err
	}
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
			kernel.AXPY(b.point.X.V, h, b.rate.V)
			for l := range b.point.T {
				b.point.T[l] += h
			}
		}
	} else if !b.integrate(time / b.unit) {
		return false
	}
	for _, v := range b.point.X.V[:b.n*b.lanes] {
		if v-v != 0 {
			b.failed = ode.StatusNonFinite.String()
			return false
		}
	}
	return true
}

// integrate moves all orbits and tangents by a scaled time.
func (b *bundle) integrate(time float64) bool {
	for l, t := range b.point.T {
		b.ivp.Times[l] = t + time
	}
	if b.wide != nil {
		if why := b.wide.solve(b.point.X, b.point.T[0], b.ivp.Times[0]); why != ode.StatusOK {
			b.failed = why.String()
			return false
		}
		copy(b.point.T, b.ivp.Times)
		return true
	}
	b.solver.Solve(b.tr, &b.ivp)
	for _, s := range b.tr.Status {
		if s != ode.StatusOK {
			b.failed = s.String()
			return false
		}
	}
	copy(b.point.T, b.ivp.Times)
	copy(b.point.X.V, b.tr.X)
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

// settle lets the orbit reach its attractor, and places the others along it, evenly
// over another transient. There they are moved by nudge of their
// spread: orbits that merely follow one another would see the same and know less
// than they seem to. The frames turn into their directions meanwhile.
func (b *bundle) settle(ctx context.Context, transient, short float64) bool {
	n, lanes := b.n, b.lanes
	held := make([]float64, n*lanes)
	if !b.turn(ctx, transient, short) {
		return false
	}
	for l := range lanes {
		if !b.turn(ctx, transient/float64(lanes), short) {
			return false
		}
		for i := range n {
			held[i*lanes+l] = b.point.X.At(i, 0)
		}
	}
	r := num.Stream(0, "orbits")
	for i := range n {
		row := held[i*lanes : (i+1)*lanes]
		width := slices.Max(row) - slices.Min(row)
		for l := 1; l < lanes; l++ {
			row[l] += nudge * width * r.NormFloat64()
		}
	}
	copy(held[b.copied*lanes:], held[:b.copied*lanes])
	copy(b.point.X.V[:n*lanes], held)
	return b.turn(ctx, transient/2, short)
}

// nudge is small enough to stay beside any attractor, and large enough to grow to
// its size in the half transient that follows.
const nudge = 1e-6

// turn goes on for a time without counting; tangents are orthonormalised before
// they become one.
func (b *bundle) turn(ctx context.Context, time, short float64) bool {
	piece := b.whole(short)
	if !b.f.IsMap() {
		piece = min(time, turnPiece*short)
	}
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

// turnPiece typical times, a tenth of the inverse rate each, go between two
// orthonormalisations that only keep tangents apart.
const turnPiece = 10

// rms is the root mean square rate of the states.
func (b *bundle) rms() float64 {
	b.field.Eval(b.rate, &b.point)
	sum := 0.0
	for _, v := range b.rate.V[:b.n*b.lanes] {
		sum += v * v
	}
	return math.Sqrt(sum / float64(b.n*b.lanes))
}

func (b *bundle) orthonormalise() {
	num.Orthonormalise(b.point.X.V[b.n*b.lanes:], b.n, b.count, b.lanes, b.norms, b.work)
}

// tune finds the time in which first and last tangent grow apart by e^spread.
func (b *bundle) tune(ctx context.Context, short float64) float64 {
	b.interval = b.whole(short)
	pilot := blocks{size: 16, lanes: b.lanes}
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
	sums := make([]float64, b.count*b.lanes)
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
		b.look()
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

// gather adds the logarithms of the norms. Errors that vanish altogether have none: their exponent
// is −∞, and known from then on.
func (b *bundle) gather(sums []float64) {
	for i, v := range b.norms {
		if v > 0 {
			sums[i] += math.Log(v)
		} else {
			b.vanished[i/b.lanes] = true
		}
		b.norms[i] = 1
	}
}

// look puts the state of the first orbit into the box.
func (b *bundle) look() {
	f := &b.f.Frame
	for k := range b.state {
		b.state[k] = f.User(k, b.point.X.At(k, 0))
	}
	b.box.add(b.state)
}
