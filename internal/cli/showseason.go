package cli

import (
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/words"
	"github.com/entrain-dev/entrain/model"
)

// mostSeasons are the recordings of which show says level, growth and season, and mostParts the rows
// of a period of which it says each.
const mostSeasons, mostParts = 3, 24

// seasonPoints are how many times of a period its mean is taken over.
const seasonPoints = 240

// noGrowth is what is rounding, beside the season.
const noGrowth = 1e-6

// season is what a law of level and season goes on with behind the last row of a recording, of one
// column, in logarithms where the law is.
type season struct {
	log           bool
	level, growth float64   // at the last row, and in a period
	t, parts      []float64 // times of a period, and how far it is off the level there
}

// describeSeason writes what a law of level and season says; false if the model is none.
func describeSeason(w io.Writer, m *model.Model) bool {
	law, ok := m.Arch.(*field.Linear)
	if !ok || len(m.Records) == 0 {
		return false
	}
	period := law.Period(m.Parts, m.Theta[0])
	if period == 0 {
		return false
	}
	b := &strings.Builder{}
	fmt.Fprintf(b, "model %s: a level of each column, with a season of %s (equations: --json)\n", m.ArchName, words.Short(period)+words.Unit(m.TUnit))
	for i := range m.Records[:min(len(m.Records), mostSeasons)] {
		all, err := seasons(m, i, period)
		if err != nil {
			return false
		}
		for c := range all {
			all[c].write(b, m, i, m.Measured()[c], period)
		}
	}
	if more := len(m.Records) - mostSeasons; more > 0 {
		fmt.Fprintf(b, "  and so on for %s\n", words.Several(more, "recording"))
	}
	_, err := io.WriteString(w, b.String())
	return err == nil
}

// seasons are those of all columns behind the last row of recording rec.
func seasons(m *model.Model, rec int, period float64) ([]season, error) {
	r, d := &m.Records[rec], len(m.Measured())
	var fine []float64
	for k := range 2 * seasonPoints {
		fine = append(fine, r.End+(float64(k)+0.5)*period/seasonPoints)
	}
	rows := seasonRows(m, r, period)
	long, err := m.Forecast(rec, fine, nil)
	if err != nil {
		return nil, err
	}
	year, err := m.Forecast(rec, rows, nil)
	if err != nil || long.Len() < len(fine) || year.Len() < len(rows) {
		return nil, fmt.Errorf("the law cannot be followed: %w", err)
	}
	out := make([]season, d)
	for c := range out {
		s := &out[c]
		s.log, s.t = m.Parts.Frame.IsLog(c), rows
		value := func(v float64) float64 {
			if s.log {
				return math.Log(v)
			}
			return v
		}
		first, second := 0.0, 0.0
		for k := range seasonPoints {
			first += value(long.X[k*d+c]) / seasonPoints
			second += value(long.X[(seasonPoints+k)*d+c]) / seasonPoints
		}
		s.growth = second - first
		s.level = first - s.growth/2
		for i, t := range rows {
			s.parts = append(s.parts, value(year.X[i*d+c])-s.level-s.growth*(t-r.End)/period)
		}
	}
	return out, nil
}

// seasonRows are the times of the rows of the period behind the last row.
func seasonRows(m *model.Model, r *model.Record, period float64) (t []float64) {
	step := span{units: r.Step}
	if n := rowMonths(m, r.T0, r.End, r.Step); n > 0 {
		step = span{months: n}
	}
	for k := 1; k <= 400; k++ {
		at := step.after(m, r.End, k)
		if at > r.End+period*(1+0.3*r.Step/period) && k > 1 {
			break
		}
		t = append(t, at)
	}
	return t
}

// write says what there is of a column.
func (s *season) write(w io.Writer, m *model.Model, rec int, name string, period float64) {
	r := &m.Records[rec]
	level, growth, what := words.Short(s.level), signed(s.growth), ""
	if low, high := extremes(s.parts); math.Abs(s.growth) < noGrowth*(s.parts[high]-s.parts[low]) {
		s.growth, growth = 0, "+0"
	}
	if s.log {
		level, growth = words.Short(math.Exp(s.level)), change(s.growth)
	}
	per, times := "a period", 1.0
	if days := period * seconds[m.TUnit] / seconds["d"]; !m.Epoch.IsZero() && days > 300 {
		per, times = "a year", 365.2425/days
		if growth = signed(s.growth * times); s.log {
			growth = change(s.growth * times)
		}
	}
	if len(m.Records) > 1 {
		what = words.Recording(r.ID)
	}
	fmt.Fprintf(w, "  %s%s: level %s at %s, %s %s from there\n", name, what, level, timeWords(m, r.End), growth, per)
	line := "  season:"
	if len(s.t) > mostParts {
		low, high := extremes(s.parts)
		fmt.Fprintf(w, "%s from %s at %s to %s at %s\n", line, s.part(low), timeWords(m, s.t[low]), s.part(high), timeWords(m, s.t[high]))
		return
	}
	for i, t := range s.t {
		if i > 0 && i%6 == 0 {
			fmt.Fprintln(w, line)
			line = "         "
		}
		line += fmt.Sprintf("  %s %s", s.name(m, t), s.part(i))
	}
	fmt.Fprintln(w, line)
}

// name is that of a time in a season: the month where rows are months, else as times are written.
func (s *season) name(m *model.Model, t float64) string {
	if m.Epoch.IsZero() {
		return timeWords(m, t)
	}
	at := data.Stamp(m.Epoch, t, m.TUnit)
	if len(s.t) == 12 && at.Sub(data.Stamp(m.Epoch, s.t[0], m.TUnit)).Abs() < 370*24*time.Hour {
		return at.Format("Jan")
	}
	return when(m, t)
}

// timeWords is a time with the digits that tell parts of years apart.
func timeWords(m *model.Model, t float64) string {
	if m.Epoch.IsZero() {
		return fmt.Sprintf("%.6g", t) + words.Unit(m.TUnit)
	}
	return when(m, t)
}

// part is how far the season is off the level at a row.
func (s *season) part(i int) string {
	if s.log {
		return change(s.parts[i])
	}
	return signed(s.parts[i])
}

// change is a change of a logarithm as a part of the value.
func change(v float64) string { return fmt.Sprintf("%+.1f %%", 100*math.Expm1(v)) }

func signed(v float64) string {
	if v < 0 {
		return "−" + words.Short(-v)
	}
	return "+" + words.Short(v)
}

// extremes are the places of the least and the largest of values.
func extremes(v []float64) (low, high int) {
	for i := range v {
		if v[i] < v[low] {
			low = i
		}
		if v[i] > v[high] {
			high = i
		}
	}
	return low, high
}
