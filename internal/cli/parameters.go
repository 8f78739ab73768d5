package cli

import (
	"fmt"
	"math"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/program"
	"github.com/entrain-dev/entrain/study"
)

// parameter is a named number that was learnt.
type parameter struct {
	field.Parameter
	value float64 // of the first member, whose orbit is shown
	sd    float64 // the standard error of the fit; over the members if it says nothing; NaN if there is none
	lo    float64 // with hi: the interval of 95 % if sd does not say it all; else NaN
	hi    float64
	note  string
}

// learn adds what the result of the fit says beside the value.
func (p *parameter) learn(res *study.Result) {
	if res == nil {
		return
	}
	for _, q := range res.Parameters {
		if q.Name == p.Name {
			p.note, p.sd, p.lo, p.hi = q.Note, orNaN(q.SD), orNaN(q.Lo), orNaN(q.Hi)
		}
	}
}

// parameters evaluates the named parameters of all members, in user units. res,
// which may be nil, knows more of them.
func parameters(m *model.Model, res *study.Result) []parameter {
	if m.Parts.Values == nil || len(m.Parts.Named) == 0 {
		return nil
	}
	e := program.NewExec(m.Parts.Values, 1)
	n := len(m.Parts.Named)
	members := make([][]float64, len(m.Theta))
	for i, theta := range m.Theta {
		members[i] = make([]float64, n)
		e.Run([][]float64{members[i]}, [][]float64{theta})
	}
	out := make([]parameter, n)
	for k, p := range m.Parts.Named {
		out[k] = parameter{p, members[0][k], spread(members, k), math.NaN(), math.NaN(), ""}
		out[k].learn(res)
	}
	return out
}

// spread is the standard deviation of entry k over members; NaN for fewer
// than two.
func spread(members [][]float64, k int) float64 {
	n := float64(len(members))
	mean, square := 0.0, 0.0
	for _, v := range members {
		mean += v[k] / n
	}
	for _, v := range members {
		square += (v[k] - mean) * (v[k] - mean)
	}
	if n < 2 {
		return math.NaN()
	}
	return math.Sqrt(square / (n - 1))
}

// uncertain is an error as it stands behind a value: ± its deviation, and the
// interval where that is lopsided.
func uncertain(sd, lo, hi float64) string {
	if s := deviation(sd); s != "" && !math.IsNaN(lo) && !math.IsNaN(hi) {
		return fmt.Sprintf("%s (95 %%: %s to %s)", s, short(lo), short(hi))
	}
	return deviation(sd)
}

func deviation(sd float64) string {
	if math.IsNaN(sd) {
		return ""
	}
	return " ± " + short(sd)
}

func finite(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}
