package report

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/entrain-dev/entrain/internal/words"
)

// scoreRow is a line of the table of scores.
type scoreRow struct {
	ComponentScore
	Total bool
}

// cards are the headline figures.
func cards(d *Data) []card {
	var out []card
	f := &d.Figures
	if d.Lines != nil {
		return nil // the table of scores comes first, and figures have one of their own
	}
	if d.HeldOut != nil {
		out = append(out, scoreCard("Held-out rows", "held", d.HeldOut))
	}
	if d.Train != nil {
		out = append(out, scoreCard(trainRows(d), "train", d.Train))
	}
	if f.Model != "" {
		c := card{Name: "Model", Value: f.Model}
		if f.Method != "" {
			c.Lines = append(c.Lines, "method "+f.Method)
		}
		if f.Members > 1 {
			c.Lines = append(c.Lines, "ensemble of "+count(f.Members))
		}
		out = append(out, c)
	}
	if f.Seconds > 0 {
		c := card{Name: "Time", Value: duration(f.Seconds)}
		if f.Iterations > 0 {
			c.Lines = append(c.Lines, count(f.Iterations)+" iterations")
		}
		if f.Evaluations > 0 {
			c.Lines = append(c.Lines, count(f.Evaluations)+" evaluations")
		}
		out = append(out, c)
	}
	return out
}

// trainRows are the rows that the saved model was trained on.
func trainRows(d *Data) string {
	if d.Refit {
		return "All rows"
	}
	return "Training rows"
}

func scoreCard(name, class string, s *Scores) card {
	return card{Name: name, Class: class, Value: "R² " + explained(s.R2),
		Lines: []string{"NRMSE " + format(s.NRMSE, 3), "MSE " + format(s.MSE, 3)}}
}

// explained writes R² with three digits, more if it would read as 1.
func explained(r2 float64) string {
	for digits := 3; digits < 6; digits++ {
		if s := strconv.FormatFloat(r2, 'f', digits, 64); r2 < 1 && r2 > 0.9 && !strings.HasPrefix(s, "1") {
			return s
		}
	}
	if r2 < 1 && r2 > 0.9 {
		return "> 0.99999"
	}
	return format(r2, 3)
}

// scoreRows lists the scores of both parts, component by component.
func scoreRows(d *Data) []scoreRow {
	var rows []scoreRow
	for _, part := range []struct {
		name string
		s    *Scores
	}{{trainRows(d), d.Train}, {"Held-out rows", d.HeldOut}} {
		if part.s == nil {
			continue
		}
		rows = append(rows, scoreRow{ComponentScore{part.name, part.s.MSE, part.s.NRMSE, part.s.R2}, true})
		for _, c := range part.s.Components {
			rows = append(rows, scoreRow{c, false})
		}
	}
	return rows
}

// tables are figures and provenance as pairs of words.
func tables(d *Data) []table {
	var out []table
	for _, t := range []table{{"Figures", figureRows(d)}, {"Provenance", provenanceRows(&d.Provenance)}} {
		if len(t.Rows) > 0 {
			out = append(out, t)
		}
	}
	return out
}

func figureRows(d *Data) []Entry {
	f := &d.Figures
	var rows []Entry
	add := func(name, value string, present bool) {
		if present {
			rows = append(rows, Entry{name, value})
		}
	}
	add("Status", d.Status, d.Status != "")
	add("Model", f.Model, f.Model != "")
	add("Method", f.Method, f.Method != "")
	add("Iterations", count(f.Iterations), f.Iterations > 0)
	add("Field evaluations", count(f.Evaluations), f.Evaluations > 0)
	add("Time", duration(f.Seconds), f.Seconds > 0)
	add("Members", count(f.Members), f.Members > 0)
	if len(f.Noise) > 0 {
		var parts []string
		for _, a := range f.Noise {
			parts = append(parts, a.Name+" "+withUnit(format(a.Value, 2), a.Unit))
		}
		add("Noise, estimated", strings.Join(parts, "; "), true)
	}
	add("Solver", f.Solver, f.Solver != "")
	add("Tolerances", fmt.Sprintf("relative %s, absolute %s", short(f.RTol), short(f.ATol)), f.RTol > 0)
	return append(rows, f.Extra...)
}

func provenanceRows(p *Provenance) []Entry {
	var rows []Entry
	for _, e := range []Entry{
		{"Data", p.DataFile}, {"Data hash", p.DataHash}, {"Seed", p.Seed},
		{"Version", p.Version}, {"Kernels", p.Kernel},
	} {
		if e.Value != "" {
			rows = append(rows, e)
		}
	}
	return rows
}

// estimate is the value of a parameter and its standard deviation: two digits
// of the deviation, the value to the same place.
func estimate(p Parameter) (value, deviation string) {
	value, deviation = words.Measured(p.Value, p.Error)
	if deviation == "" {
		return format(p.Value, 4), missing
	}
	return printed(value), printed(deviation)
}

func estimateValue(p Parameter) string { v, _ := estimate(p); return v }
func estimateError(p Parameter) string { _, e := estimate(p); return e }

// short writes a number that a person chose: without zeros at the end.
func short(x float64) string {
	s := format(x, 6)
	if strings.Contains(s, ".") && !strings.Contains(s, "×") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}

// bounds of a parameter as an interval, "" if there are none.
func bounds(p Parameter) string {
	lower, upper := finite(p.Lower), finite(p.Upper)
	switch {
	case !lower && !upper, p.Lower == 0 && p.Upper == 0:
		return ""
	case !lower:
		return "≤ " + short(p.Upper)
	case !upper:
		return "≥ " + short(p.Lower)
	}
	return short(p.Lower) + " … " + short(p.Upper)
}

// sizes are the widths of the layers of a network.
func sizes(n []int) string {
	parts := make([]string, len(n))
	for i, v := range n {
		parts[i] = count(v)
	}
	return strings.Join(parts, " – ")
}
