package study

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Names of the files in the folder of a study, beside TrialsFolder.
const (
	TableJSON     = "table.json"
	TableCSV      = "table.csv"
	TableMarkdown = "table.md"
	TrialsCSV     = "trials.csv"
)

// Columns of the tables behind those of the axes; that of trials has the
// metrics between the first and the others.
var (
	tableColumns = []string{"metric", "trials", "mean", "standard_error", "median", "min", "max", "failures", "pending",
		"published", "published_error", "bound", "bars", "reasons"}
	trialColumns = []string{"status", "folder", "reason"}
)

// Taken tells that the tables have a column of that name, which no axis may
// have then.
func Taken(name string) bool {
	return slices.Contains(tableColumns, name) || slices.Contains(trialColumns, name) || slices.Contains(Metrics(), name)
}

// WriteTables writes the table of a study in three forms, and trials.csv with
// a line for each trial; of a search its standings too.
func (s *Sweep) WriteTables(rows []Row) error {
	p := &s.Plan
	for _, f := range []struct {
		name string
		fill func(io.Writer) error
	}{
		{TableJSON, func(w io.Writer) error { return JSON(w, rows) }},
		{TableCSV, func(w io.Writer) error { return CSV(w, p, rows) }},
		{TableMarkdown, func(w io.Writer) error { return Markdown(w, p, rows) }},
		{TrialsCSV, func(w io.Writer) error { return s.trials(w) }},
	} {
		if err := WriteFile(filepath.Join(s.Dir, f.name), f.fill); err != nil {
			return fmt.Errorf("%s cannot be written: %w", filepath.Join(s.Dir, f.name), reason(err))
		}
	}
	if st := s.Standings(); st != nil {
		return st.write(s.Dir, p)
	}
	return nil
}

// JSON writes the rows as a list.
func JSON(w io.Writer, rows []Row) error {
	if rows == nil {
		rows = []Row{}
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(rows)
}

// columns are the axes of the rows.
func (p *Plan) columns() []string {
	t := Trial{}
	for _, a := range p.Axes {
		t.Labels = append(t.Labels, Label{Axis: a})
	}
	var out []string
	for _, l := range p.fixed(&t) {
		out = append(out, l.Axis)
	}
	return out
}

// CSV writes the rows with all digits; numbers that do not exist are empty.
func CSV(w io.Writer, p *Plan, rows []Row) error {
	c := csv.NewWriter(w)
	axes := p.columns()
	if err := c.Write(append(slices.Clone(axes), tableColumns...)); err != nil {
		return err
	}
	for i := range rows {
		r := &rows[i]
		var line []string
		for _, a := range axes {
			line = append(line, r.ByAxis[a])
		}
		line = append(line, r.Metric, strconv.Itoa(r.Trials))
		for _, v := range []*float64{r.Mean, r.Error, r.Median, r.Min, r.Max} {
			line = append(line, digits(v))
		}
		line = append(line, strconv.Itoa(r.Failures), strconv.Itoa(r.Pending), digits(r.Published), digits(r.PublishedError), digits(r.Bound), r.barWords(), strings.Join(r.Reasons, "; "))
		if err := c.Write(line); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}

// barWords are all bars of a row.
func (r *Row) barWords() string {
	var parts []string
	for i := range r.Bars {
		parts = append(parts, r.Bars[i].Words())
	}
	return strings.Join(parts, "; ")
}

// digits is a number that reads back to the same bits.
func digits(v *float64) string {
	if v == nil {
		return ""
	}
	return strconv.FormatFloat(*v, 'g', -1, 64)
}

// trials writes one line for each trial.
func (s *Sweep) trials(w io.Writer) error {
	p := &s.Plan
	c := csv.NewWriter(w)
	metrics := p.Metrics
	if !slices.Contains(metrics, "best_iteration") {
		metrics = append(slices.Clone(metrics), "best_iteration")
	}
	if err := c.Write(slices.Concat(p.Axes, trialColumns[:1], metrics, trialColumns[1:])); err != nil {
		return err
	}
	for i := range s.Trials {
		t, o := &s.Trials[i], &s.outcomes[i]
		var line []string
		for _, a := range p.Axes {
			line = append(line, t.value(a))
		}
		line = append(line, o.Status)
		for _, m := range metrics {
			line = append(line, digits(Measure(o, m)))
		}
		folder := ""
		if o.Dir != "" {
			folder = TrialsFolder + "/" + filepath.Base(o.Dir)
		}
		if err := c.Write(append(line, folder, o.Why)); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}
