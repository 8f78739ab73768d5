package filter

import "math"

// Horizon keeps the last rows and goes through them again whenever one comes: the state
// before the first of them, as the rows up to it had it, is the prior (arrival cost), and
// tangents are taken along the trajectory as all rows of the horizon have it. That is
// Gauss–Newton on all states of the horizon; where the system is linear it changes
// nothing.
//
// Source: Rao, Rawlings, Mayne, IEEE Trans. Automatic Control 48 (2003) 246–258; Bell,
// SIAM J. Optimization 4 (1994) 626–636.
type Horizon struct {
	Filter *Filter
	Length int // rows
	Again  int // passes

	arrival []*State // before each row of the horizon
	times   []float64
	rows    [][]float64
}

// Row goes to time t and takes in a row.
func (h *Horizon) Row(t float64, y []float64) error {
	h.arrival = append(h.arrival, h.Filter.State.Clone())
	h.times, h.rows = append(h.times, t), append(h.rows, append([]float64{}, y...))
	if drop := len(h.rows) - max(1, h.Length); drop > 0 {
		h.arrival, h.times, h.rows = h.arrival[drop:], h.times[drop:], h.rows[drop:]
	}
	if err := h.Filter.Row(t, y); err != nil {
		return err
	}
	counts := h.Filter.State.Clone() // of each row once
	for range h.Again {
		state, err := h.pass()
		if err != nil {
			return err
		}
		change := 0.0
		for i, v := range state.X {
			change = max(change, math.Abs(v-h.Filter.X[i])/math.Sqrt(max(state.P[i*len(state.X)+i], 1e-300)))
		}
		h.Filter.State = state
		if change < settledChange {
			break
		}
	}
	h.Filter.Rows, h.Filter.LogLikelihood, h.Filter.Surprise, h.Filter.Values = counts.Rows, counts.LogLikelihood, counts.Surprise, counts.Values
	return nil
}

// settledChange is a change of the state, in its deviations, that is none.
const settledChange = 1e-6

// pass smooths the horizon and filters it again along the smoothed states.
func (h *Horizon) pass() (*State, error) {
	first := h.arrival[0]
	f, err := New(h.Filter.System, h.Filter.Noise, first)
	if err != nil {
		return nil, err
	}
	steps, err := f.forward(h.times, h.rows)
	if err != nil {
		return nil, err
	}
	along, err := smoothed(steps)
	if err != nil {
		return nil, err
	}
	start := first.Clone()
	if err := back(start, &steps[0], along[0]); err != nil {
		return nil, err
	}
	path := append([]*State{start}, along...)
	g, err := New(&alongPath{h.Filter.System, path, 0}, h.Filter.Noise, first)
	if err != nil {
		return nil, err
	}
	for k, t := range h.times {
		g.System.(*alongPath).at = k
		if err := g.Row(t, h.rows[k]); err != nil {
			return nil, err
		}
	}
	return g.State, nil
}

// alongPath is a system made linear at the states of a path.
type alongPath struct {
	System
	path []*State
	at   int // of the step under way
}

// Advance implements System.
func (a *alongPath) Advance(dst, jac, x []float64, t0, t1 float64) error {
	n := a.Dim()
	j := jac
	if j == nil {
		j = make([]float64, n*n)
	}
	from := a.path[a.at].X
	if err := a.System.Advance(dst, j, from, t0, t1); err != nil {
		return err
	}
	for i := range n {
		for k := range n {
			dst[i] += j[i*n+k] * (x[k] - from[k])
		}
	}
	return nil
}

// Rates implements System.
func (a *alongPath) Rates(jac, _ []float64, t float64) error {
	return a.System.Rates(jac, a.path[a.at].X, t)
}
