package ode

import (
	"math"
	"slices"

	"github.com/entrain-dev/entrain/field"
)

// A kink of a trajectory shows again by every lag later, an order weaker each time. Steps land on
// these times for as many hops as the method has orders.

// Breaks implements field.Breaker: those of the known inputs, and where the start and jumps show
// again.
func (d *delays) Breaks(lane int, t0, t1 float64) (all []float64) {
	if b, ok := d.base.(field.Breaker); ok {
		all = append(all, b.Breaks(lane, t0, t1)...)
	}
	d.lane[lane].echoes = d.lane[lane].echoes[:0]
	all = append(all, d.broke(lane, d.ivp.T0[lane], t1)...)
	last := d.ivp.T0[lane]
	for _, j := range d.Jumps(lane, t0, t1) {
		if j.T > last {
			all = append(all, d.broke(lane, j.T, t1)...)
		}
		last = j.T
	}
	return d.lane[lane].merged(all)
}

// Jumps implements field.Jumper.
func (d *delays) Jumps(lane int, t0, t1 float64) []field.Jump {
	if j, ok := d.base.(field.Jumper); ok {
		return j.Jumps(lane, t0, t1)
	}
	return nil
}

// Switches implements field.Jumper.
func (d *delays) Switches() []field.Switch {
	if j, ok := d.base.(field.Jumper); ok {
		return j.Switches()
	}
	return nil
}

// broke are the times before end at which what happens to a lane at a time shows again. The first
// of them are noted as echoes.
func (d *delays) broke(lane int, origin, end float64) (all []float64) {
	m := &d.lane[lane]
	for k, lag := range m.lag {
		if t := origin + lag; t < end {
			m.echoes = append(m.echoes, echo{t: t, origin: origin, lag: k})
		}
	}
	now := []float64{origin}
	for hop := 0; hop < d.order && len(now) > 0; hop++ {
		var next []float64
		for _, t := range now {
			for _, lag := range m.lag {
				if t+lag < end {
					next = append(next, t+lag)
				}
			}
		}
		if now = m.merged(next); len(all)+len(now) > mostEchoes {
			break
		}
		all = append(all, now...)
	}
	return all
}

// merged are times in their order, those that mean the same once.
func (m *memory) merged(all []float64) []float64 {
	slices.Sort(all)
	return slices.CompactFunc(all, func(a, b float64) bool { return math.Abs(b-a) <= sameKink*m.least })
}

// crossed makes steps land where a jump of lane l at time t, which nobody knew of, shows again.
func (d *delays) crossed(s *Solver, l int, t float64) {
	if d.of == nil {
		return
	}
	q := &s.lane[l]
	q.breaks = d.lane[l].merged(slices.Concat(q.breaks, d.broke(l, t, q.end)))
}
