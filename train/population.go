package train

import (
	"fmt"
	"math"
	"slices"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/model"
)

// Of a parameter that every recording has for itself (field.Unknown.PerRecording) the values
// lie about a common one. How far apart they lie is found from the recordings: their
// deviations are residuals beside those of the rows, in units of a standard deviation that is
// the one of most likelihood, where rows and values are as the linearised trajectories have
// them. The common value has no prior.
//
// Source: Lindstrom, Bates, Biometrics 46 (1990) 673–687 (first-order conditional estimates);
// for the variance, restricted likelihood as in Harville, J. Am. Stat. Assoc. 72 (1977) 320–338.

// group is such a parameter.
type group struct {
	name  string
	state int
	at    []int      // its places among the unknowns, recording by recording
	by    coordinate // in which its values are compared: logarithms if they are positive
	sd    float64    // of its values, in this coordinate
}

const (
	firstSpread      = 1.   // of a logarithm, or of a number in units of its start, while starts are searched
	leastSpread      = 1e-3 // that is told from none
	populationRounds = 60   // of estimating spreads and noise
	farTold          = 1    // error of the logarithm of a spread, and of Fisher's z of a correlation, that says nothing
	fewestTold       = 0.5  // values that the rows must tell from the common one, for the faster step
	spreadStep       = 3    // by which a spread may change in a round
)

// findGroups notes the parameters of recordings among the unknowns; none where one recording
// has nothing to share.
func (e *estimator) findGroups() {
	f := &e.p.Parts.Frame
	if len(e.p.Train) < 2 || e.u.starts == 0 {
		return
	}
	for _, q := range e.p.Parts.PerRecording {
		g := group{name: f.States[q.State], state: q.State, sd: firstSpread}
		if q.Positive {
			g.by = coordinate{kind: logStart, shift: f.Shift[q.State], scale: f.Scale[q.State]}
		}
		for rec := range e.p.Train {
			g.at = append(g.at, e.startAt(rec*e.u.states+q.State))
		}
		e.groups = append(e.groups, g)
	}
	e.blocks = bundlesOf(e.p.Parts.PerRecording)
}

// grouped is how many residuals the groups have.
func (e *estimator) grouped() (n int) {
	for i := range e.groups {
		n += len(e.groups[i].at)
	}
	return n
}

// spreads are the standard deviations of the groups, and behind them the correlations of blocks;
// nil: there are none.
func (e *estimator) spreads() (sd []float64) {
	for i := range e.groups {
		sd = append(sd, e.groups[i].sd)
	}
	for i := range e.blocks {
		sd = append(sd, e.blocks[i].correlation...)
	}
	return sd
}

// spread sets them.
func (e *estimator) spread(sd []float64) {
	for i := range e.groups {
		e.groups[i].sd, sd = sd[0], sd[1:]
	}
	for i := range e.blocks {
		sd = sd[copy(e.blocks[i].correlation, sd):]
	}
}

// common is the value that those of z lie about, in the coordinate of the group.
func (g *group) common(z []float64) float64 {
	sum := 0.0
	for _, j := range g.at {
		sum += g.by.of(z[j])
	}
	return sum / float64(len(g.at))
}

// residuals are the deviations of the values of z from the common one, in standard deviations;
// row, if not nil, is given their derivatives: with respect to the unknown, for each of them.
func (g *group) residuals(r, z []float64, row func(i, unknown int, slope float64)) {
	mean, n := g.common(z), float64(len(g.at))
	for i, j := range g.at {
		r[i] = (g.by.of(z[j]) - mean) / g.sd
		if row == nil {
			continue
		}
		for k, l := range g.at {
			_, slope := g.by.at(g.by.of(z[l]))
			d := -1 / n
			if k == i {
				d++
			}
			row(i, l, d/(g.sd*slope))
		}
	}
}

// respread finds the spread of each group anew, from what the curvature at z says of its
// values. It returns the largest relative change.
func (e *estimator) respread(z []float64) float64 {
	if e.groups == nil {
		return 0
	}
	u := e.uncertainty(z)
	if u == nil {
		return 0
	}
	change := 0.0
	for k := range e.blocks {
		if b := &e.blocks[k]; len(b.of) > 1 {
			change = max(change, e.respreadBlock(b, z, u))
			continue
		}
		g := &e.groups[e.blocks[k].of[0]]
		square, open := g.scatter(z), g.open(u)
		n := float64(len(g.at) - 1)
		next := (square + open) / n
		if told := n - open/(g.sd*g.sd); told > fewestTold {
			next = square / told
		}
		next = min(max(math.Sqrt(next), g.sd/spreadStep, leastSpread), g.sd*spreadStep)
		change = max(change, math.Abs(next/g.sd-1))
		g.sd = next
	}
	return change
}

