package page

import (
	"math"
	"slices"
	"strings"

	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/internal/report"
	"github.com/entrain-dev/entrain/study"
)

// severalAttempts is how charts of attempts are read.
const severalAttempts = "Each attempt has a chart of its own, with its own axes. The loss means something else in every stage of an attempt " +
	"(coupled to the data, let go, regularised), so it may jump; dashed lines are where stages begin. What counts is the held-out score at the end of each."

// lossCurves number the lines of an attempt from 0 on. Stages of attempts are called "attempt: stage";
// stages of other names follow one another and have one curve.
func lossCurves(lines []study.Metric, saved int) []report.Loss {
	apart := slices.ContainsFunc(lines, func(m study.Metric) bool { return strings.Contains(m.Stage, ": ") })
	var out []report.Loss
	at := map[string]int{}
	for i := range lines {
		m := &lines[i]
		if m.Loss == nil && m.MSE == nil {
			continue
		}
		attempt, stage, parted := strings.Cut(m.Stage, ": ")
		if !parted {
			stage = ""
		}
		if !apart {
			attempt, stage = "", m.Stage
		}
		j, known := at[attempt]
		if !known {
			j = len(out)
			at[attempt] = j
			out = append(out, report.Loss{Name: attempt, Saved: math.NaN()})
		}
		add(&out[j], m, stage)
		if m.K == saved { // of several the last, which made the model
			for i := range out {
				out[i].Saved = math.NaN()
			}
			out[j].Saved = out[j].Iteration[len(out[j].Iteration)-1]
		}
	}
	for i := range out {
		if l := &out[i]; !slices.ContainsFunc(l.HeldOut, finite) {
			l.HeldOut = nil
		}
		if l := &out[i]; !slices.ContainsFunc(l.Lambda, finite) {
			l.Lambda = nil
		}
	}
	if len(out) > 1 {
		out[0].Note = severalAttempts
	}
	return out
}

func finite(v float64) bool { return !math.IsNaN(v) }

// add adds a line to the curve of its attempt.
func add(l *report.Loss, m *study.Metric, stage string) {
	at := float64(len(l.Iteration))
	if n := len(l.Stages); stage != "" && (n == 0 || l.Stages[n-1].Name != stage) {
		l.Stages = append(l.Stages, report.Stage{Name: stage, From: at})
	}
	l.Iteration = append(l.Iteration, at)
	l.Loss = append(l.Loss, num.FromNull(m.Loss))
	l.HeldOut = append(l.HeldOut, num.FromNull(m.Heldout))
	l.Lambda = append(l.Lambda, num.FromNull(m.Lambda))
}
