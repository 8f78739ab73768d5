package train

import (
	"math"

	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/ode"
)

// floorLook measures from time to time how far long runs are from the data, beside
// how far parts of the data are from each other: every other stretch of
// several memories, and the rest.
type floorLook struct {
	o        *measureLoss
	r        *rollout
	solver   *ode.ParallelSolver
	rows     []float64 // of the data
	floor    float64
	last     []float64 // distance of each member at the last look
	best     []float64 // the least so far, and the unknowns then
	z        []float64
	finished bool
}

// The size of a look: states of a long run, and points of a cloud.
const (
	lookStates = 20
	lookPoints = 2000

	stretchMemories = 4 // times the rows after which rows are not alike any more
)

func newFloorLook(p *Problem, members int, o *measureLoss, all []measured) (*floorLook, error) {
	d, count := o.b.columns, o.m.Points
	b := newRuns(p, p.Parts.Field, count, lookStates, members, all)
	l := &floorLook{o: o, r: b.rollout, last: make([]float64, members), best: make([]float64, members), z: make([]float64, p.ofRecordings().size()*members)}
	at := o.longest()
	m := &all[at.rec]
	alike := likeRows(all, d)
	step := (m.t[len(m.t)-1] - m.t[0]) / float64(len(m.t)-1) * float64(alike)
	lanes := l.r.lanes
	for lane := range lanes {
		l.r.ivp.T0[lane] = m.t[0]
		for k := range lookStates {
			l.r.ivp.Times[k*lanes+lane] = m.t[0] + step*float64(k+1)
		}
	}
	var err error
	if l.solver, err = ode.NewParallelSolver(l.r.field, p.Solver); err != nil {
		return nil, err
	}
	l.rows = num.Thinned(o.data, d, lookPoints)
	var parts [2][]float64
	for i := range len(o.data) / d {
		which := i / (stretchMemories * alike) % 2
		parts[which] = append(parts[which], o.data[i*d:(i+1)*d]...)
	}
	if len(parts[1]) < 2*d {
		half := len(o.data) / d / 2 * d
		parts[0], parts[1] = o.data[:half], o.data[half:]
	}
	l.floor = l.distance(num.Thinned(parts[0], d, lookPoints), num.Thinned(parts[1], d, lookPoints))
	for j := range members {
		l.last[j], l.best[j] = math.MaxFloat64, math.MaxFloat64
	}
	return l, nil
}

// name of the distance that is looked at.
func (l *floorLook) name() string {
	if l.o.m.Distance == "sliced" {
		return "sliced-w1"
	}
	return "mmd2"
}

func (l *floorLook) distance(x, y []float64) float64 {
	d, size := l.o.b.columns, l.o.size
	if l.o.m.Distance == "sliced" {
		return num.SlicedWasserstein1(x, y, d, 2*cloudDirections, 0) / size
	}
	widths := make([]float64, len(num.MMDWidths))
	for i, w := range num.MMDWidths {
		widths[i] = w * size
	}
	return num.MMD(x, y, d, widths)
}

// at looks at the fields with the unknowns z.
func (l *floorLook) at(z []float64) {
	if l.o.m.Distance == "none" {
		return
	}
	r, m := l.r, l.r.members
	r.bind(z[:r.theta.Rows*m])
	for i := range l.o.m.Points {
		for j := range m {
			for c, v := range l.o.visited(i, j) {
				r.ivp.X0.Set(c, r.lane(i, j), v)
			}
		}
	}
	l.solver.Solve(&r.tr, &r.ivp)
	l.finished = true
	for j := range m {
		l.last[j] = l.of(j)
		l.finished = l.finished && l.last[j] <= l.floor
		if l.last[j] < l.best[j] {
			l.best[j] = l.last[j]
			for i := j; i < len(z); i += m {
				l.z[i] = z[i]
			}
		}
	}
}

// of is the distance of member j; the largest number there is if a run is lost.
func (l *floorLook) of(j int) float64 {
	r, d := l.r, l.o.b.columns
	var x []float64
	for k := range lookStates {
		for i := range l.o.m.Points {
			for c := range d {
				x = append(x, r.tr.X[r.number(k, c, r.lane(i, j))])
			}
		}
	}
	if r.failure(j) != "" || !num.AllFinite(x) {
		return math.MaxFloat64
	}
	return l.distance(num.Thinned(x, d, lookPoints), l.rows)
}

func (l *floorLook) reached() bool { return l.finished }

// muchWorse is by what part the last distance may be above the least one.
const muchWorse = 0.25

// choose is z, but for members that were much nearer to the data before.
func (l *floorLook) choose(z []float64) []float64 {
	if l.o.m.Distance == "none" {
		return z
	}
	out, m := append([]float64{}, z...), l.r.members
	l.at(z)
	for j := range m {
		if l.last[j] > max(l.floor, (1+muchWorse)*l.best[j]) {
			for i := j; i < len(z); i += m {
				out[i] = l.z[i]
			}
			l.last[j] = l.best[j]
		}
	}
	return out
}

func (l *floorLook) state() []float64 {
	flag := 0.0
	if l.finished {
		flag = 1
	}
	return append(append(append(append([]float64{}, l.last...), l.best...), l.z...), flag)
}

func (l *floorLook) restore(state []float64) {
	state = state[copy(l.last, state):]
	state = state[copy(l.best, state):]
	state = state[copy(l.z, state):]
	l.finished = state[0] == 1
}