// scatter is the sum of the squared deviations of the values of z from the common one.
func (g *group) scatter(z []float64) float64 {
	mean, sum := g.common(z), 0.0
	for _, j := range g.at {
		d := g.by.of(z[j]) - mean
		sum += d * d
	}
	return sum
}

// open is the variance of those deviations that the rows leave.
func (g *group) open(u *uncertainty) float64 {
	n, own := float64(len(g.at)), 0.0
	for _, i := range g.at {
		own += u.covariance(i, i, nullValue)
	}
	return own - n*g.uncertain(u)
}

// uncertain is the variance of the mean of the values, all else being unknown too.
func (g *group) uncertain(u *uncertainty) float64 {
	return u.ofMeans(g.at, g.at)
}

// population are the common values and the spreads of the groups, with standard errors where
// u has some.
func (e *estimator) population(z []float64, u *uncertainty, all string) (out []model.Estimate) {
	f := &e.p.Parts.Frame
	var correlations []model.Estimate
	known := make([]float64, len(e.groups))
	for k := range e.blocks {
		correlations = append(correlations, e.correlations(&e.blocks[k], z, u, all, known)...)
	}
	for k := range e.groups {
		g, why := &e.groups[k], all
		mean, n := g.common(z), float64(len(g.at))
		at, slope := g.by.at(mean)
		value := model.NewEstimate(g.name, f.Shift[g.state]+f.Scale[g.state]*at)
		unit := f.Scale[g.state] * slope
		spread := model.NewEstimate(g.name+", between recordings", g.sd*f.Scale[g.state])
		if g.by.kind == logStart {
			spread = model.NewEstimate("log "+g.name+", between recordings", g.sd)
		}
		if why == "" && u != nil && !slices.ContainsFunc(g.at, func(j int) bool { return u.place[j] >= 0 }) {
			why = "not determined: the rows do not depend on it"
		}
		switch {
		case why != "":
			value.Note, spread.Note = why, why
		case u != nil:
			value.SD = math.Sqrt(g.uncertain(u)+g.sd*g.sd/n) * unit
			if known[k] > farTold {
				spread.Note = notTold
			} else if known[k] > 0 {
				spread.SD = spread.Value * known[k]
			} else if told := n - 1 - g.open(u)/(g.sd*g.sd); g.sd > leastSpread*1.01 && told > fewestTold {
				spread.SD = spread.Value / math.Sqrt(2*told)
			} else {
				spread.Note = fmt.Sprintf("the rows do not tell the %d values apart", len(g.at))
			}
		}
		out = append(out, value, spread)
	}
	return append(out, correlations...)
}

// commons are what the model keeps of the groups; u has errors, nil: there are none.
func (e *estimator) commons(z []float64, u *uncertainty) (out []model.Common) {
	f := &e.p.Parts.Frame
	for k := range e.groups {
		g := &e.groups[k]
		at, _ := g.by.at(g.common(z))
		unit := f.Scale[g.state]
		if g.by.kind == logStart {
			unit = 1
		}
		c := model.Common{State: g.state, Value: f.Shift[g.state] + f.Scale[g.state]*at, SD: g.sd * unit, Log: g.by.kind == logStart}
		if u != nil {
			if v := math.Sqrt(g.uncertain(u) + g.sd*g.sd/float64(len(g.at))); isNumber(v) {
				c.Error = v * unit
			}
		}
		out = append(out, c)
	}
	for k := range e.blocks {
		e.blocks[k].tell(out)
	}
	return out
}

// startName is how a learnt start is called.
func (p *Problem) startName(state int) string {
	name := p.Parts.Frame.States[state]
	if p.perRecording(state) {
		return name
	}
	return name + "(0)"
}

// perRecording tells that a state stands for a parameter that every recording has for itself.
func (p *Problem) perRecording(state int) bool {
	return slices.ContainsFunc(p.Parts.PerRecording, func(q field.RecordingParameter) bool { return q.State == state })
}

// knownStart tells that a state starts where the problem says, though parameters of
// recordings are learnt as starts.
func (p *Problem) knownStart(state int) bool {
	return p.Initial != "learn" && !p.perRecording(state)
}
