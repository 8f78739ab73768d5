package train

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/train/misfit"
)

// Labelled is what a model tells of labelled recordings, beside baselines that know nothing of
// their order in time. Without recordings held out, Held is nil.
type Labelled struct {
	Classes []string // nil: labels are numbers
	Loss    string   // that was minimised
	Train   LabelScores
	Held    *LabelScores
	Each    []LabelOf // every recording, those of training first
}

// LabelScores are those of the model and of baselines, on the same recordings.
type LabelScores struct {
	Model     *Told // of classes
	Baselines []*Told
	Numbers   []NumberScore // of labels that are numbers: the model, then baselines
}

// NumberScore says how far predicted numbers are off, in the units of the labels.
type NumberScore struct {
	Name      string
	RMSE, MAE float64
	R2        float64 // 1 − mean squared error over the variance of these labels about their own mean
}

// LabelOf is what a model says of one recording.
type LabelOf struct {
	ID, Label string
	Held      bool
	Says      []float64 // the probability of each class, or the number
}

// completeLabels is Complete of labelled recordings.
func (p *Problem) completeLabels(r *Result) error {
	l := p.labels
	out := &Labelled{Classes: l.Classes, Loss: cmp.Or(p.Loss, misfit.Default)}
	says := func(series []data.Series, labels []string, held bool) ([][]float64, error) {
		var all [][]float64
		for i := range series {
			v, err := r.Model.Label(&series[i])
			if err != nil {
				return nil, err
			}
			all = append(all, v)
			out.Each = append(out.Each, LabelOf{series[i].ID, labels[i], held, v})
		}
		return all, nil
	}
	train, err := says(p.Train, l.Train, false)
	if err != nil {
		r.Verdicts = append(r.Verdicts, Verdict{Code: VerdictUnusable, Text: err.Error()})
		return nil
	}
	held, err := says(p.Apart, l.Apart, true)
	if err != nil {
		r.Verdicts = append(r.Verdicts, Verdict{Code: VerdictUnusable, Text: err.Error()})
		return nil
	}
	r.Train = unknownScores() // those of rows
	for i := range r.Tried {
		r.Tried[i].Train, r.Tried[i].Held = nil, nil
	}
	design := newDesign(p.Train)
	out.Train = l.scores(design, p.Train, p.Train, l.Train, train)
	if p.Apart != nil {
		s := l.scores(design, p.Train, p.Apart, l.Apart, held)
		out.Held = &s
	}
	r.Labelled = out
	p.judgeLabels(r)
	return nil
}

// scores are those of what the model says of some recordings, and of baselines fitted to others.
func (l *Labels) scores(d *design, train, series []data.Series, labels []string, says [][]float64) LabelScores {
	x, own := d.of(series), d.of(train)
	if l.Classes == nil {
		y, fit := numbersOf(labels), numbersOf(l.Train)
		mean := make([]float64, len(y))
		for i := range mean {
			for _, v := range fit {
				mean[i] += v / float64(len(fit))
			}
		}
		said := make([]float64, len(says))
		for i, v := range says {
			said[i] = v[0]
		}
		return LabelScores{Numbers: []NumberScore{newNumberScore("the model", said, y), newNumberScore("mean of the training labels", mean, y),
			newNumberScore(linearName, ridgeOf(own, fit, x), y)}}
	}
	truth, fit := l.classOf(labels), l.classOf(l.Train)
	shares := make([]float64, len(l.Classes))
	for _, c := range fit {
		shares[c] += 1 / float64(len(fit))
	}
	n := len(l.Classes)
	return LabelScores{Model: newTold("the model", says, truth, n), Baselines: []*Told{
		newTold("largest class", slices.Repeat([][]float64{shares}, len(series)), truth, n),
		newTold(logisticName, softmaxOf(x, logistic(own, fit, n)), truth, n)}}
}

// What the baselines are called.
const (
	logisticName = "logistic regression on mean, deviation and last value"
	linearName   = "linear regression on mean, deviation and last value"
)

func (l *Labels) classOf(labels []string) (out []int) {
	for _, name := range labels {
		out = append(out, slices.Index(l.Classes, name))
	}
	return out
}

func numbersOf(labels []string) (out []float64) {
	for _, text := range labels {
		v, _ := strconv.ParseFloat(text, 64)
		out = append(out, v)
	}
	return out
}

func newNumberScore(name string, said, truth []float64) NumberScore {
	s, mean, n := NumberScore{Name: name}, 0.0, float64(len(truth))
	for _, v := range truth {
		mean += v / n
	}
	square, spread := 0.0, 0.0
	for i, v := range truth {
		e := said[i] - v
		square, spread = square+e*e/n, spread+(v-mean)*(v-mean)/n
		s.MAE += math.Abs(e) / n
	}
	s.RMSE, s.R2 = math.Sqrt(square), 1-square/spread
	if !(spread > 0) {
		s.R2 = math.NaN()
	}
	return s
}

// judgeLabels says what must be known of a model of labels.
func (p *Problem) judgeLabels(r *Result) {
	l := r.Labelled
	if l.Held == nil {
		return
	}
	add := func(what string, own, best float64, name string) {
		if own > best*(1+leastLead) {
			r.Verdicts = append(r.Verdicts, Verdict{Code: VerdictBaseline, Text: fmt.Sprintf("a baseline is better on the held-out recordings: the %s of %s is %.3g, that of the model %.3g", what, name, best, own)})
		}
	}
	if l.Classes == nil {
		for _, b := range l.Held.Numbers[1:] {
			add("error", l.Held.Numbers[0].RMSE, b.RMSE, b.Name)
		}
	} else {
		for _, b := range l.Held.Baselines {
			add("log loss", l.Held.Model.LogLoss, b.LogLoss, b.Name)
		}
	}
	if r.Status == StatusStopped {
		r.Verdicts = append(r.Verdicts, Verdict{Code: VerdictUnconverged, Text: "the time limit ended the fit before it had converged; go on with --resume"})
	}
}

// leastLead is by how much a baseline has to be ahead to be better.
const leastLead = 0.05
