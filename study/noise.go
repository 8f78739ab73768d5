package study

import (
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/train"
)

// NoiseModel is the noise of a column where it is not that of least squares.
type NoiseModel struct {
	Column  string      `json:"column"`
	Kind    string      `json:"kind"`            // entrain list noises
	Limit   *float64    `json:"limit,omitempty"` // values not above it are censored
	Given   []Parameter `json:"given,omitempty"` // numbers of it that were not learnt
	Numbers []Parameter `json:"numbers"`         // and those that were, with their errors
}

// newNoise puts what is known of the noise into the form of result.json; nil where it is that of
// least squares.
func newNoise(r *train.Result, names []string) (out []NoiseModel) {
	if r.Model == nil {
		return nil
	}
	for c, n := range r.Model.NoiseModels {
		one := NoiseModel{Column: names[c], Kind: n.Kind, Limit: n.Limit, Numbers: []Parameter{}}
		for _, v := range n.Numbers {
			if v.Given {
				one.Given = append(one.Given, newParameter(model.NewEstimate(v.Name, v.Value)))
			}
		}
		for _, e := range r.NoiseNumbers {
			if e.Of == names[c] {
				e.Of = ""
				one.Numbers = append(one.Numbers, newParameter(e))
			}
		}
		out = append(out, one)
	}
	return out
}
