package data

import (
	"cmp"
	"math"
	"slices"
	"strconv"
)

// grid are the times of the rows of a recording, ascending, beside which times are computed: of doses
// that ADDL repeats, and where infusions end. Sums of decimals are some units of the last place beside
// what a file says, so that they have to be put back, or a value before a dose is taken for one after it.
type grid struct {
	times    []float64
	size     float64 // the largest, without its sign
	near     float64 // no times are told apart that are nearer
	end      float64 // of the recording: no dose is repeated behind it
	decimals int     // of a time that a file may say
}

// newGrid is that of rows in the order of time, of a recording that goes on to end.
func newGrid(times []float64, rows []int, end float64) *grid {
	g := &grid{times: make([]float64, len(rows)), size: math.Abs(end), end: end}
	for k, i := range rows {
		g.times[k] = times[i]
		g.size = max(g.size, math.Abs(times[i]))
	}
	const units = 8 // of a product, a quotient and a sum, of numbers that are rounded themselves
	g.near = units * 0x1p-52 * g.size
	if g.size > 0 {
		g.decimals = max(14-int(math.Ceil(math.Log10(g.size))), 0)
	}
	return g
}

// snap is the time of a row that a computed time means, else the decimal number.
func (g *grid) snap(t float64) float64 {
	k, _ := slices.BinarySearch(g.times, t)
	best, far := t, math.Inf(1)
	for _, i := range []int{k - 1, k} {
		if i >= 0 && i < len(g.times) && math.Abs(g.times[i]-t) < far {
			best, far = g.times[i], math.Abs(g.times[i]-t)
		}
	}
	if far <= g.near {
		return best
	}
	if v, err := strconv.ParseFloat(strconv.FormatFloat(t, 'f', g.decimals, 64), 64); err == nil && math.Abs(v-t) <= g.near {
		return v + 0 // without the sign of a zero
	}
	return t
}

// join makes times of doses that mean one time equal.
func (g *grid) join(doses []dose) {
	var all []*float64
	for k := range doses {
		if all = append(all, &doses[k].time); doses[k].rate > 0 {
			all = append(all, &doses[k].until)
		}
	}
	slices.SortFunc(all, func(a, b *float64) int { return cmp.Compare(*a, *b) })
	for k := 1; k < len(all); k++ {
		a, b := *all[k-1], *all[k]
		if _, row := slices.BinarySearch(g.times, b); !row && b-a <= g.near {
			*all[k] = a
		}
	}
}

// supply is what a recording is given into a column, followed in the order of time.
type supply struct {
	doses   []dose // by time
	rate    bool
	ends    []int // doses by their ends
	on, off int   // how many have begun and ended
	sums    []float64
	leafs   int // sums[leafs+k] is the rate of dose k while it lasts, sums[n] that of 2n and 2n+1
}

// supply is that of a column of amounts or rates.
func (p *person) supply(one Dosing) *supply {
	s := &supply{rate: one.Rate}
	for _, d := range p.doses {
		if d.compartment == one.Compartment && (d.rate > 0) == one.Rate {
			s.doses = append(s.doses, d)
		}
	}
	slices.SortStableFunc(s.doses, func(a, b dose) int {
		return cmp.Or(cmp.Compare(a.time, b.time), cmp.Compare(a.amount, b.amount), cmp.Compare(a.rate, b.rate))
	})
	if s.rate {
		for s.leafs = 1; s.leafs < len(s.doses); s.leafs *= 2 {
		}
		s.sums = make([]float64, 2*s.leafs)
		for k := range s.doses {
			s.ends = append(s.ends, k)
		}
		slices.SortFunc(s.ends, func(a, b int) int { return cmp.Compare(s.doses[a].until, s.doses[b].until) })
	}
	return s
}

// at is the amount given at a time, or the rate from it on; times ascend.
func (s *supply) at(t float64) (sum float64) {
	for ; s.on < len(s.doses) && s.doses[s.on].time <= t; s.on++ {
		if s.rate {
			s.set(s.on, s.doses[s.on].rate)
		} else {
			sum += s.doses[s.on].amount
		}
	}
	if !s.rate {
		return sum
	}
	for ; s.off < len(s.ends) && s.doses[s.ends[s.off]].until <= t; s.off++ {
		s.set(s.ends[s.off], 0)
	}
	return s.sums[1]
}

// set is the rate of dose k now; sums are made anew, not changed, so that nothing is left of what ended.
func (s *supply) set(k int, rate float64) {
	k += s.leafs
	s.sums[k] = rate
	for k /= 2; k > 0; k /= 2 {
		s.sums[k] = s.sums[2*k] + s.sums[2*k+1]
	}
}
