package train

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/train/misfit"
)

// Labelled is what a model tells of labelled recordings, beside baselines that know nothing of
// their order in time. Without recordings held out, Held is nil.
type Labelled struct {
	Classes []string // nil: labels are numbers
	Loss    string   // that was minimised
	Train   LabelScores
	Held    *LabelScores
	Folds   *LabelScores // of training recordings by models that have not seen them; nil: there were no folds
	Folded  string       // what these were, in words
	Each    []LabelOf    // every recording, those of training first
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

	said, truth []float64
}

// LabelOf is what a model says of one recording.
type LabelOf struct {
	ID, Label string
	Held      bool
	Says      []float64 // the probability of each class, or the number
	Unlike    string    // what of it is unlike all that was trained on; "": nothing
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
			out.Each = append(out.Each, LabelOf{ID: series[i].ID, Label: labels[i], Held: held, Says: v})
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
	if f := r.Folded; f != nil {
		out.Folds, out.Folded = l.foldScores(design, p.Train, f), f.words()
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

// foldScores are those of training recordings by models, and baselines, that have not seen them.
func (l *Labels) foldScores(d *design, train []data.Series, f *Folded) *LabelScores {
	var all, one LabelScores
	for fold := range f.Folds {
		var series, others []data.Series
		var labels []string
		var says [][]float64
		own := Labels{Classes: l.Classes}
		for i := range train {
			if at := slices.Index(f.Recordings, i); at >= 0 && f.Of[at] == fold {
				series, labels, says = append(series, train[i]), append(labels, l.Train[i]), append(says, f.Says[at])
			} else {
				others, own.Train = append(others, train[i]), append(own.Train, l.Train[i])
			}
		}
		one = own.scores(d, others, series, labels, says)
		all.join(&one)
	}
	return &all
}

// join adds the recordings of other scores.
func (s *LabelScores) join(o *LabelScores) {
	if s.Model == nil && s.Numbers == nil {
		*s = *o
		return
	}
	for i := range s.Numbers {
		a, b := &s.Numbers[i], &o.Numbers[i]
		*a = newNumberScore(a.Name, append(slices.Clone(a.said), b.said...), append(slices.Clone(a.truth), b.truth...))
	}
	if s.Model == nil {
		return
	}
	join := func(a, b *Told) *Told {
		return newTold(a.Name, append(slices.Clone(a.P), b.P...), append(slices.Clone(a.Truth), b.Truth...), len(a.Confusion))
	}
	s.Model = join(s.Model, o.Model)
	s.Baselines = slices.Clone(s.Baselines)
	for i := range s.Baselines {
		s.Baselines[i] = join(s.Baselines[i], o.Baselines[i])
	}
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
	s, mean, n := NumberScore{Name: name, said: said, truth: truth}, 0.0, float64(len(truth))
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
	if r.Status == StatusStopped {
		defer func() {
			r.Verdicts = append(r.Verdicts, Verdict{Code: VerdictUnconverged, Text: "the time limit ended the fit before it had converged; go on with --resume"})
		}()
	}
	for _, part := range []struct {
		of     string
		scores *LabelScores
	}{{"the held-out recordings", l.Held}, {"training recordings that models by folds have not seen", l.Folds}} {
		if part.scores == nil {
			continue
		}
		if text := part.scores.beaten(); text != "" {
			r.Verdicts = append(r.Verdicts, Verdict{Code: VerdictBaseline, Text: fmt.Sprintf("a baseline is better on %s by more than scatter: %s", part.of, text)})
			return
		}
	}
}

// beaten says which baseline is better than the model, by more than leastLead and more than the
// standard error of the mean difference of recordings; "": none.
func (s *LabelScores) beaten() string {
	text, most := "", 0.0
	look := func(what, name string, own, other, lead float64) {
		if lead > most {
			text, most = fmt.Sprintf("the %s of %s is %.3g, that of the model %.3g", what, name, other, own), lead
		}
	}
	for i := range s.Baselines {
		b, d := s.Baselines[i], make([]float64, len(s.Model.P))
		for k, truth := range b.Truth {
			d[k] = math.Log(max(b.P[k][truth], leastProbability)) - math.Log(max(s.Model.P[k][truth], leastProbability))
		}
		if mean, scatter := num.MeanError(d); s.Model.LogLoss > b.LogLoss*(1+leastLead) && !(mean <= scatter) {
			look("log loss", b.Name, s.Model.LogLoss, b.LogLoss, mean)
		}
	}
	for i := 1; i < len(s.Numbers); i++ {
		own, b := &s.Numbers[0], &s.Numbers[i]
		d := make([]float64, len(own.said))
		for k, v := range own.truth {
			d[k] = (own.said[k]-v)*(own.said[k]-v) - (b.said[k]-v)*(b.said[k]-v)
		}
		if mean, scatter := num.MeanError(d); own.RMSE > b.RMSE*(1+leastLead) && !(mean <= scatter) {
			look("error", b.Name, own.RMSE, b.RMSE, mean)
		}
	}
	return text
}

// leastLead is by how much a baseline has to be ahead to be better.
const leastLead = 0.05
