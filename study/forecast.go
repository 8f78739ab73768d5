package study

import (
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strconv"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/model"
)

// Horizon is how far a forecast goes beyond the last row, as a part of the
// recording; longMost bounds its rows.
const (
	Horizon  = 0.5
	longMost = 20000
)

// epsilon is the distance from 1 to the next number.
const epsilon = 0x1p-52

// Ahead returns the times of the usual forecast of a recording: half its
// span beyond the last row, in steps of its median step. A model with inputs
// has none, as their future is not known.
func Ahead(m *model.Model, rec int) []float64 {
	r := &m.Records[rec]
	span := Horizon * (r.End - r.T0)
	if len(m.Parts.Frame.Inputs) > 0 || !(r.Step > 0) || !(span > 0) {
		return nil
	}
	step := Tidy(r.Step, r.End)
	n := int(math.Min(math.Ceil(span/step*(1-1e-9)), longMost))
	t, last := make([]float64, 0, n), r.End
	for i := range n {
		next := Tidy(r.End+float64(i+1)*step, r.End)
		if !(next > last) { // the step is lost beside the time
			return nil
		}
		t, last = append(t, next), next
	}
	return t
}

// Tidy returns the shortest decimal number that differs from v by no more
// than rounding of times as large as those given: a step is a difference of
// such times, and should read 0.1, not 0.09999999999999964.
func Tidy(v, large float64) float64 {
	most := 4 * epsilon * math.Max(math.Abs(v), math.Abs(large))
	for digits := 1; digits < 17; digits++ {
		if r, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', digits, 64), 64); err == nil && math.Abs(r-v) <= most {
			return r
		}
	}
	return v
}

// BandOf is the band of a forecast of the given kind; ok is false if the model
// does not know it. An empty kind is the predictive one, or what there is.
func BandOf(f *model.Forecast, kind string) (b data.Band, of string, ok bool) {
	if f.PLo != nil && (kind == "" || kind == data.BandPredictive) {
		return data.Band{Lo: f.PLo, Hi: f.PHi}, data.BandPredictive, true
	}
	if f.Lo != nil && (kind == "" || kind == data.BandFit) {
		return data.Band{Lo: f.Lo, Hi: f.Hi}, data.BandFit, true
	}
	return b, kind, false
}

// WriteForecast writes forecast.csv: the model at the rows of the recordings
// it was trained on (series) and Ahead of them, with its band of the given kind.
func (r *Run) WriteForecast(m *model.Model, series []data.Series, kind string) error {
	var out []data.Series
	var o data.WriteOptions
	for i := range series {
		s := &series[i]
		f, err := m.Forecast(i, append(append([]float64{}, s.T...), Ahead(m, i)...), s)
		if err != nil {
			return fmt.Errorf("%s: %w", ForecastFile, err)
		}
		f.Inputs, f.U, f.ID = nil, nil, s.ID
		out = append(out, f.Series)
		if b, of, ok := BandOf(f, kind); ok {
			o.Bands, o.Kind = append(o.Bands, b), of
		}
	}
	return r.write("forecast", ForecastFile, func(w io.Writer) error { return data.Write(w, out, o) })
}

// write adds a file to the folder and to the list of files.
func (r *Run) write(what, name string, fill func(io.Writer) error) error {
	if err := WriteFile(filepath.Join(r.Dir, name), fill); err != nil {
		return around(fmt.Errorf("%s cannot be written: %w", filepath.Join(r.Dir, name), reason(err)))
	}
	r.files[what] = name
	return nil
}
