package train

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
)

// smallKind makes a recording of each of its classes.
type smallKind struct {
	name    string
	classes int
	columns int
	draw    func(r *rand.Rand, class int, row func(t float64, x ...float64))
}

const smallRows = 50

// smallKinds are six questions: of shape, of decay, of rate, of memory, of level and of order.
func smallKinds() []smallKind {
	wave := func(r *rand.Rand, rate float64, f func(phase, t float64) float64, row func(t float64, x ...float64)) {
		phase, size := 2*math.Pi*r.Float64(), 0.7+0.6*r.Float64()
		for k := range smallRows {
			t := 0.1 * float64(k)
			row(t, size*f(phase+rate*t, t)+0.1*r.NormFloat64())
		}
	}
	return []smallKind{
		{"sine, square, noise", 3, 1, func(r *rand.Rand, class int, row func(t float64, x ...float64)) {
			wave(r, 3+2*r.Float64(), func(p, t float64) float64 {
				switch class {
				case 0:
					return math.Sqrt2 * math.Sin(p)
				case 1:
					return math.Copysign(1, math.Sin(p))
				}
				return r.NormFloat64()
			}, row)
		}},
		{"damped, undamped", 2, 1, func(r *rand.Rand, class int, row func(t float64, x ...float64)) {
			rate := []float64{0.2 + 0.3*r.Float64(), 0}[class]
			wave(r, 4, func(p, t float64) float64 { return math.Exp(-rate*t) * math.Sin(p) }, row)
		}},
		{"slow, fast", 2, 1, func(r *rand.Rand, class int, row func(t float64, x ...float64)) {
			wave(r, []float64{2, 4}[class]*(0.8+0.4*r.Float64()), func(p, t float64) float64 { return math.Sin(p) }, row)
		}},
		{"short, long memory", 2, 1, func(r *rand.Rand, class int, row func(t float64, x ...float64)) {
			a, x := []float64{0.3, 0.9}[class], r.NormFloat64()
			for k := range smallRows {
				row(0.1*float64(k), x)
				x = a*x + math.Sqrt(1-a*a)*r.NormFloat64()
			}
		}},
		{"level, ramp, step", 3, 1, func(r *rand.Rand, class int, row func(t float64, x ...float64)) {
			size, at := 0.5+r.Float64(), 1.5+2*r.Float64()
			for k := range smallRows {
				t := 0.1 * float64(k)
				row(t, size*[]float64{0.5, t / 5, math.Floor(min(1, t/at))}[class]+0.3*r.NormFloat64())
			}
		}},
		{"first, second leads", 2, 2, func(r *rand.Rand, class int, row func(t float64, x ...float64)) {
			lag := []float64{1, -1}[class] * (0.6 + 0.6*r.Float64())
			phase := 2 * math.Pi * r.Float64()
			for k := range smallRows {
				t := 0.1 * float64(k)
				row(t, math.Sin(phase+3*t)+0.3*r.NormFloat64(), math.Sin(phase+3*t-lag)+0.3*r.NormFloat64())
			}
		}},
	}
}

// recordings are count of a kind, its classes in turn.
func (k *smallKind) recordings(count int, seed uint64, stream string) (all []data.Series) {
	r := num.Stream(seed, stream)
	for i := range count {
		s := data.Series{ID: fmt.Sprint(i), Label: string(rune('a' + i%k.classes)), Names: []string{"x", "y"}[:k.columns]}
		k.draw(r, i%k.classes, func(t float64, x ...float64) { s.T, s.X = append(s.T, t), append(s.X, x...) })
		all = append(all, s)
	}
	return all
}

// smallScores fits 30 recordings and scores what is said of 60 others, beside the regression.
func smallScores(t *testing.T, k *smallKind, seed uint64, change func(*Settings, *Truncated, *field.Classifier)) (own, regression *Told, r *Result) {
	t.Helper()
	s := DefaultSettings()
	s.Seed, s.Heldout = seed, 0
	arch := &field.Classifier{Units: 16, Hidden: []int{32}, Activation: "tanh", Summary: true}
	m := defaults(t, "truncated").(*Truncated)
	if change != nil {
		change(&s, m, arch)
	}
	p, err := NewProblem(k.recordings(30, seed, "train"), "classifier", arch, s)
	if err != nil {
		t.Fatal(err)
	}
	r = fittedWith(t, m, p, nil, nil)
	fresh := Driving(k.recordings(60, seed, "fresh"))
	var says [][]float64
	var labels []string
	for i := range fresh {
		v, err := r.Model.Label(&fresh[i])
		if err != nil {
			t.Fatal(err)
		}
		says, labels = append(says, v), append(labels, fresh[i].Label)
	}
	scores := p.labels.scores(newDesign(p.Train), p.Train, fresh, labels, says)
	return scores.Model, scores.Baselines[1], r
}

// Of 30 recordings a model is about as good as a regression on features, or better, on recordings
// that neither has seen.
func TestFewRecordingsAreNotLearntByHeart(t *testing.T) {
	unhurried(t)
	for i, k := range smallKinds() {
		if !slow && i != 2 {
			continue
		}
		t.Run(k.name, func(t *testing.T) {
			var own, other []float64
			for seed := range draws(1, 5) {
				a, b, r := smallScores(t, &k, seed, nil)
				t.Logf("draw %d: log loss %.3f, regression %.3f; accuracy %.2f, %.2f; %s; temperature %.2f", seed, a.LogLoss, b.LogLoss, a.Accuracy, b.Accuracy, r.Tried[0].Why, r.Folded.Temperature)
				own, other = append(own, a.LogLoss), append(other, b.LogLoss)
			}
			slices.Sort(own)
			slices.Sort(other)
			if a, b := own[len(own)/2], other[len(own)/2]; !(a <= 1.1*b) {
				t.Errorf("the median log loss is %.3f, that of a regression %.3f", a, b)
			}
		})
	}
}
