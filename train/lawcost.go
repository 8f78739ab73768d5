package train

import "github.com/entrain-dev/entrain/field"

// What linear laws cost to find, measured: nanoseconds of a value of a row for each state each
// time the rows are gone through, and of the comparison of orders for each column.
const (
	lawPerValue  = 60
	lawCompare   = 3.3e9
	lawRounds    = 20
	lawFewRounds = 2
	lawValues    = 800_000 // values × rounds
	lawCompared  = 3000    // rows on which orders are compared
)

// lawSeconds is about how long a search for linear laws to begin at takes.
func (p *Problem) lawSeconds() float64 {
	if linear, library := p.beginsAtLaws(); linear == nil && library == nil {
		return 0
	}
	rows, d, q := 0, len(p.Train[0].Names), len(p.Train[0].Inputs)
	for i := range p.Train {
		rows += p.Train[i].Len()
	}
	values := float64(rows * d)
	rounds := max(lawFewRounds, min(lawRounds, lawValues/max(1, values)))
	fit := func(n int) float64 {
		unknowns := n*(2*d+q) + d
		return rounds * float64(unknowns+2) * values * lawPerValue * float64(n)
	}
	sum := 0.0
	if d <= plainMost {
		sum += fit(d)
	}
	if d <= hiddenWide {
		sum += fit(d+hiddenMost/2) + lawCompare*float64(d)*min(1, float64(rows)/lawCompared)
	}
	return sum * 1e-9
}

// beginsAtLaws is the problem's architecture if candidates of it begin at linear laws: all of
// them, or some beside a library.
func (p *Problem) beginsAtLaws() (linear *field.Linear, library *field.PolyMLP) {
	switch arch := p.Arch.(type) {
	case *field.Linear:
		return arch, nil
	case *field.PolyMLP:
		if arch.Degree == 0 && !arch.Time && arch.Augment == 0 && p.learnsStarts() {
			return nil, arch
		}
	}
	return nil, nil
}

// largestLaws are candidates of the sizes that those of lawRecipes have at most, without the laws
// that they would begin at: for what they cost.
func (p *Problem) largestLaws() (list []*candidate, only bool, err error) {
	d, driven := len(p.Train[0].Names), len(p.Train[0].Inputs) > 0
	add := func(archName string, arch field.Architecture, whole bool) {
		q, e := p.with(archName, arch)
		if e != nil {
			err = e
			return
		}
		if _, bent := arch.(*field.PolyMLP); bent && len(q.Parts.Theta0) > bentSize {
			return
		}
		q.whole = whole
		list = append(list, &candidate{p: q})
	}
	linear, library := p.beginsAtLaws()
	switch {
	case linear != nil:
		hidden := linear.Augment
		if hidden == 0 {
			hidden = max(0, linearMost-d)
		}
		add("linear", &field.Linear{Augment: hidden}, true)
		return list, true, err
	case library == nil:
		return nil, false, nil
	}
	if d <= hiddenWide {
		add("linear", &field.Linear{Augment: hiddenMost}, driven)
		for degree := 3; degree >= 1 && driven; degree-- {
			arch := &field.PolyMLP{MLP: library.MLP, Degree: degree}
			arch.Augment, arch.Hidden = hiddenMost, []int{bentUnits}
			add("poly-mlp", arch, p.short())
		}
	}
	for range plainLaws {
		add("linear", &field.Linear{}, false)
		if err == nil {
			list[len(list)-1].plain = true
		}
	}
	if !driven && d <= hiddenWide {
		add("linear", &field.Linear{Augment: seasonStates * d}, false)
	}
	return list, false, err
}

// plainLaws is how many laws stand for baselines, beside that of level, slope and season, which
// has mostly no more hidden states than these for each column.
const (
	plainLaws    = 3
	seasonStates = 5
)
