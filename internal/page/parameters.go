package page

import (
	"math"
	"slices"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/program"
	"github.com/entrain-dev/entrain/study"
)

// Parameter is a named number that was learnt.
type Parameter struct {
	field.Parameter
	Value float64 // of the first member, whose orbit is shown
	SD    float64 // the standard error of the fit; over the members if it says nothing; NaN if there is none
	Lo    float64 // with hi: the interval of 95 % if sd does not say it all; else NaN
	Hi    float64
	Note  string // what to know before trusting it
}

// learn adds what the result of the fit says beside the value.
func (p *Parameter) learn(res *study.Result) {
	if res == nil {
		return
	}
	for _, q := range res.Parameters {
		if q.Name == p.Name {
			p.Note, p.SD, p.Lo, p.Hi = q.Note, num.FromNull(q.SD), num.FromNull(q.Lo), num.FromNull(q.Hi)
		}
	}
}

// Parameters evaluates the named parameters of all members, in user units. res,
// which may be nil, knows more of them.
func Parameters(m *model.Model, res *study.Result) []Parameter {
	if m.Parts.Values == nil || len(m.Parts.Named) == 0 {
		return common(m, res)
	}
	e := program.NewExec(m.Parts.Values, 1)
	n := len(m.Parts.Named)
	members := make([][]float64, len(m.Theta))
	for i, theta := range m.Theta {
		members[i] = make([]float64, n)
		e.Run([][]float64{members[i]}, [][]float64{theta})
	}
	out := make([]Parameter, n)
	for k, p := range m.Parts.Named {
		out[k] = Parameter{p, members[0][k], spread(members, k), math.NaN(), math.NaN(), ""}
		out[k].learn(res)
	}
	return append(out, common(m, res)...)
}

// common are what the values of parameters that recordings have for themselves have in common, and
// how far apart they lie: the fit's own numbers, which no model holds.
func common(m *model.Model, res *study.Result) (out []Parameter) {
	if res == nil {
		return nil
	}
	for _, q := range res.Parameters {
		named := slices.ContainsFunc(m.Parts.Named, func(p field.Parameter) bool { return p.Name == q.Name })
		if m.Parts.PerRecording == nil || named || q.Of != "" {
			continue
		}
		out = append(out, Parameter{field.Parameter{Name: q.Name, Start: math.NaN()}, num.FromNull(q.Value),
			num.FromNull(q.SD), num.FromNull(q.Lo), num.FromNull(q.Hi), q.Note})
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
