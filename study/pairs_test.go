package study

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/train"
)

// outcomeOf is a finished trial with a training error.
func outcomeOf(mse float64) Outcome {
	return Outcome{Status: train.StatusOK, Result: &Result{Scores: Scores{Train: &Score{MSE: &mse}}}}
}

// Trials are paired by the labels that are averaged over, whatever their order; one that failed
// has no pair.
func TestRowsAreComparedTrialByTrial(t *testing.T) {
	p := &Plan{Axes: []string{"start", "seed"}, Average: []string{"seed"}, Metrics: []string{"train.mse"}, Pairs: map[string]string{"start": "ours"}}
	var trials []Trial
	var outcomes []Outcome
	for seed := range 10 {
		for _, start := range []string{"ours", "theirs", "same"} {
			v := map[string]float64{"ours": 1, "theirs": 2, "same": 1}[start] * float64(seed+1)
			if start == "theirs" && seed < 2 {
				v = float64(seed+1) / 2
			}
			trials = append(trials, Trial{Labels: []Label{{"start", start}, {"seed", fmt.Sprint(seed)}}})
			outcomes = append(outcomes, outcomeOf(v))
		}
	}
	slices.Reverse(trials)
	slices.Reverse(outcomes)
	for i := range trials {
		if trials[i].Name() == "start=ours seed=9" {
			outcomes[i] = Outcome{Status: train.StatusFailed}
		}
	}
	rows := Gather(p, trials, outcomes)
	for _, r := range rows {
		switch q := r.Paired; r.ByAxis["start"] {
		case "ours":
			if q != nil {
				t.Errorf("compared with itself: %+v", q)
			}
		case "theirs":
			if q.Pairs != 9 || q.Lower != 7 || q.Beyond != 2 || *q.Ratio != 0.5 || *q.RatioFrom != 0.5 || *q.RatioTo != 2 || q.With != "start=ours" {
				t.Errorf("%+v", q)
			}
		case "same":
			if q.Lower != 0 || *q.Ratio != 1 || q.Beyond != 0 {
				t.Errorf("%+v", q)
			}
		}
	}
	var text bytes.Buffer
	if err := Markdown(&text, p, rows); err != nil || !strings.Contains(text.String(), "| lower: ours |") || !strings.Contains(text.String(), "7 of 9 (45–94 %), ratio 0.5 (0.5–2)") {
		t.Errorf("%v\n%s", err, text.String())
	}
}

// The intervals hold what they are about in 95 of 100 draws or a little more; the known value is
// from Wilson's formula by hand: 7 of 9.
func TestIntervalsOfPairsHold(t *testing.T) {
	if from, to := wilson(7, 9); math.Abs(from-0.4526) > 1e-4 || math.Abs(to-0.9368) > 1e-4 {
		t.Errorf("7 of 9: %.4f to %.4f", from, to)
	}
	if a, b := aroundMedian(5), aroundMedian(6); a != 0 || b != 1 { // 1 − 2/32 < 0.95 ≤ 1 − 2/64
		t.Errorf("of five %d, of six %d", a, b)
	}
	r, share, median := rand.New(rand.NewPCG(1, 2)), 0, 0
	const draws, n = 4000, 25
	for range draws {
		a, b := Row{Each: map[string]float64{}}, Row{Each: map[string]float64{}}
		for i := range n {
			key := fmt.Sprint(i)
			b.Each[key] = 1
			a.Each[key] = math.Exp(r.ExpFloat64() - math.Ln2 - 0.5) // its median is exp(−1/2)
		}
		p := newPaired(&a, &b)
		if want := 1 - math.Exp(-math.Ln2-0.5); p.LowerFrom <= want && want <= p.LowerTo {
			share++
		}
		if want := math.Exp(-0.5); *p.RatioFrom <= want && want <= *p.RatioTo {
			median++
		}
	}
	if s := float64(share) / draws; s < 0.93 || s > 0.97 {
		t.Errorf("the share is held in %.3f of the draws", s)
	}
	if s := float64(median) / draws; s < 0.945 || s > 0.975 {
		t.Errorf("the median is held in %.3f of the draws", s)
	}
}

func TestNoPairs(t *testing.T) {
	if p := newPaired(&Row{Each: map[string]float64{"seed=1": 1}}, &Row{Each: map[string]float64{"seed=2": 1}}); p != nil || p.Words() != "" {
		t.Errorf("%+v", p)
	}
}
