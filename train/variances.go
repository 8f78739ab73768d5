package train

import "github.com/entrain-dev/entrain/data"

// weigh gives components equal weights unless others were asked for: else those of little variance
// would count like the first.
func (s *Settings) weigh(series []data.Series) {
	if series[0].Components != nil && s.Weights == "auto" {
		s.Weights = "equal"
	}
}

// variances are those of the columns of recordings, in parts of which errors are scored. Those of
// components are their mean for all: an error of a component counts as it does in the columns, else
// the smallest of them would count like the first.
func variances(series []data.Series) []float64 {
	v := data.NewMoments(series...).Variance()
	if series[0].Components == nil {
		return v
	}
	mean := 0.0
	for _, one := range v {
		mean += one / float64(len(v))
	}
	for c := range v {
		v[c] = mean
	}
	return v
}
