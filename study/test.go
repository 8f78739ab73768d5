package study

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/model"
)

// Test is what a fit is tested against: a recording that goes on behind the
// rows it was trained on, and the truth, where it is known. The fit sees
// neither.
type Test struct {
	Rows    data.Series // as measured: first those trained on, then the others
	Truth   []float64   // laid out as Rows.X; nil: not known
	Trained int         // rows that were trained on
	// Exponent is the largest Lyapunov exponent, per unit of time; 0: times of
	// validity stay in units of time.
	Exponent float64
	// System is what made the rows, with which the model is compared; nil: it is not.
	System *Simulation
	// LongRows are those of long runs that are compared; 0: 100 000.
	LongRows int
	// Ahead is how many rows forecasts go that begin at each of the rows that were not trained on;
	// 0: none is scored.
	Ahead int
	// Apart says that these rows are a trajectory of their own, which that of the model does not
	// go on to.
	Apart bool
}

// TestScores are those of the saved model against a Test, which it follows
// from its own start. Scores that do not exist are null.
type TestScores struct {
	Interpolation *Score `json:"interpolation_clean"` // truth at the rows trained on
	Extrapolation *Score `json:"extrapolation"`       // measured rows behind these
	Clean         *Score `json:"extrapolation_clean"` // truth at the same rows
	// Valid is how long behind the rows trained on the trajectory stays near the
	// truth, or the measured rows, in Lyapunov times where the exponent is
	// known. A trajectory that stays near to the end has the whole span.
	Valid *float64 `json:"valid_time"`
	// Windows are forecasts from measured rows behind those trained on, so many rows as Source.Windows says.
	Windows *Score `json:"windows,omitempty"`
	// Dynamics compare the model with the system; null: the study does not ask.
	Dynamics *Dynamics `json:"dynamics,omitempty"`
	Why      string    `json:"why,omitempty"` // a score is missing, such as that the trajectory ends early
}

// score tests a model.
func (t *Test) score(m *model.Model) (*TestScores, error) {
	var inputs *data.Series
	if len(m.Parts.Frame.Inputs) > 0 {
		inputs = &t.Rows
	}
	f, err := m.Forecast(0, t.Rows.T, inputs)
	if err != nil {
		return nil, fmt.Errorf("test: %w", err)
	}
	s := &TestScores{Why: f.Failed}
	if t.Truth != nil {
		s.Interpolation = t.part(f, t.Truth, 0, t.Trained)
	}
	if !t.Apart {
		s.Extrapolation, s.Valid = t.part(f, t.Rows.X, t.Trained, t.Rows.Len()), t.valid(f)
		if t.Truth != nil {
			s.Clean = t.part(f, t.Truth, t.Trained, t.Rows.Len())
		}
	}
	why := ""
	if s.Windows, why, err = t.windows(m); err != nil {
		return nil, err
	}
	s.Why = cmp.Or(s.Why, why)
	if t.System != nil {
		s.Dynamics, err = t.System.compare(m, t)
	}
	return s, err
}

// tooFar is the distance that ends a valid prediction, in root mean squared
// deviations of the rows trained on.
//
// Source: Pathak, Hunt, Girvan, Lu, Ott, Phys. Rev. Lett. 120 (2018) 024102.
const tooFar = 0.4

func (t *Test) valid(f *model.Forecast) *float64 {
	want, d := t.Rows.X, len(t.Rows.Names)
	if t.Truth != nil {
		want = t.Truth
	}
	variance := 0.0
	for _, v := range data.NewMoments(t.Rows.Slice(0, t.Trained)).Variance() {
		variance += v
	}
	last := t.Trained - 1
	if f.Len() <= last || t.Trained == t.Rows.Len() {
		return nil
	}
	for i := t.Trained; i < f.Len(); i++ {
		sum := 0.0
		for c, v := range f.Row(i) {
			if e := v - want[i*d+c]; !math.IsNaN(e) {
				sum += e * e
			}
		}
		if sum > tooFar*tooFar*variance {
			break
		}
		last = i
	}
	span := t.Rows.T[last] - t.Rows.T[t.Trained-1]
	if t.Exponent > 0 {
		span *= t.Exponent
	}
	return &span
}

// part scores rows from ≤ i < to against want; nil if the trajectory does not
// reach them all, or there are none.
func (t *Test) part(f *model.Forecast, want []float64, from, to int) *Score {
	if from == to || f.Len() < to {
		return nil
	}
	d := len(t.Rows.Names)
	seen := t.Rows.Slice(0, t.Trained)
	k := data.NewScorer(t.Rows.Names, data.NewMoments(seen).Variance(), t.Rows.Below).First(t.Rows.Measured())
	for i := from; i < to; i++ {
		k.Add(f.Row(i), want[i*d:(i+1)*d])
	}
	s := k.Scores()
	return newScore(&s)
}

// truthSuffix marks the columns of test.csv that hold the truth.
const truthSuffix = "_truth"

// WriteTest writes test.csv: all rows, and the truth beside them.
func (r *Run) WriteTest(t *Test) error {
	return r.write("test", TestFile, func(w io.Writer) error {
		s := t.Rows
		if t.Truth != nil {
			d := len(s.Names)
			s.Names, s.X = slices.Clone(s.Names), nil
			for _, name := range t.Rows.Names {
				s.Names = append(s.Names, name+truthSuffix)
			}
			for i := range s.T {
				s.X = append(append(s.X, t.Rows.Row(i)...), t.Truth[i*d:(i+1)*d]...)
			}
		}
		return data.Write(w, []data.Series{s}, data.WriteOptions{})
	})
}

// ReadTest reads what WriteTest wrote, of rows with the named inputs. Those that were trained on
// are up to the time end.
func ReadTest(rd io.Reader, end float64, inputs []string) (*Test, error) {
	all, err := data.Read(rd, data.ReadOptions{File: TestFile, Inputs: inputs})
	if err != nil {
		return nil, err
	}
	s := all[0]
	t := &Test{Rows: s}
	for t.Trained < s.Len() && s.T[t.Trained] <= end {
		t.Trained++
	}
	d := len(s.Names) / 2
	if d == 0 || s.Names[d] != s.Names[0]+truthSuffix {
		return t, nil
	}
	t.Rows.Names, t.Rows.Units, t.Rows.X = s.Names[:d], s.Units[:min(d, len(s.Units))], nil
	for i := range s.T {
		row := s.Row(i)
		t.Rows.X, t.Truth = append(t.Rows.X, row[:d]...), append(t.Truth, row[d:]...)
	}
	if !slices.ContainsFunc(t.Truth, func(v float64) bool { return !math.IsNaN(v) }) {
		t.Truth = nil
	}
	return t, nil
}

// hash adds all numbers of the test to a key.
func (t *Test) hash(h io.Writer) {
	var b []byte
	for _, list := range [][]float64{t.Rows.T, t.Rows.X, t.Truth, {t.Exponent}} {
		b = binary.LittleEndian.AppendUint64(b, uint64(len(list)))
		for _, v := range list {
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
		}
	}
	if t.System != nil {
		b = append(b, "dynamics"...)
		if t.LongRows > 0 {
			b = binary.LittleEndian.AppendUint64(b, uint64(t.LongRows))
		}
	}
	if t.Ahead > 0 || t.Apart {
		b = fmt.Appendf(b, "windows %d %t", t.Ahead, t.Apart)
	}
	h.Write(b)
}
