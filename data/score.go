package data

import "math"

// Scores say how far a trajectory is from a recording, in the user's units.
type Scores struct {
	// MSE is the mean squared error over all observed values.
	MSE float64
	// NRMSE is the root of the mean over components of their mean squared error
	// divided by the variance of whole recordings: the error in deviations. The ruler is
	// the same for any part of the rows.
	NRMSE float64
	// R2 is 1 minus the mean over components of their mean squared error divided by the
	// variance of the very values compared, about their own mean: saying that mean has 0.
	R2 float64
	// Below is how many of the values compared are known only not to be above a limit.
	Below int
	// Components holds the same per column, in order; may be empty.
	Components []ComponentScore
}

// ComponentScore is the score of one column.
type ComponentScore struct {
	Name           string
	MSE, NRMSE, R2 float64
	Below          int
}

// IsBelow tells whether an observed value is known only not to be above the limit of its column,
// which is NaN where there is none.
func IsBelow(observed, limit float64) bool { return observed <= limit }

// LimitOf is the limit of column c as Series.Below has it.
func LimitOf(below []float64, c int) float64 {
	if below == nil {
		return math.NaN()
	}
	return below[c]
}

// Off is how far a prediction is from what was observed, with sign: of a value known only not to
// be above the limit, 0 at or below it and the distance to it above it.
func Off(predicted, observed, limit float64) float64 {
	if IsBelow(observed, limit) {
		return max(0, predicted-limit)
	}
	return predicted - observed
}

// Scorer adds up squared errors. Scores are NaN where nothing was observed, or, for
// NRMSE and R2, where the variance that each refers to is not positive.
type Scorer struct {
	names    []string
	variance []float64
	limit    []float64 // nil: of no column
	sum      []float64
	count    []int
	below    []int
	counted  int       // columns that count: the first
	mean     []float64 // of the observed values so far
	about    []float64 // their squared distances from it, added up
}

// NewScorer returns a scorer for columns with the given names and variances
// (those of the recording: NewMoments(s).Variance()), and with limits as Series.Below has
// them.
func NewScorer(names []string, variance, below []float64) *Scorer {
	if len(names) != len(variance) || below != nil && len(below) != len(names) {
		panic("data: NewScorer: names, variances and limits differ in length")
	}
	d := len(names)
	return &Scorer{names, variance, below, make([]float64, d), make([]int, d), make([]int, d), d, make([]float64, d), make([]float64, d)}
}

// First lets only so many columns count, the first ones, and returns s: the others of an Embedding are
// what the first was before.
func (s *Scorer) First(columns int) *Scorer {
	s.counted = columns
	return s
}

// Reset forgets all rows.
func (s *Scorer) Reset() {
	clear(s.sum)
	clear(s.count)
	clear(s.below)
	clear(s.mean)
	clear(s.about)
}

// Add adds one row. Columns whose observed value is NaN do not count; a
// predicted NaN makes the score NaN. Values at or below the limit of a column are
// compared as Off says.
//
// Source of the running variance: Welford, Technometrics 4 (1962) 419.
func (s *Scorer) Add(predicted, observed []float64) {
	if len(predicted) != len(s.sum) || len(observed) != len(s.sum) {
		panic("data: Scorer.Add: row of the wrong length")
	}
	for c, want := range observed[:s.counted] {
		if math.IsNaN(want) {
			continue
		}
		limit := LimitOf(s.limit, c)
		e := Off(predicted[c], want, limit)
		if IsBelow(want, limit) {
			s.below[c]++
		}
		s.sum[c] += e * e
		s.count[c]++
		d := want - s.mean[c]
		s.mean[c] += d / float64(s.count[c])
		s.about[c] += d * (want - s.mean[c])
	}
}

// Scores returns the scores of the rows so far. Columns never observed stay out of the means.
func (s *Scorer) Scores() Scores {
	var out Scores
	var sum, relative, left float64
	var count, columns int
	for c, name := range s.names[:s.counted] {
		mse := s.sum[c] / float64(s.count[c]) // 0/0 is NaN: nothing observed
		ratio, rest := math.NaN(), math.NaN()
		if s.variance[c] > 0 {
			ratio = mse / s.variance[c]
		}
		if s.about[c] > 0 {
			rest = s.sum[c] / s.about[c]
		}
		out.Components = append(out.Components, ComponentScore{name, mse, math.Sqrt(ratio), 1 - rest, s.below[c]})
		out.Below += s.below[c]
		if s.count[c] > 0 {
			sum, count = sum+s.sum[c], count+s.count[c]
			relative, left, columns = relative+ratio, left+rest, columns+1
		}
	}
	out.MSE = sum / float64(count)
	out.NRMSE, out.R2 = math.Sqrt(relative/float64(columns)), 1-left/float64(columns)
	return out
}
