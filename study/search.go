package study

import (
	"cmp"
	"math"
	"slices"
)

// Search says how a study gives trials up on the way. All settings, which are trials with the
// same labels but for those that are averaged over, are fitted as far as the first rung; those
// that go on are fitted as far as the next one, from their checkpoints. What is decided
// depends on what training recorded up to a rung alone, never on the clock or on who was
// first: every process that reads the folder of the study decides alike, at any time.
//
// A trial that is given up can go on when the study says otherwise: a trial that ends has the bits it
// has without a search.
type Search struct {
	Score  string    `json:"score"`            // one of SearchScores, the smaller the better
	Rungs  []float64 `json:"rungs"`            // shares of the iterations of a trial, ascending, below 1
	Factor float64   `json:"factor,omitempty"` // of one rung to the next: one setting in so many goes on; 0: see Median
	// Median gives up a setting whose score at a rung is above the median of all that are there.
	// Source: Golovin et al., Google Vizier, KDD (2017), section 3.2.1. There a trial is compared
	// with those before it, here with all; and with their averages since they began, here
	// with their scores: errors of training begin so high that no average is ever missed.
	Median bool `json:"median,omitempty"`
}

// SearchScores are the figures that training records on the way, as tables name them.
var SearchScores = []string{"heldout.mse", "train.mse"}

// of is the score of a line of metrics; nil if it has none.
func (s *Search) of(m *Metric) *float64 {
	if s.Score == SearchScores[0] {
		return m.Heldout
	}
	return m.MSE
}

// Halving are the rungs of successive halving.
// Source: Jamieson, Talwalkar, AISTATS (2016) 240; a trial goes on from where it was, as
// they say it may.
func Halving(from, factor float64) []float64 {
	var out []float64
	for r := from; r < 1-rungSlack; r *= factor {
		out = append(out, r)
	}
	return out
}

// Every are the rungs from, from + every, ….
func Every(from, every float64) []float64 {
	var out []float64
	for i := 0; ; i++ {
		r := from + float64(i)*every
		if r >= 1-rungSlack {
			return out
		}
		out = append(out, r)
	}
}

// rungSlack keeps rounding from making a rung at the end.
const rungSlack = 1e-9

// iterationsAt is how many of all iterations make a share, at least one.
func iterationsAt(share float64, of int) int {
	return max(1, int(math.Ceil(share*float64(of)-rungSlack)))
}

// mark is what a setting has shown up to a rung: a mean over its trials.
type mark struct {
	failed int // trials without a score
	best   float64
}

// beats orders marks: fewer failures, then the smaller score.
func (m mark) beats(o mark) int {
	return cmp.Or(cmp.Compare(m.failed, o.failed), cmp.Compare(m.best, o.best))
}

// promoted are those of the settings at a rung that go on, given the marks of all of them; those of which
// nothing has a score do not. Equals keep the order of the study.
func (s *Search) promoted(at []int, marks []mark) []int {
	ranked := slices.DeleteFunc(slices.Clone(at), func(i int) bool { return math.IsInf(marks[i].best, 1) })
	slices.SortStableFunc(ranked, func(i, j int) int { return marks[i].beats(marks[j]) })
	n := len(ranked)
	if s.Factor > 0 {
		n = min(n, max(1, int(float64(len(at))/s.Factor+rungSlack)))
	} else if n > 0 {
		limit := medianOf(at, marks)
		n = 1
		for n < len(ranked) && marks[ranked[n]].failed == marks[ranked[0]].failed && marks[ranked[n]].best <= limit {
			n++
		}
	}
	slices.Sort(ranked[:n])
	return ranked[:n]
}

// medianOf is the median of the scores of settings.
func medianOf(at []int, marks []mark) float64 {
	var scores []float64
	for _, i := range at {
		scores = append(scores, marks[i].best)
	}
	slices.Sort(scores)
	n := len(scores)
	if math.IsInf(scores[n/2], 1) {
		return scores[(n-1)/2]
	}
	return (scores[(n-1)/2] + scores[n/2]) / 2
}
