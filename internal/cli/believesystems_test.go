//go:build slow

package cli

import (
	"math"
	"math/rand/v2"

	"github.com/entrain-dev/entrain/data"
)

// world is a system that writes recordings: its rates under the inputs u, the
// disturbance of its states, and what is measured of it.
type world struct {
	name   string
	names  []string
	inputs []string
	start  []float64
	step   float64
	rows   int // of the recording that is fitted
	rate   func(dx, x, u []float64, t float64)
	shock  float64 // of every state in √time: a process with noise of its own
	// u are the inputs at a time; they hold over a step if jumps says so.
	u func(t float64, r *rand.Rand) []float64
	// fresh draws a start for other recordings; nil: origins on the same one, later.
	fresh func(r *rand.Rand) []float64
	// measured are the columns written; nil: all states.
	measured []int
	drop     bool // the inputs are not written: nobody recorded them
	// all is a real record instead of a simulated one.
	all *data.Series
}

func near(x []float64, part float64) func(r *rand.Rand) []float64 {
	return func(r *rand.Rand) []float64 {
		out := make([]float64, len(x))
		for i := range x {
			out[i] = x[i] * (1 + part*r.NormFloat64())
		}
		return out
	}
}

// steps is an input that takes a random level and holds it.
func steps(low, high, hold float64) func(t float64, r *rand.Rand) []float64 {
	at, level := math.Inf(-1), 0.0
	return func(t float64, r *rand.Rand) []float64 {
		if t < at {
			at = math.Inf(-1)
		}
		if t >= at+hold {
			at, level = t, low+(high-low)*r.Float64()
		}
		return []float64{level}
	}
}

func wave(size, omega float64) func(t float64, r *rand.Rand) []float64 {
	return func(t float64, _ *rand.Rand) []float64 { return []float64{size * math.Sin(omega*t)} }
}

