package model

import (
	"math"
	"slices"
	"sync"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/entrain-dev/entrain/internal/num"
)

// BandNominal is the part of values that bands are to hold.
const BandNominal = 0.9

// BandDeviations is the half width of such a band in standard deviations of
// a normal distribution.
var BandDeviations = normalQuantile(BandNominal)

// normalQuantile is how many standard deviations hold the central part p of a
// normal distribution.
func normalQuantile(p float64) float64 { return math.Sqrt2 * math.Erfinv(p) }

// StudentQuantile is the same for Student's distribution of n degrees of freedom,
// which need not be whole.
func StudentQuantile(p, n float64) float64 {
	return distuv.StudentsT{Sigma: 1, Nu: n}.Quantile((1 + p) / 2)
}

// spreadRank says which of the distances of members from the orbit that is
// shown gives their spread: an upper quartile is moved little by one member that
// runs away, and moves smoothly in time.
const spreadRank = 0.75

// spread turns the distances of members from the orbit that is shown into the
// half width of the band that holds the truth with probability bandNominal, as
// far as the members know. Quantiles of a handful of members would be too narrow
// (those at 5 and 95 % of 8 hold 0.72); the distances give a standard deviation
// instead, and Student's distribution pays for what so few of them leave unknown.
type spread struct {
	distances []float64
	factor    float64
}

// newSpread is made for so many members beside the one that is shown.
func newSpread(others int) *spread {
	return &spread{distances: make([]float64, 0, others), factor: spreadFactor(others)}
}

// spreadFactors are those that were asked for: one takes longer than many a forecast.
var spreadFactors sync.Map

// spreadFactor makes half a width of a distance.
func spreadFactor(others int) float64 {
	if v, ok := spreadFactors.Load(others); ok {
		return v.(float64)
	}
	free := 1 + spreadFreedom*float64(others-1)
	v := StudentQuantile(BandNominal, free) / normalQuantile(spreadRank)
	spreadFactors.Store(others, v)
	return v
}

// half is the half width around orbit. Members whose values are no numbers did
// not get so far: up to a half of them are left out; of more it is infinite.
func (s *spread) half(orbit float64, others []float64) float64 {
	s.distances = s.distances[:0]
	for _, v := range others {
		if num.Finite(v) {
			s.distances = append(s.distances, math.Abs(v-orbit))
		}
	}
	if 2*len(s.distances) < len(others) {
		return math.Inf(1)
	}
	slices.Sort(s.distances)
	return s.factor * num.Quantile(s.distances, spreadRank)
}

// spreadFreedom are the degrees of freedom that a quartile takes from each
// further member, against 1 of the mean square.
const spreadFreedom = 0.6
