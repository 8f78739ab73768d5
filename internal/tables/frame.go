package tables

import (
	"io"
	"time"

	"github.com/entrain-dev/entrain/data"
)

// column is one that is to be written; one of the lists is filled.
type column struct {
	name  string
	reals []float64 // NaN is missing
	times []time.Time
	texts []string
}

// newFrame puts recordings below each other, with the columns that data.Write gives them: the
// time, states, inputs, and the name of the recording if there are several or it has one.
// Units stand in brackets behind the names.
func newFrame(series []data.Series) ([]column, error) {
	heads := make([]data.Series, len(series)) // as text, to find what cannot be written
	for i := range series {
		heads[i] = series[i].Slice(0, min(1, series[i].Len()))
	}
	if err := data.Write(io.Discard, heads, data.WriteOptions{}); err != nil {
		return nil, err
	}
	first := &series[0]
	at := column{name: withUnit(first.Time, first.TUnit)}
	if !first.Epoch.IsZero() {
		at.name = first.Time
	}
	out := []column{at}
	for c, name := range first.Names {
		unit := ""
		if c < len(first.Units) {
			unit = first.Units[c]
		}
		out = append(out, column{name: withUnit(name, unit)})
	}
	for _, name := range first.Inputs {
		out = append(out, column{name: name})
	}
	if len(series) > 1 || first.ID != "" {
		out = append(out, column{name: "id"})
	}
	for i := range series {
		fill(out, &series[i])
	}
	return out, nil
}

func withUnit(name, unit string) string {
	if unit == "" {
		return name
	}
	return name + " [" + unit + "]"
}

// fill appends the rows of a recording.
func fill(out []column, s *data.Series) {
	n := 1 + len(s.Names)
	for k, t := range s.T {
		if s.Epoch.IsZero() {
			out[0].reals = append(out[0].reals, t)
		} else {
			out[0].times = append(out[0].times, data.Stamp(s.Epoch, t, s.TUnit))
		}
		for c, v := range s.Row(k) {
			out[1+c].reals = append(out[1+c].reals, v)
		}
		for c, v := range s.InputRow(k) {
			out[n+c].reals = append(out[n+c].reals, v)
		}
		if last := n + len(s.Inputs); last < len(out) {
			out[last].texts = append(out[last].texts, s.ID)
		}
	}
}

// rows is how many the column has.
func (c *column) rows() int { return len(c.reals) + len(c.times) + len(c.texts) }