// worlds are the systems of the study. None is among those that the thresholds
// and the default were developed beside.
func worlds() []world {
	sir := []float64{0.95, 0.05}
	two := []float64{0.2, 0.3}
	return []world{
		{name: "glycolysis", names: []string{"x", "y"}, start: []float64{0.5, 0.5}, step: 0.4, rows: 100, rate: func(d, x, _ []float64, _ float64) {
			v := 0.08*x[1] + x[0]*x[0]*x[1]
			d[0], d[1] = -x[0]+v, 0.6-v
		}},
		{name: "two competitors", names: []string{"n", "m"}, start: two, step: 0.3, rows: 80, fresh: near(two, 0.1), rate: func(d, x, _ []float64, _ float64) {
			d[0] = 1.1 * x[0] * (1 - x[0] - 0.6*x[1])
			d[1] = 0.8 * x[1] * (1 - x[1] - 0.8*x[0])
		}},
		{name: "epidemic with births", names: []string{"s", "i"}, start: sir, step: 0.5, rows: 100, fresh: near(sir, 0.04), rate: func(d, x, _ []float64, _ float64) {
			d[0] = 0.03 - 1.2*x[0]*x[1] - 0.03*x[0]
			d[1] = 1.2*x[0]*x[1] - 0.3*x[1] - 0.03*x[1]
		}},
		{name: "duffing in a well", names: []string{"x", "v"}, start: []float64{1.9, 0.1}, step: 0.2, rows: 120, fresh: near([]float64{1.9, 0.1}, 0.1), rate: func(d, x, _ []float64, _ float64) {
			d[0], d[1] = x[1], -0.1*x[1]+x[0]-0.5*x[0]*x[0]*x[0]
		}},
		{name: "toggle switch", names: []string{"a", "b"}, start: []float64{0.4, 0.6}, step: 0.15, rows: 80, fresh: near([]float64{0.4, 0.6}, 0.1), rate: func(d, x, _ []float64, _ float64) {
			d[0], d[1] = 3/(1+x[1]*x[1])-x[0], 3/(1+x[0]*x[0])-x[1]
		}},
		{name: "gene loop", names: []string{"m", "p", "q"}, start: []float64{0.3, 0.2, 0.1}, step: 0.4, rows: 120, rate: func(d, x, _ []float64, _ float64) {
			d[0], d[1], d[2] = 1.5/(1+math.Pow(2*x[2], 10))-0.5*x[0], x[0]-0.5*x[1], x[1]*0.5-0.5*x[2]
		}},
		{name: "enzyme chain", names: []string{"s", "c", "p"}, start: []float64{2, 0.1, 0.1}, step: 0.25, rows: 70, fresh: near([]float64{2, 0.1, 0.1}, 0.1), rate: func(d, x, _ []float64, _ float64) {
			v, w := 1.2*x[0]/(0.5+x[0]), 0.7*x[1]/(0.3+x[1])
			d[0], d[1], d[2] = -v, v-w, w-0.2*x[2]
		}},
		{name: "three tanks", names: []string{"a", "b", "c"}, start: []float64{3, 0, 0}, step: 0.3, rows: 70, fresh: near([]float64{3, 0.5, 0.2}, 0.1), rate: func(d, x, _ []float64, _ float64) {
			d[0], d[1], d[2] = -0.6*x[0]+0.1*x[1], 0.6*x[0]-0.5*x[1], 0.4*x[1]-0.2*x[2]
		}},
		{name: "lorenz 84", names: []string{"x", "y", "z"}, start: []float64{1, 0, -0.75}, step: 0.08, rows: 240, rate: func(d, x, _ []float64, _ float64) {
			d[0] = -x[1]*x[1] - x[2]*x[2] - 0.25*x[0] + 0.25*8
			d[1] = x[0]*x[1] - 4*x[0]*x[2] - x[1] + 1
			d[2] = 4*x[0]*x[1] + x[0]*x[2] - x[2]
		}},
		{name: "sprott b", names: []string{"x", "y", "z"}, start: []float64{0.1, 1, 0}, step: 0.15, rows: 240, rate: func(d, x, _ []float64, _ float64) {
			d[0], d[1], d[2] = x[1]*x[2], x[0]-x[1], 1-x[0]*x[1]
		}},
		{name: "bead on a hoop", names: []string{"q", "w"}, start: []float64{0.4, 0}, step: 0.15, rows: 100, fresh: near([]float64{0.5, 0}, 0.1), rate: func(d, x, _ []float64, _ float64) {
			d[0], d[1] = x[1], math.Sin(x[0])*(1.8*math.Cos(x[0])-1)-0.1*x[1]
		}},
		{name: "oregonator", names: []string{"x", "z"}, start: []float64{0.6, 0.2}, step: 0.12, rows: 120, rate: func(d, x, _ []float64, _ float64) {
			d[0], d[1] = (x[0]*(1-x[0])-0.9*x[1]*(x[0]-0.02)/(x[0]+0.02))/0.15, x[0]-x[1]
		}},
		{name: "mass under steps", names: []string{"x", "v"}, inputs: []string{"u"}, start: []float64{0, 0}, step: 0.2, rows: 120, u: steps(-1, 1, 2), rate: func(d, x, u []float64, _ float64) {
			d[0], d[1] = x[1], -1.5*x[0]-0.4*x[1]-0.3*x[0]*x[0]*x[0]+u[0]
		}},
		{name: "heater", names: []string{"wall", "room"}, inputs: []string{"power"}, start: []float64{0.2, 0.1}, step: 0.3, rows: 120, u: steps(0, 2, 3), rate: func(d, x, u []float64, _ float64) {
			d[0], d[1] = u[0]-0.5*(x[0]-x[1]), 0.3*(x[0]-x[1])-0.15*x[1]
		}},
		{name: "tank with overflow", names: []string{"level"}, inputs: []string{"pump"}, start: []float64{1}, step: 0.4, rows: 120, u: steps(0, 1.2, 4), rate: func(d, x, u []float64, _ float64) {
			d[0] = u[0] - 0.6*math.Sqrt(math.Max(x[0], 0))
		}},
		{name: "gompertz", names: []string{"n"}, start: []float64{0.1}, step: 0.2, rows: 60, fresh: near([]float64{0.1}, 0.1), rate: func(d, x, _ []float64, _ float64) {
			d[0] = -0.7 * x[0] * math.Log(math.Max(x[0], 1e-9)/2)
		}},
		// What follows cannot be fitted well by what is written down.
		{name: "one column of two", names: []string{"x", "v"}, start: []float64{1, 0}, step: 0.25, rows: 100, measured: []int{0}, rate: func(d, x, _ []float64, _ float64) {
			d[0], d[1] = x[1], 0.8*(1-x[0]*x[0])*x[1]-x[0]
		}},
		{name: "two columns of three", names: []string{"x", "y", "z"}, start: []float64{0.1, 1, 0}, step: 0.15, rows: 200, measured: []int{0, 2}, rate: func(d, x, _ []float64, _ float64) {
			d[0], d[1], d[2] = x[1]*x[2], x[0]-x[1], 1-x[0]*x[1]
		}},
		{name: "drive not recorded", names: []string{"x", "v"}, inputs: []string{"u"}, start: []float64{0, 0}, step: 0.2, rows: 120, u: steps(-1, 1, 2), drop: true, rate: func(d, x, u []float64, _ float64) {
			d[0], d[1] = x[1], -1.5*x[0]-0.5*x[1]+u[0]
		}},
		{name: "wave not recorded", names: []string{"x", "y"}, inputs: []string{"u"}, start: []float64{0.5, 0.2}, step: 0.25, rows: 120, u: wave(0.8, 1.3), drop: true, rate: func(d, x, u []float64, _ float64) {
			d[0], d[1] = -0.5*x[0]+u[0], 0.6*x[0]-0.3*x[1]
		}},
		{name: "random walk", names: []string{"x"}, start: []float64{0}, step: 0.2, rows: 100, shock: 0.5, rate: func(d, x, _ []float64, _ float64) { d[0] = -0.05 * x[0] }},
		{name: "driven by shocks", names: []string{"x", "v"}, start: []float64{1, 0}, step: 0.25, rows: 120, shock: 0.35, rate: func(d, x, _ []float64, _ float64) {
			d[0], d[1] = x[1], -x[0]-0.3*x[1]
		}},
		{name: "walks together", names: []string{"a", "b"}, start: []float64{0, 1}, step: 0.2, rows: 120, shock: 0.4, rate: func(d, x, _ []float64, _ float64) {
			d[0], d[1] = 0.2*(x[1]-x[0]), 0.1*(x[0]-x[1])
		}},
		{name: "slow change of a rate", names: []string{"x", "y"}, start: []float64{1, 0.5}, step: 0.3, rows: 100, rate: func(d, x, _ []float64, t float64) {
			a := 1 + 0.5*math.Sin(0.12*t)
			d[0], d[1] = a*x[0]-0.9*x[0]*x[1]-0.1*x[0]*x[0], x[0]*x[1]-0.8*x[1]
		}},
	}
}

