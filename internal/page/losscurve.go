package page

import (
	"math"
	"strings"

	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/internal/report"
	"github.com/entrain-dev/entrain/study"
)

// Stages of attempts are called "attempt: stage". The curve names the
// attempts, one after another.
const severalAttempts = "The attempts one after another, though they ran at the same time. The loss means something else in every stage of an attempt " +
	"(coupled to the data, let go, regularised), so it may jump; what counts is the held-out score at the end of each."

// lossCurve numbers the lines of all stages from 0 on.
func lossCurve(lines []study.Metric, saved int) *report.Loss {
	l := &report.Loss{Saved: math.NaN()}
	stage, held, lambda := "", false, false
	for i, m := range lines {
		if m.Loss == nil && m.MSE == nil {
			continue
		}
		attempt, _, parted := strings.Cut(m.Stage, ": ")
		if parted {
			l.Note = severalAttempts
		}
		if attempt != stage || i == 0 {
			if stage = attempt; stage != "" {
				l.Stages = append(l.Stages, report.Stage{Name: stage, From: float64(len(l.Iteration))})
			}
		}
		if m.K == saved {
			l.Saved = float64(len(l.Iteration)) // of several stages the last, which made the model
		}
		l.Iteration = append(l.Iteration, float64(len(l.Iteration)))
		l.Loss = append(l.Loss, num.FromNull(m.Loss))
		l.HeldOut, held = append(l.HeldOut, num.FromNull(m.Heldout)), held || m.Heldout != nil
		l.Lambda, lambda = append(l.Lambda, num.FromNull(m.Lambda)), lambda || m.Lambda != nil
	}
	if len(l.Iteration) == 0 {
		return nil
	}
	if !held {
		l.HeldOut = nil
	}
	if !lambda {
		l.Lambda = nil
	}
	return l
}
