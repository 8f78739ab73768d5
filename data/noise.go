package data

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/entrain-dev/entrain/internal/budget"
	"github.com/entrain-dev/entrain/internal/num"
)

// Noise is white Gaussian measurement noise.
type Noise struct {
	Level    float64 // standard deviation, or with Relative a fraction
	Relative bool    // the level is a fraction of each component's mean magnitude
	Torch    bool    // draw from PyTorch's stream, all times of a component after one another
}

// ParseNoise reads "0.25" (a standard deviation in the user's units) or "5%"
// (of each component's mean magnitude).
func ParseNoise(text string) (Noise, error) {
	digits, percent := strings.CutSuffix(strings.TrimSpace(text), "%")
	v, err := strconv.ParseFloat(digits, 64)
	if err != nil || !(v >= 0) || v > budget.Largest {
		return Noise{}, fmt.Errorf("%s is not a noise level; write a standard deviation such as 0.25, or 5%% of the mean magnitude", budget.Quote(text))
	}
	if percent {
		return Noise{Level: v / 100, Relative: true}, nil
	}
	return Noise{Level: v}, nil
}

// SD returns the standard deviation for each state of s.
func (n Noise) SD(s *Series) []float64 {
	sd := make([]float64, len(s.Names))
	m := NewMoments(*s)
	for c := range sd {
		sd[c] = n.Level
		if n.Relative {
			sd[c] *= m.MeanAbs[c]
		}
	}
	return sd
}

// AddNoise returns s with noise on its states; T and U are shared with s.
// Each component has a stream of its own, seed/"noise"/component, unless
// PyTorch's single stream is asked for.
//
// Errors: fewer than 16 values for PyTorch's stream, which draws those
// differently.
func AddNoise(s *Series, n Noise, seed uint64) (Series, error) {
	out, rows, d := *s, s.Len(), len(s.Names)
	z := make([]float64, rows*d) // component-major
	if n.Torch {
		if len(z) < 16 {
			return out, fmt.Errorf("rng=torch needs at least 16 values, there are %d; simulate more times or use the default stream", len(z))
		}
		num.NewTorch(seed).Normal(z)
	} else {
		for c := range d {
			r := num.Stream(seed, "noise", uint64(c))
			for i := range rows {
				z[c*rows+i] = r.NormFloat64()
			}
		}
	}
	sd := n.SD(s)
	out.X = make([]float64, len(s.X))
	for i := range rows {
		for c := range d {
			out.X[i*d+c] = s.X[i*d+c] + sd[c]*z[c*rows+i]
		}
	}
	return out, nil
}