// record simulates rows from a start at time from: values without noise, and the
// inputs.
func (w *world) record(start []float64, from float64, rows int, r *rand.Rand) (t []float64, x, u [][]float64) {
	const sub = 20
	state := append([]float64{}, start...)
	h := w.step / sub
	d := len(state)
	for k := range rows {
		at := from + float64(k)*w.step
		var in []float64
		if w.u != nil {
			in = w.u(at+1e-9, r)
		}
		t, x, u = append(t, at), append(x, append([]float64{}, state...)), append(u, in)
		for i := range sub {
			w.advance(state, in, at+float64(i)*h, h)
			for c := 0; c < d && w.shock > 0; c++ {
				state[c] += w.shock * math.Sqrt(h) * r.NormFloat64()
			}
		}
	}
	return t, x, u
}

// advance makes one step of the classical method of order four.
func (w *world) advance(x, u []float64, t, h float64) {
	d := len(x)
	k, y := [4][]float64{}, make([]float64, d)
	copy(y, x)
	for s, c := range []float64{0, 0.5, 0.5, 1} {
		if s > 0 {
			for i := range y {
				y[i] = x[i] + c*h*k[s-1][i]
			}
		}
		k[s] = make([]float64, d)
		w.rate(k[s], y, u, t+c*h)
	}
	for i := range x {
		x[i] += h / 6 * (k[0][i] + 2*k[1][i] + 2*k[2][i] + k[3][i])
	}
}
