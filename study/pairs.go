package study

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// Paired compares the row that Plan.Pairs names with the row it stands in, trial by trial: those
// that share the labels that are averaged over, such as the seed. Numbers that do not exist are
// null.
type Paired struct {
	With  string `json:"with"`  // labels of the row that is named
	Pairs int    `json:"pairs"` // trials of which both have a value
	Lower int    `json:"lower"` // in which the named row has the lower value
	// The share of pairs in which it is lower is in between in 95 of 100 such studies.
	LowerFrom float64 `json:"lower_from"`
	LowerTo   float64 `json:"lower_to"`
	// Ratio is the median of its value over that of this row, and where that of all such trials
	// is, in at least 95 of 100 such studies; nothing if they are too few or have other signs.
	Ratio     *float64 `json:"ratio"`
	RatioFrom *float64 `json:"ratio_from"`
	RatioTo   *float64 `json:"ratio_to"`
	Beyond    int      `json:"beyond"` // pairs whose ratio is above pairBeyond
}

const (
	pairBeyond = 1.2
	pairSure   = 0.95
)

// pair compares rows with those that p.Pairs names.
func (p *Plan) pair(rows []Row) {
	at := map[string]*Row{}
	for i := range rows {
		at[rows[i].Metric+" "+words(rows[i].Axes)] = &rows[i]
	}
	for i := range rows {
		r, other := &rows[i], false
		labels := slices.Clone(r.Axes)
		for k, l := range labels {
			if v, asked := p.Pairs[l.Axis]; asked && v != l.Value {
				labels[k].Value, other = v, true
			}
		}
		if with := at[r.Metric+" "+words(labels)]; other && with != nil {
			r.Paired = newPaired(with, r)
		}
	}
}

// newPaired compares a with b; nil if they have no trials in common.
func newPaired(a, b *Row) *Paired {
	p := &Paired{With: words(a.Axes)}
	var ratios []float64
	for _, key := range slices.Sorted(maps.Keys(a.Each)) {
		v := a.Each[key]
		w, both := b.Each[key]
		if !both {
			continue
		}
		p.Pairs++
		if v < w {
			p.Lower++
		}
		if v > 0 && w > 0 {
			ratios = append(ratios, v/w)
			if v > pairBeyond*w {
				p.Beyond++
			}
		}
	}
	if p.Pairs == 0 {
		return nil
	}
	p.LowerFrom, p.LowerTo = wilson(p.Lower, p.Pairs)
	if n := len(ratios); n == p.Pairs {
		slices.Sort(ratios)
		p.Ratio = number((ratios[(n-1)/2] + ratios[n/2]) / 2)
		if k := aroundMedian(n); k > 0 {
			p.RatioFrom, p.RatioTo = number(ratios[k-1]), number(ratios[n-k])
		}
	}
	return p
}

// wilson is the interval of a share that k of n trials tell of.
//
// Source: Wilson, J. Am. Stat. Assoc. 22 (1927) 209–212.
func wilson(k, n int) (from, to float64) {
	const z = 1.959963984540054 // of pairSure
	share, m := float64(k)/float64(n), float64(n)
	mid, half := share+z*z/(2*m), z*math.Sqrt(share*(1-share)/m+z*z/(4*m*m))
	return max(0, (mid-half)/(1+z*z/m)), min(1, (mid+half)/(1+z*z/m))
}

// aroundMedian is the largest k for which the median lies between the k-th of n sorted values and
// the k-th from the end with at least pairSure; 0: they are too few. It is the sign test turned
// round, whatever the distribution.
func aroundMedian(n int) (k int) {
	tail := 0.0
	for j := range n {
		log, _ := math.Lgamma(float64(n) + 1)
		a, _ := math.Lgamma(float64(j) + 1)
		b, _ := math.Lgamma(float64(n-j) + 1)
		if tail += math.Exp(log - a - b - float64(n)*math.Ln2); 2*tail > 1-pairSure {
			return j
		}
	}
	return 0
}

// PairHead is what the column of pairs is called.
func (p *Plan) PairHead() string {
	return "lower: " + strings.Join(slices.Sorted(maps.Values(p.Pairs)), ", ")
}

// Words say in how many pairs the named row is lower, and by how much; "" of nothing.
func (p *Paired) Words() string {
	if p == nil {
		return ""
	}
	text := fmt.Sprintf("%d of %d (%.0f–%.0f %%)", p.Lower, p.Pairs, 100*p.LowerFrom, 100*p.LowerTo)
	switch {
	case p.RatioFrom != nil:
		return text + fmt.Sprintf(", ratio %s (%s–%s)", figure(p.Ratio), rounded(*p.RatioFrom, 3), rounded(*p.RatioTo, 3))
	case p.Ratio != nil:
		return text + ", ratio " + figure(p.Ratio)
	}
	return text
}
