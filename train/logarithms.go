package train

import (
	"fmt"
	"math"
	"slices"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/model"
)

// What is never zero or negative may grow and shrink by factors, and its noise be a part of it: then
// its logarithm is the better state. Rows are rows in either coordinate: the evidence of a candidate
// in logarithms is brought to the units of the others by the derivative of the logarithm,
//
//	log p(y) = log p(log y) − log y,
//
// so that it says how likely the same rows are.

// logLibrary is the architecture of such candidates.
const logLibrary = "log-library"

// logarithmic is an architecture with states that are logarithms of columns.
type logarithmic interface{ Logarithms() []string }

// withLogs is p with an architecture that takes the named columns in logarithms, in units that
// belong to these.
func (p *Problem) withLogs(name string, arch field.Architecture, columns []string) (*Problem, error) {
	frame, err := p.logFrame(columns)
	if err != nil {
		return nil, err
	}
	q := p.changed(func(q *Problem) { q.ArchName, q.Arch, q.plain = name, arch, p.Parts.Frame.Scale })
	frame.Time = 1
	splines, err := q.smooth(&frame)
	if err != nil {
		return nil, err
	}
	if speed := q.speed(splines); speed > 0 {
		frame.Time = 1 / speed
	}
	if q.Parts, err = arch.Build(frame); err != nil {
		return nil, err
	}
	if err := q.haveLogarithms(); err != nil {
		return nil, err
	}
	q.Splines, err = q.smooth(&q.Parts.Frame)
	return q, err
}

// haveLogarithms reports a value without a logarithm in a column that the architecture takes it of.
func (p *Problem) haveLogarithms() error {
	for _, s := range slices.Concat(p.Train, p.Held) {
		for i, v := range s.X {
			if c := i % len(s.Names); p.Parts.Frame.IsLog(c) && v <= 0 {
				return fmt.Errorf("column %q is %g at time %g, which has no logarithm; take it out of logs of the model", s.Names[c], v, s.T[i/len(s.Names)])
			}
		}
	}
	return nil
}

// logFrame has the mean and the deviation of the logarithms of the named columns.
func (p *Problem) logFrame(columns []string) (field.Frame, error) {
	f, err := model.MeasuredFrame(p.Parts).InLogs(columns)
	if err != nil {
		return f, err
	}
	for c := range f.States {
		if !f.IsLog(c) {
			continue
		}
		var logs []float64
		for _, s := range p.Train {
			for k := range s.T {
				if v := math.Log(s.Row(k)[c]); isNumber(v) {
					logs = append(logs, v)
				}
			}
		}
		sd := 0.0
		if f.Shift[c] = mean(logs); !isNumber(f.Shift[c]) {
			return f, fmt.Errorf("column %q has no positive value", f.States[c])
		}
		for _, v := range logs {
			sd += square(v-f.Shift[c]) / float64(len(logs))
		}
		if f.Scale[c] = math.Sqrt(sd); !(sd > 0) {
			f.Scale[c] = 1
		}
	}
	return f, nil
}

// ofLogarithms is what the evidence of rows in logarithms lacks to be that of the rows themselves,
// in the units that others have of them.
func (b *bayes) ofLogarithms() (sum float64) {
	f := &b.p.Parts.Frame
	if b.p.plain == nil || f.Log == nil {
		return 0
	}
	for _, s := range b.free.segs {
		for k, z := range s.target {
			if c := k % len(b.sigma); f.IsLog(c) && !math.IsNaN(z) {
				sum += math.Log(b.p.plain[c]/f.Scale[c]) - f.Shift[c] - f.Scale[c]*z
			}
		}
	}
	return sum
}

// A column is tried in logarithms if its largest value is so many times its least, and if the noise
// of its rows is likelier a part of their values than of one size, by so much log likelihood; where
// one is, others join it if theirs is likelier so at all.
const (
	widestPlain = 3
	askedInLogs = 5
)

// logColumns are the columns to be tried in logarithms. It takes no fit, and nothing at all where
// a value is not positive.
func (p *Problem) logColumns() (names []string) {
	moments := data.NewMoments(slices.Concat(p.Train, p.Held)...)
	most := 0.0
	for c, name := range p.Train[0].Names {
		if !p.hasLogarithms(c, moments, widestPlain) {
			continue
		}
		if more := p.inProportion(c); more > 0 {
			names, most = append(names, name), max(most, more)
		}
	}
	if most < askedInLogs {
		return nil
	}
	return names
}

// hasLogarithms tells that all values of column c are known and positive, the largest at least wide
// times the least.
func (p *Problem) hasLogarithms(c int, m *data.Moments, wide float64) bool {
	return !isNumber(data.LimitOf(p.Below(), c)) && m.Min[c] > 0 && m.Max[c] >= wide*m.Min[c]
}

// inProportion is the log likelihood of noise of column c that is a part of the values, less that of
// noise of one size, by how far training rows are from the line through their neighbours. Each value
// has a part in three of these, so a half of what they say together counts.
func (p *Problem) inProportion(c int) float64 {
	const counts = 0.5
	var n, plain, parts, logs float64
	for _, s := range p.Train {
		y := s.Column(c)
		for k := 1; k+1 < len(y); k++ {
			w := (s.T[k] - s.T[k-1]) / (s.T[k+1] - s.T[k-1])
			e := square(y[k]-(1-w)*y[k-1]-w*y[k+1]) / (1 + w*w + (1-w)*(1-w))
			level := (y[k-1] + y[k] + y[k+1]) / 3
			if !isNumber(e) {
				continue
			}
			n, plain, parts, logs = n+1, plain+e, parts+e/square(level), logs+math.Log(level)
		}
	}
	if !(parts > 0) {
		return 0
	}
	return counts * (n*math.Log(plain/parts)/2 - logs)
}

// logRecipes are the candidates with logarithms for states, where rows ask for them.
func (p *Problem) logRecipes(degree int, add adding) error {
	logs := p.logColumns()
	if len(logs) == 0 {
		return nil
	}
	growth := &field.LogLibrary{Logs: logs, Degree: 1, Factors: true}
	if len(p.Train[0].Names)+len(p.Train[0].Inputs) == 1 { // of several, products of three would stand for anything
		growth.Degree = max(1, degree-1)
	}
	if err := add("law of factors, in logarithms", logLibrary, growth, true, 0); err != nil {
		return err
	}
	return add(fmt.Sprintf("%s of degree %d, in logarithms", sparseName, degree), logLibrary, &field.LogLibrary{Logs: logs, Degree: degree}, true, 0)
}
